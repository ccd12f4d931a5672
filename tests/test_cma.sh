#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# cma_alloc() in an area that the pool has spread into. Needs a kernel with CMA,
# an area (cma=SIZE) and its debugfs files.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"

AREA=$(echo /sys/kernel/debug/cma/*)

# Pages that are asked for: first a few, so that what comes then is not aligned;
# that is almost all of the area, wherever in it the huge pages are.
ODD=3
BIG=$(($(cat "$AREA/count" 2>/dev/null || echo 0) * 9 / 10))

# How often with a user who writes meanwhile.
ROUNDS=20

# in_area: of the pages of the user, those in the area
in_area()
{
	awk -v base="$(cat "$AREA/base_pfn")" -v count="$(cat "$AREA/count")" '
		$1 >= base && $1 < base + count { pages++ }
		END { print pages + 0 }' "$WORK/user.pfns"
}

# cma_alloc PAGES
cma_alloc()
{
	echo "$1" 2>/dev/null > "$AREA/alloc"
}

cma_free()
{
	echo "$1" > "$AREA/free"
}

# spread: a pool that leaves no more than this much memory: movable pages go to
# the area as soon as it is the larger part of what is free. $pages is its size.
LEAVE_MIB=192

spread()
{
	pool_resize 0
	echo 3 > /proc/sys/vm/drop_caches
	pages=$(awk -v leave=$LEAVE_MIB '$1 == "MemFree:" {
		print int(($2 / 1024 - leave) / 2) }' /proc/meminfo)
	pool_resize $pages
}

# allocate_in_turn NAME ROUNDS: an odd number, then many behind it, in turn and again
allocate_in_turn()
{
	state=$(pool_state)
	sampler_start
	taken=0
	for _ in $(seq "$2"); do
		cma_alloc $ODD && taken=$((taken + 1))
		cma_alloc $BIG && taken=$((taken + 1))
		[ $((taken % 2)) -eq 1 ] || cma_free $BIG
		cma_free $ODD
	done
	sampler_stop
	ktap_equal "$1: pool" "$(pool_state)" "$state"
	ktap_equal "$1: counters as sampled" "$(sampler_moved)" ""
}

[ -w "$AREA/alloc" ] || ktap_skip_all "no CMA area, or no CMA_DEBUGFS"
contig_load
ktap_plan 19

spread
user_start -t private -n $pages
ktap_true "huge pages in the area: $(in_area)" [ "$(in_area)" -gt 4 ]
allocate_in_turn "stock" 4
ktap_true "stock: not all was had: $taken of 8" [ $taken -lt 8 ]
module_load
allocate_in_turn "in use" 4
ktap_equal "in use: had" $taken 8
ktap_true "in use: pages were migrated" [ "$(statistic inuse_migrated)" -gt 0 ]
ktap_true "in use: contents" user_stop

spread
allocate_in_turn "free" 4
ktap_equal "free: had" $taken 8
ktap_true "free: pages were replaced" [ "$(statistic free_replaced)" -gt 0 ]
module_unload

# Half of the pool is free, and the user writes all the time.
spread
user_start -t shared -n $((pages / 2)) -w 2
module_load
allocate_in_turn "mixed" $ROUNDS
ktap_equal "mixed: had" $taken $((ROUNDS * 2))
# The user may have all of those in the area.
ktap_true "mixed: pages were migrated" [ "$(statistic inuse_migrated)" -gt 0 ]
ktap_true "mixed: contents" user_stop
ktap_equal "requests without memory" "$(statistic enomem)" 0
module_unload

ktap_finish
