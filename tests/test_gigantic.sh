#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The pool of 1 GiB pages grows and shrinks while ranges are emptied: the kernel
# calls alloc_contig_range() for it, so the module takes part. That pool is as
# large as asked for or smaller, and the one of 2 MiB pages does not change.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/gigantic.sh"

PAGES=32
RANGE_PAGES=$((PAGES_PER_HUGE * 4))
RANGES=48
ROUNDS=10

# resize_rounds: one page more, one less; $had is how often it was there, and the
# file "wrong" has what can not be
resize_rounds()
{
	had=0
	for _ in $(seq $ROUNDS); do
		echo 1 > $GIGANTIC
		is=$(cat $GIGANTIC)
		had=$((had + is))
		[ "$is" -le 1 ] || echo "$is after 1 was written"
		echo 0 > $GIGANTIC
		is=$(cat $GIGANTIC)
		[ "$is" -eq 0 ] || echo "$is after 0 was written"
	done > "$WORK/wrong"
}

# movable_start: first pfn of ZONE_MOVABLE
movable_start()
{
	awk '/^Node/ { movable = $4 == "Movable" }
	     movable && $1 == "start_pfn:" && $2 { print $2; exit }' /proc/zoneinfo
}

# in_zone_movable: those that it reads
in_zone_movable()
{
	start=$(movable_start)
	while read -r pfn; do
		[ $((pfn)) -lt "$start" ] || echo "$pfn"
	done
}

zone_movable || ktap_skip_all "no ZONE_MOVABLE"
gigantic_begin
contig_load
resize_rounds
[ $had -gt 0 ] || ktap_skip_all "no 1 GiB of memory is free: the stock kernel has none"
ktap_plan 11

ktap_equal "stock: $had of $ROUNDS were had" "$(cat "$WORK/wrong")" ""
pool_resize $((PAGES * 2))
user_start -t shared -n $PAGES -w 1
movable_ranges $RANGE_PAGES $RANGES > "$WORK/ranges"
module_load
sampler_start
hammer_start
resize_rounds
hammer_stop
sampler_stop
ktap_equal "never more than asked for" "$(cat "$WORK/wrong")" ""
ktap_true "$had of $ROUNDS were had" [ $had -gt 0 ]
ktap_true "by way of the module" \
	[ $(($(statistic requests) - $(wc -l < "$WORK/codes"))) -ge $had ]
ktap_true "2 MiB pages were replaced or migrated meanwhile" \
	[ $(($(statistic free_replaced) + $(statistic inuse_migrated))) -gt 0 ]
ktap_equal "codes of alloc_contig_range()" "$(hammer_codes)" "$EBUSY 0"
judged > "$WORK/judged"
ktap_true "ranges are judged: $(wc -l < "$WORK/judged")" [ -s "$WORK/judged" ]
ktap_equal "those of ZONE_MOVABLE, which has no 1 GiB pages" \
	"$(in_zone_movable < "$WORK/judged")" ""
ktap_equal "2 MiB pages: counters as sampled" "$(sampler_moved)" ""
ktap_equal "2 MiB pages: pool" "$(pool_state)" "$((PAGES * 2)) $PAGES 0 0"
ktap_true "2 MiB pages: contents" user_stop
module_unload

ktap_finish
