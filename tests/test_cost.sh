#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What it costs to replace a free page, in instructions of the guest: a range of two of
# them, less the same range without. The range is as large as the largest block of the
# buddy allocator: of a larger one the rest would be taken, and zeroed, as well. Nearly
# all of what the kernel's own way takes is the zeroing of the new page (init_on_alloc),
# and so is what the module takes if it has to ask the allocator. Needs a clock that
# counts instructions, of 2 ns each (-icount shift=1): CLOCK=instructions.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"

PAGES=64
LEAST_PAIRS=8
# So many times less than the kernel's own way: by free blocks, and by the allocator,
# which may take a tenth more.
TIMES_BLOCKS=4
TIMES_ALLOCATOR=0.9
: "${CLOCK:=time}"

# pairs: of the pfns that it reads, the first of those two that make such a range
pairs()
{
	sort -n | awk -v step=$PAGES_PER_HUGE '
		$1 == last + step && last % (2 * step) == 0 { print last }
		{ last = $1 }'
}

# nanoseconds PFN: of the range; prints nothing if it was not had. What the last one has
# left in the lists of the CPU is counted, too, so it always is the same one.
nanoseconds()
{
	contig_alloc "$scratch" $((2 * PAGES_PER_HUGE)) > /dev/null
	[ "$(contig_alloc "$1" $((2 * PAGES_PER_HUGE)))" = 0 ] &&
		cut -d ' ' -f 2 $CONTIG/result
}

# median COLUMN FILE
median()
{
	cut -d ' ' -f "$1" "$2" | sort -n | sed -n "$(($(wc -l < "$2") / 2))p"
}

# cost: $range is that of a range with two of the free pages of a new pool, and $page
# what one of them adds to it, which may be nothing: without them there are free blocks
# to look at. Both are empty if not all was had. Others run at times, and are counted:
# so the median.
cost()
{
	free_pool $PAGES
	pairs < "$WORK/user.pfns" > "$WORK/all"
	read -r scratch < "$WORK/all"
	sed 1d "$WORK/all" > "$WORK/pairs"
	while read -r pfn; do
		echo "$(nanoseconds "$pfn") $(nanoseconds "$pfn")"
	done < "$WORK/pairs" | grep -x '[0-9][0-9]* [0-9][0-9]*' > "$WORK/costs"
	range=
	page=
	had=$(wc -l < "$WORK/costs")
	echo "# $had ranges were had of $(wc -l < "$WORK/pairs")"
	[ "$had" -ge $LEAST_PAIRS ] && [ "$had" -eq "$(wc -l < "$WORK/pairs")" ] ||
		return
	range=$(($(median 1 "$WORK/costs") / 2))
	page=$(((range - $(median 2 "$WORK/costs") / 2) / 2))
}

# less COST TIMES CONTROL: is it that many times less?
less()
{
	[ -n "$1" ] && [ -n "$3" ] &&
		awk -v cost="$1" -v times="$2" -v control="$3" \
			'BEGIN { exit !(cost * times <= control) }'
}

# cheaper NAME COST TIMES CONTROL WHOSE
cheaper()
{
	ktap_true "$1: $2 instructions, $4 $5" less "$2" "$3" "$4"
}

[ "$CLOCK" = instructions ] ||
	ktap_skip_all "the clock of this guest does not count instructions"
zone_movable || ktap_skip_all "no ZONE_MOVABLE"
contig_load
ktap_plan 2

# Where the kernel does not replace pages it has none of these ranges.
! native || cost
stock_range=$range
stock_page=$page
module_load
cost
blocks_page=$page
echo N > $FREE_BLOCKS
cost
module_unload
if native; then
	cheaper "free block for a page" "$blocks_page" $TIMES_BLOCKS "$stock_page" stock
	cheaper "range, pages of the allocator" "$range" $TIMES_ALLOCATOR \
		"$stock_range" stock
else
	cheaper "free block for a page" "$blocks_page" $TIMES_BLOCKS "$page" \
		"by the allocator"
	ktap_skip "range, pages of the allocator" \
		"the kernel does not replace pages, there is nothing to compare"
fi

ktap_finish
