#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What it costs to replace a free page, in instructions of the guest: the range with
# the page in it, less the same range without. Nearly all of what the kernel's own way
# takes is the zeroing of the new page (init_on_alloc), and so is what the module takes
# if it has to ask the allocator. Needs a clock that counts instructions, of 2 ns each
# (-icount shift=1): CLOCK=instructions.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"

PAGES=32
# So many times less than the kernel's own way: by free blocks, and by the allocator,
# which may take a tenth more.
TIMES_BLOCKS=8
TIMES_ALLOCATOR=0.9
: "${CLOCK:=time}"

# nanoseconds PFN: of the range; prints nothing if it was not had
nanoseconds()
{
	[ "$(contig_alloc "$1" $PAGES_PER_HUGE)" = 0 ] &&
		cut -d ' ' -f 2 $CONTIG/result
}

# median COLUMN FILE
median()
{
	cut -d ' ' -f "$1" "$2" | sort -n | sed -n "$((PAGES / 2))p"
}

# cost: of one of the free pages of a new pool; others run meanwhile, so the median
cost()
{
	pool_resize 0
	pool_resize $PAGES
	user_start -t private -n $PAGES
	user_stop || echo "no user"
	while read -r pfn; do
		echo "$(nanoseconds "$pfn") $(nanoseconds "$pfn")"
	done < "$WORK/user.pfns" | grep -x '[0-9]* [0-9]*' > "$WORK/costs"
	[ "$(wc -l < "$WORK/costs")" -eq $PAGES ] || echo "not all had"
	echo $((($(median 1 "$WORK/costs") - $(median 2 "$WORK/costs")) / 2))
}

# cheaper NAME COST CONTROL TIMES WHOSE: is it that many times less?
cheaper()
{
	ktap_true "$1: a free page takes $2 instructions, $3 $5" \
		awk -v cost="$2" -v control="$3" -v times="$4" \
		'BEGIN { exit !(cost > 0 && cost * times <= control) }'
}

[ "$CLOCK" = instructions ] ||
	ktap_skip_all "the clock of this guest does not count instructions"
zone_movable || ktap_skip_all "no ZONE_MOVABLE"
contig_load
ktap_plan 2

stock=$(cost)
module_load
blocks=$(cost)
echo N > $FREE_BLOCKS
allocator=$(cost)
module_unload
if native; then
	cheaper "free blocks" "$blocks" "$stock" $TIMES_BLOCKS stock
	cheaper "allocator" "$allocator" "$stock" $TIMES_ALLOCATOR stock
else
	cheaper "free blocks" "$blocks" "$allocator" $TIMES_BLOCKS "by the allocator"
	ktap_skip "allocator" "the kernel does not replace pages, there is nothing to compare"
fi

ktap_finish
