# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034
#
# What others do to the pool, to its memory and to the functions that are
# redirected, for more than one test. lib/hugecontig.sh is read before.

MEMORY=/sys/devices/system/memory
NODE_POOL=/sys/devices/system/node/node0/hugepages/hugepages-2048kB
WALK=/sys/kernel/debug/pool_walk/pool
LOST=/sys/kernel/debug/pool_walk/lost
STALE=/sys/kernel/debug/pool_walk/stale
OPTIMIZED=/sys/kernel/debug/pool_walk/optimized

# --- the pool ---------------------------------------------------------------

# walk_load [PARAMETER=VALUE]: the test module that walks the lists of the pool
walk_load()
{
	[ -f "$TESTS/modules/pool_walk/pool_walk.ko" ] ||
		ktap_skip_all "pool_walk.ko is not built"
	insmod "$TESTS/modules/pool_walk/pool_walk.ko" "$@"
}

# set_pool FILE PAGES [IS]: prints what it then is, if that is not what was asked
# for, or IS
set_pool()
{
	echo "$2" > "$1"
	is=$(cat "$1")
	[ "$is" -eq "${3:-$2}" ] || echo "$1 is $is after $2 was written"
}

# resize_round USED: grow, shrink, by each of the files. If there shall be no page,
# those that somebody uses are left, as surplus.
resize_round()
{
	set_pool $POOL/nr_hugepages 256
	set_pool $POOL/nr_hugepages 96
	set_pool /proc/sys/vm/nr_hugepages 128
	set_pool $NODE_POOL/nr_hugepages 160
	set_pool $POOL/nr_hugepages_mempolicy 64
	set_pool $POOL/nr_overcommit_hugepages 32
	set_pool $POOL/nr_hugepages 0 "$1"
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

# --- its memory -------------------------------------------------------------

# compact_and_drop: as long as there is a file "busy"
compact_and_drop()
{
	while [ -e "$WORK/busy" ]; do
		echo 1 > /proc/sys/vm/compact_memory
		echo 3 > /proc/sys/vm/drop_caches
	done
}

# movable_blocks: those that are all ZONE_MOVABLE
movable_blocks()
{
	grep -l -x Movable $MEMORY/memory*/valid_zones |
		sed 's/.*memory\([0-9]*\).*/\1/' | sort -n
}

# --- the functions that are redirected --------------------------------------

# events_on TYPE: of kprobe_events
events_on()
{
	for function in $FUNCTIONS; do
		echo "$1:test/$function $function" >> $TRACING/kprobe_events
	done
	echo 1 > $TRACING/events/test/enable
}

events_off()
{
	[ -d $TRACING/events/test ] || return 0
	echo 0 > $TRACING/events/test/enable
	for function in $FUNCTIONS; do
		echo "-:test/$function" >> $TRACING/kprobe_events
	done
}
