#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What a range of 4 MiB takes with no huge page in it, with two free ones, and with two in
# use: on the stock kernel, with the module off, on, and on without free blocks; and what it
# takes to copy a huge page. In ns of the guest.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/bench.sh"

PAGES=64
COPIES=9

# ranges_of_nothing: where huge pages were, for all that is compared
ranges_of_nothing()
{
	free_pool $PAGES
	ranges_of_pool
	pool_resize 0
	cp "$WORK/pairs" "$WORK/empty"
	empty_scratch=$scratch
}

# empty SIDE: the second time, as what else there is in the lists of the CPU, and was
# migrated out of the ranges, is the same from then on
empty()
{
	scratch=$empty_scratch
	each_range "$WORK/empty" > /dev/null
	each_range "$WORK/empty" | figure "$1/empty"
}

free_pages()
{
	free_and_bare "$1" $PAGES $PAGES
}

used_pages()
{
	used_ranges $PAGES
	each_range "$WORK/pairs" | figure "$1/used" && user_stop && pool_resize 0
}

copies()
{
	for _ in $(seq $COPIES); do
		echo 1 > $CONTIG/copy
		cut -d ' ' -f 2 $CONTIG/result
	done | figure copy
}

zone_movable || ktap_skip_all "no ZONE_MOVABLE"
bench_begin
ktap_plan 11

ktap_true "copy" copies
ranges_of_nothing
ktap_true "stock: empty" empty stock
module_load
echo N > $PARAMETER
ktap_true "off: empty" empty off
echo Y > $PARAMETER
ktap_true "on: empty" empty on
echo N > $FREE_BLOCKS
ktap_true "allocator: empty" empty allocator
ktap_true "allocator: free" free_pages allocator
ktap_true "allocator: used" used_pages allocator
echo Y > $FREE_BLOCKS
ktap_true "on: free" free_pages on
ktap_true "on: used" used_pages on
module_unload
if native; then
	ktap_true "stock: free" free_pages stock
	ktap_true "stock: used" used_pages stock
else
	ktap_skip "stock: free" "this kernel does not replace pages"
	ktap_skip "stock: used" "this kernel does not migrate pages in use"
fi

ktap_finish
