#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Replacements that are free blocks of the buddy allocator: they are as their last user
# has left them, and nobody else gets to see that.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/attacks.sh"

PAGES=16
trap cleanup_free_blocks EXIT

cleanup_free_blocks()
{
	[ ! -d /sys/module/pool_walk ] || rmmod pool_walk
	umount "$WORK/fs"
	cleanup
}

# make_dirty: whatever is free has something in it afterwards
make_dirty()
{
	eat_start 300
	eat_stop
}

# replace: all pages of a new pool, by memory most of which was dirty before; prints
# codes, how many were replaced, and the pool
replace()
{
	free_pool $PAGES
	make_dirty
	before=$(statistic free_replaced)
	sampler_start
	contig_alloc_pages "$WORK/user.pfns"
	sampler_stop
	echo ", $(($(statistic free_replaced) - before)) replaced," \
		"$(pool_state)$(sampler_moved)"
}

zone_movable || ktap_skip_all "no ZONE_MOVABLE"
! debug_kernel || ktap_skip_all "KASAN has to see each allocation: no free blocks"
contig_load
walk_load
mkdir "$WORK/fs"
mount -t hugetlbfs -o pagesize=2M hugetlbfs "$WORK/fs"
ktap_plan 10

module_load
all="${PAGES}x0, $PAGES replaced, $PAGES $PAGES 0 0"
ktap_equal "free blocks" "$(replace)" "$all"
stale=$(cat $STALE)
ktap_true "free blocks: taken as they are, $stale were dirty" [ "$stale" -gt 0 ]
for kind in private shared file file-private memfd shm; do
	free_pool $PAGES
	contig_alloc_pages "$WORK/user.pfns" > /dev/null
	stale=$(cat $STALE)
	user_start -t "$kind" -n $PAGES -f "$WORK/fs"
	ktap_true "$kind: zeroes are seen, where $stale pages were not" user_stop
done

echo N > $FREE_BLOCKS
# init_on_alloc is what Debian's kernels have by default.
ktap_equal "the allocator's pages" "$(replace)" "$all"
ktap_equal "the allocator's pages: as many were dirty" "$(cat $STALE)" 0
module_unload

ktap_finish
