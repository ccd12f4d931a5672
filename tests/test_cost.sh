#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What it costs to replace a free page, in instructions of the guest: the range with
# the page in it, less the same range without. Most of it is the zeroing of the new
# page. Needs a clock that counts instructions, of 2 ns each (-icount shift=1):
# CLOCK=instructions.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"

PAGES=32
# What it may cost at the most, compared with the kernel's own way.
PERCENT=110
: "${CLOCK:=time}"

# nanoseconds PFN: of the range; prints nothing if it was not had
nanoseconds()
{
	[ "$(contig_alloc "$1" $PAGES_PER_HUGE)" = 0 ] &&
		cut -d ' ' -f 2 $CONTIG/result
}

# cost: of each of the free pages of a new pool, on average
cost()
{
	pool_resize 0
	pool_resize $PAGES
	user_start -t private -n $PAGES
	user_stop || echo "no user"
	while read -r pfn; do
		echo "$(nanoseconds "$pfn") $(nanoseconds "$pfn")"
	done < "$WORK/user.pfns" |
		awk -v pages=$PAGES 'NF == 2 { sum += $1 - $2; n++ }
			END { print n == pages ? int(sum / n / 2) : "not all had" }'
}

[ "$CLOCK" = instructions ] ||
	ktap_skip_all "the clock of this guest does not count instructions"
zone_movable || ktap_skip_all "no ZONE_MOVABLE"
native || ktap_skip_all "the kernel does not replace pages, there is nothing to compare"
contig_load
ktap_plan 1

stock=$(cost)
module_load
module=$(cost)
module_unload
ktap_true "a free page takes $module instructions, stock $stock" \
	[ $((module * 100)) -le $((stock * PERCENT)) ]

ktap_finish
