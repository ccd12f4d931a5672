#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Compaction calls isolate_migratepages_block() too: it wins as many huge pages as without the
# module, and its calls are not counted. bench_compaction.sh measures what it costs.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"

# Most of the memory: wherever compaction begins it finds something to do.
FRAGMENT_MIB=$(awk '$1 == "MemAvailable:" { print int($2 / 1024 * 3 / 4) }' \
	/proc/meminfo)

# A round can be worse than others by a few percent: the median of these is not.
ROUNDS=3

# free_blocks: of the size of a huge page, of all zones
free_blocks()
{
	awk '{ blocks += $(NF - 1) + 2 * $NF } END { print blocks }' /proc/buddyinfo
}

# compact POOL: fragments memory, compacts it; $won is how many huge pages there is room for
# because of that. That takes direct compaction, too, which the first page that cannot be
# allocated ends, and defers: so it is tried until it brought no more twice.
compact()
{
	fragment_start "$FRAGMENT_MIB"
	before=$(free_blocks)
	had=$(cat $POOL/nr_hugepages)
	won=$had
	fruitless=0
	while [ $fruitless -lt 2 ]; do
		echo 1 > /proc/sys/vm/compact_memory
		echo 1000000 > $POOL/nr_hugepages
		if [ "$(cat $POOL/nr_hugepages)" -gt "$won" ]; then
			won=$(cat $POOL/nr_hugepages)
			fruitless=0
		else
			fruitless=$((fruitless + 1))
		fi
	done
	won=$((won - had - before))
	echo "$1" > $POOL/nr_hugepages
	fragment_stop || won=0
}

# compact_rounds POOL: $won is the median of some rounds
compact_rounds()
{
	for _ in $(seq $ROUNDS); do
		compact "$1"
		echo $won
	done > "$WORK/won"
	echo "# won: $(xargs < "$WORK/won")"
	won=$(sort -n "$WORK/won" | sed -n "$((ROUNDS / 2 + 1))p")
}

# wins NAME PERCENT: of what it wins on the stock kernel, at least
wins()
{
	ktap_true "$1: compaction wins $2 % of the stock kernel's ($won of $stock pages)" \
		[ $((won * 100)) -ge $((stock * $2)) ]
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

compact_rounds 0
stock=$won
ktap_true "stock: compaction wins huge pages" [ "$stock" -gt 64 ]

module_load
compact_rounds 0
wins "module" 99
ktap_equal "module: its calls are not counted" "$(redirect_calls)" 0

# A pinned page: each request waits for it a while, is open almost all the time,
# and looks at one block.
pool_resize 1
pin_start vmsplice
touch "$WORK/requests"
request_for_ever "$pfn" &
requests_pid=$!
compact_rounds 1
rm "$WORK/requests"
wait $requests_pid
# The requests isolate blocks themselves, over and over: 92 to 99 % were seen.
wins "with requests open" 85
ktap_equal "with requests open: only those of requests are counted" \
	"$(redirect_calls)" "$(statistic requests)"
ktap_true "with requests open: there were some" [ "$(redirect_calls)" -gt 0 ]
module_unload

ktap_finish
