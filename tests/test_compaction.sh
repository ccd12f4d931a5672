#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Compaction calls isolate_migratepages_block() too: it gets what it got
# without the module, and its calls are not counted.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"

# Most of the memory: wherever compaction begins it finds something to do.
FRAGMENT_MIB=$(awk '$1 == "MemAvailable:" { print int($2 / 1024 * 3 / 4) }' \
	/proc/meminfo)

# compact POOL: fragments memory, compacts it; $won is the number of huge pages that
# can be had then. That takes direct compaction, too, which the first page that can
# not be had ends, and defers: so it is tried until three times brought no more.
compact()
{
	fragment_start "$FRAGMENT_MIB"
	won=$(cat $POOL/nr_hugepages)
	fruitless=0
	while [ $fruitless -lt 3 ]; do
		echo 1 > /proc/sys/vm/compact_memory
		echo 1000000 > $POOL/nr_hugepages
		if [ "$(cat $POOL/nr_hugepages)" -gt "$won" ]; then
			won=$(cat $POOL/nr_hugepages)
			fruitless=0
		else
			fruitless=$((fruitless + 1))
		fi
	done
	echo "$1" > $POOL/nr_hugepages
	fragment_stop || won=BAD
}

# redirect_calls: calls of isolate_migratepages_block() that were acted upon
redirect_calls()
{
	sed -n 's/^redirect_isolate_migratepages_block: \([0-9]*\) calls/\1/p' \
		$DEBUGFS/status
}

# request_for_ever PFN: as long as a request is open calls really are redirected
request_for_ever()
{
	while [ -e "$WORK/requests" ]; do
		contig_alloc "$1" $PAGES_PER_HUGE > /dev/null
	done
}

zone_movable || ktap_skip_all "no ZONE_MOVABLE"
contig_load
ktap_plan 6

compact 0
stock=$won
ktap_true "stock: compaction wins huge pages" [ "$stock" -gt 64 ]

module_load
compact 0
# What is free, and where, is never quite the same twice.
ktap_true "module: compaction wins as much ($won of $stock pages)" \
	[ "$won" -gt $((stock * 9 / 10)) ]
ktap_equal "module: its calls are not counted" "$(redirect_calls)" 0

# A pinned page: each request waits for it a while, is open almost all the time,
# and looks at one block.
pool_resize 1
pin_start vmsplice
touch "$WORK/requests"
request_for_ever "$pfn" &
requests_pid=$!
compact 1
rm "$WORK/requests"
wait $requests_pid
ktap_true "with requests open: compaction wins as much ($won of $stock pages)" \
	[ "$won" -gt $((stock * 9 / 10)) ]
ktap_equal "with requests open: only those of requests are counted" \
	"$(redirect_calls)" "$(statistic requests)"
ktap_true "with requests open: there were some" [ "$(redirect_calls)" -gt 0 ]
module_unload

ktap_finish
