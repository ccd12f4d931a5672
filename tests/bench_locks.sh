#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# How often the module holds hugetlb_lock for a huge page, free or in use, and for how long,
# in ns of the guest. Needs a build that counts, see tests/hold_times.h.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/bench.sh"

PAGES=64

# held NAME COUNTER: of the ranges of $WORK/pairs; the counter says of how many pages
held()
{
	counted=$(statistic "$2")
	cat $CONTIG/holds > /dev/null
	while read -r pfn; do
		contig_alloc "$pfn" $RANGE_PAGES > /dev/null
	done < "$WORK/pairs"
	counted=$(($(statistic "$2") - counted))
	read -r nr total longest above < $CONTIG/holds
	[ $counted -gt 0 ] && [ "$nr" -gt 0 ] || return
	awk -v nr="$nr" -v pages=$counted 'BEGIN { printf "%.2f\n", nr / pages }' |
		figure "on/holds_$1" &&
		echo $((total / nr)) | figure "on/hold_mean_$1" &&
		echo "$longest" | figure "on/hold_longest_$1" &&
		echo "$above" | figure "on/holds_above_$1"
}

free_pages()
{
	free_ranges $PAGES $PAGES
	held free free_replaced
}

used_pages()
{
	used_ranges $PAGES
	held used inuse_migrated && user_stop
}

MODULE=$TESTS/variants.d/hold_times.ko
[ -e "$MODULE" ] || ktap_skip_all "the build with hold_times.h is not there"
zone_movable || ktap_skip_all "no ZONE_MOVABLE"
bench_begin
ktap_plan 2

module_load
ktap_true "free" free_pages
ktap_true "used" used_pages
module_unload

ktap_finish
