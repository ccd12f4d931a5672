#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What it costs to replace a free page: half of what a range with two of them takes more
# than one without. Nearly all of what the kernel's own way takes is the zeroing of the new
# page (init_on_alloc), and so is what the module takes if it has to ask the allocator.
# Needs a clock that counts instructions, see lib/bench.sh.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/bench.sh"

PAGES=64
LEAST_RANGES=8
# So many times less than the kernel's own way: by free blocks, and by the allocator, which
# may take a tenth more.
TIMES_BLOCKS=8
TIMES_ALLOCATOR=0.9

# quartile: the lower one, where no tick of the timer is counted; fails with few ranges
quartile()
{
	sort -n | awk -v least=$LEAST_RANGES '
		{ value[NR] = $1 }
		END { if (NR >= least) print value[int((NR + 3) / 4)]; exit NR < least }'
}

# cost: $range is what a range with two free pages takes, and $page what one of them adds
# to it; both are empty if too few were had
cost()
{
	page=
	free_pool $PAGES
	ranges_of_pool
	range=$(each_range "$WORK/pairs" | quartile) || return
	pool_resize 0
	empty=$(each_range "$WORK/pairs" | quartile) || return
	page=$(((range - empty) / 2))
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
	ktap_true "$1: $2 ns, $4 $5" less "$2" "$3" "$4"
}

zone_movable || ktap_skip_all "no ZONE_MOVABLE"
bench_begin
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
