#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The pool of 1 GiB pages grows and shrinks while ranges are emptied: the kernel
# calls alloc_contig_range() for it, so the module takes part. That pool is as
# large as asked for or smaller, and the one of 2 MiB pages does not change.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"

GIGANTIC=/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages
PAGES=32
RANGE_PAGES=$((PAGES_PER_HUGE * 4))
RANGES=48
ROUNDS=10

trap cleanup_gigantic EXIT

cleanup_gigantic()
{
	echo "$gigantic_before" > $GIGANTIC
	cleanup
}

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

# judged: the pfns that those ranges begin with that are looked at for 1 GiB pages once
# the kernel has no more
judged()
{
	echo > $TRACING/trace
	echo 1 > $TRACING/events/hugecontig/hugecontig_candidate/enable
	echo 7 > $GIGANTIC
	echo 0 > $GIGANTIC
	echo 0 > $TRACING/events/hugecontig/hugecontig_candidate/enable
	sed -n 's/.*hugecontig_candidate: range=\[\(0x[0-9a-f]*\),.*/\1/p' \
		$TRACING/trace | sort -u
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
gigantic_before=$(cat $GIGANTIC 2>/dev/null)
[ "$gigantic_before" = 0 ] || ktap_skip_all "1 GiB pages are in use, or there are none"
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
