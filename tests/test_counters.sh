#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The counters of the pool while ranges are emptied and others resize it, in
# every way there is: the pool is exactly as large as was asked for, and its
# lists hold as many pages as its counters say.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/attacks.sh"

USED=16
# How often the pool is resized in each way.
: "${ROUNDS:=60}"

zone_movable || ktap_skip_all "no ZONE_MOVABLE"
contig_load
walk_load
trap 'rmmod pool_walk; cleanup' EXIT
ktap_plan 8

pool_resize 64
user_start -t shared -n $USED -w 1
module_load
movable_ranges $((PAGES_PER_HUGE * 2)) 128 > "$WORK/ranges"
ktap_equal "begin: lists" "$(disagreements)" ""

hammer_start
for _ in $(seq $ROUNDS); do
	resize_round $USED
done > "$WORK/wrong"
hammer_stop
ktap_equal "the pool is what was asked for, each time" \
	"$(sort "$WORK/wrong" | uniq -c)" ""
ktap_true "pages were replaced meanwhile: $(statistic free_replaced)" \
	[ "$(statistic free_replaced)" -gt $ROUNDS ]
ktap_true "pages were migrated meanwhile: $(statistic inuse_migrated)" \
	[ "$(statistic inuse_migrated)" -gt $USED ]
hammer_succeeds
ktap_equal "end: lists" "$(disagreements)" ""
ktap_true "contents" user_stop
ktap_equal "end: pool" "$(pool_state)" "64 64 0 0"
module_unload

ktap_finish
