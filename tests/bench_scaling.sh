#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# How the time for a range grows with the huge pages in it, which are all free, and with
# the pool around it; in guests of several sizes, with the memory, too. In ns of the guest.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/bench.sh"

ROUNDS=3
: "${LENGTHS=2 4 8 16 32 64}"
: "${POOLS=100 400}"
RANGES=15
# In that many of the zone's 512 there is a run of all lengths.
MOST_PAGES=400

# find_run PAGES: $run is the first pfn of so many huge pages in a row, of a pool that has
# most of the zone; $scratch are others
find_run()
{
	free_pool $MOST_PAGES
	run=$(sort -n "$WORK/user.pfns" | awk -v step=$PAGES_PER_HUGE -v pages="$1" '
		$1 != last + step || !first { first = $1 % (2 * step) ? 0 : $1 }
		{ last = $1 }
		first && ($1 - first) / step == pages - 1 {
			print first
			exit
		}')
	[ -n "$run" ] || return
	scratch=$(awk -v first="$run" -v last=$((run + $1 * PAGES_PER_HUGE - 1)) \
		'$1 < first || last < $1' "$WORK/user.pfns" | pairs | head -n 1)
}

# all_lengths: of ranges of the run, one after another
all_lengths()
{
	# shellcheck disable=SC2086 # a list
	all_pages=$(($(echo $LENGTHS | tr ' ' +)))
	for _ in $(seq $ROUNDS); do
		find_run $all_pages || continue
		for pages in $LENGTHS; do
			nanoseconds "$run" $((pages * PAGES_PER_HUGE)) >> "$WORK/$pages"
			run=$((run + pages * PAGES_PER_HUGE))
		done
	done
}

# length PAGES: of a range of that many huge pages
length()
{
	figure "on/length_$1" < "$WORK/$1"
}

# pool PAGES: in pools of several sizes
pool()
{
	free_and_bare "pool_$1" "$1" $RANGES
}

zone_movable || ktap_skip_all "no ZONE_MOVABLE"
bench_begin
# shellcheck disable=SC2086 # lists
ktap_plan "$(echo $LENGTHS $POOLS | wc -w)"

module_load
[ -z "$LENGTHS" ] || all_lengths
for pages in $LENGTHS; do
	ktap_true "$pages pages" length "$pages"
done
for pages in $POOLS; do
	ktap_true "a pool of $pages" pool "$pages"
done
module_unload

ktap_finish
