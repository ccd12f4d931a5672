#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The counters of the pool while ranges are emptied and others resize it, in
# every way there is: the pool is exactly as large as was asked for, and its
# lists hold as many pages as its counters say.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"

WALK=/sys/kernel/debug/pool_walk/pool
NODE_POOL=/sys/devices/system/node/node0/hugepages/hugepages-2048kB
USED=16
ROUNDS=60

# set_pool FILE PAGES [IS]: prints what it then is, if that is not what was asked
# for, or IS
set_pool()
{
	echo "$2" > "$1"
	is=$(cat "$1")
	[ "$is" -eq "${3:-$2}" ] || echo "$1 is $is after $2 was written"
}

# resize_round: grow, shrink, by each of the files. If there shall be no page,
# those that the user has are left, as surplus.
resize_round()
{
	set_pool $POOL/nr_hugepages 256
	set_pool $POOL/nr_hugepages 96
	set_pool /proc/sys/vm/nr_hugepages 128
	set_pool $NODE_POOL/nr_hugepages 160
	set_pool $POOL/nr_hugepages_mempolicy 64
	set_pool $POOL/nr_overcommit_hugepages 32
	set_pool $POOL/nr_hugepages 0 $USED
	set_pool $POOL/nr_overcommit_hugepages 0
	set_pool $POOL/nr_hugepages 64
}

# disagreements: between the counters and the lists
disagreements()
{
	awk '$1 == "bad" ? $2 > 0 : $2 != $3' $WALK
	awk '{ sum += $1 } END { print sum }' \
		/sys/devices/system/node/node*/hugepages/hugepages-2048kB/nr_hugepages |
		grep -v -x "$(total_pages)" | sed 's/^/sum of the nodes: /'
}

# total_pages: surplus ones included, which nr_hugepages does not count
total_pages()
{
	awk '$1 == "HugePages_Total:" { print $2 }' /proc/meminfo
}

zone_movable || ktap_skip_all "no ZONE_MOVABLE"
[ -f "$TESTS/modules/pool_walk/pool_walk.ko" ] ||
	ktap_skip_all "pool_walk.ko is not built"
contig_load
insmod "$TESTS/modules/pool_walk/pool_walk.ko"
trap 'rmmod pool_walk; cleanup' EXIT
ktap_plan 8

pool_resize 64
user_start -t shared -n $USED -w 1
module_load
movable_ranges $((PAGES_PER_HUGE * 2)) 128 > "$WORK/ranges"
ktap_equal "begin: lists" "$(disagreements)" ""

hammer_start
for _ in $(seq $ROUNDS); do
	resize_round
done > "$WORK/wrong"
hammer_stop
ktap_equal "the pool is what was asked for, each time" \
	"$(sort "$WORK/wrong" | uniq -c)" ""
ktap_true "pages were replaced meanwhile: $(statistic free_replaced)" \
	[ "$(statistic free_replaced)" -gt $ROUNDS ]
ktap_true "pages were migrated meanwhile: $(statistic inuse_migrated)" \
	[ "$(statistic inuse_migrated)" -gt $USED ]
ktap_true "ranges were had meanwhile: $(hammer_codes)" \
	grep -q -x 0 "$WORK/codes"
ktap_equal "end: lists" "$(disagreements)" ""
ktap_true "contents" user_stop
ktap_equal "end: pool" "$(pool_state)" "64 64 0 0"
module_unload

ktap_finish
