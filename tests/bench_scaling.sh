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
# In a pool of that size there is a run of the longest of them.
POOL_PAGES=200

# run_of PAGES: $run is the first pfn of so many huge pages in a row of a new pool
run_of()
{
	free_pool $POOL_PAGES
	pairs < "$WORK/user.pfns" > "$WORK/pairs"
	scratch=$(tail -n 1 "$WORK/pairs")
	run=$(grep -v -x -F -e "$scratch" -e $((scratch + PAGES_PER_HUGE)) "$WORK/user.pfns" |
		sort -n | awk -v step=$PAGES_PER_HUGE -v pages="$1" '
			$1 != last + step {
				first = $1 % (2 * step) ? 0 : $1
			}
			{ last = $1 }
			!first && $1 % (2 * step) == 0 { first = $1 }
			first && ($1 - first) / step == pages - 1 {
				print first
				exit
			}')
	[ -n "$run" ]
}

# length PAGES: of a range of that many huge pages, and without them
length()
{
	for _ in $(seq $ROUNDS); do
		run_of "$1" || continue
		nanoseconds "$run" $(($1 * PAGES_PER_HUGE)) >> "$WORK/with"
		pool_resize 0
		nanoseconds "$run" $(($1 * PAGES_PER_HUGE)) >> "$WORK/without"
	done
	figure "on/length_$1" < "$WORK/with" && figure "on/length_$1_empty" < "$WORK/without"
	length_code=$?
	rm -f "$WORK/with" "$WORK/without"
	return $length_code
}

# pool PAGES: of two pages, in pools of several sizes
pool()
{
	free_pool "$1"
	ranges_of_pool
	sed -i '16,$d' "$WORK/pairs"
	each_range "$WORK/pairs" | figure "on/pool_$1"
}

zone_movable || ktap_skip_all "no ZONE_MOVABLE"
bench_begin
# shellcheck disable=SC2086 # lists
ktap_plan "$(echo $LENGTHS $POOLS | wc -w)"

module_load
for pages in $LENGTHS; do
	ktap_true "$pages pages" length "$pages"
done
for pages in $POOLS; do
	ktap_true "a pool of $pages" pool "$pages"
done
module_unload

ktap_finish
