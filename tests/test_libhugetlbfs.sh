#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The tests of libhugetlbfs, while ranges are emptied: each passes, as it does
# without the module. One of them ("counters") looks at all counters of the pool
# after each thing that it does.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"

SUITE=$TESTS/libhugetlbfs.d
PAGES=64
LIMIT=120

CASES=$(grep -v '^#' "$TESTS/libhugetlbfs.cases")

# run_case CASE: what it says in the end
run_case()
{
	pool_resize $PAGES
	(cd "$WORK" && timeout $LIMIT "$SUITE"/$1) > "$WORK/said" 2>&1
	code=$?
	grep -o -e '^PASS' -e '^FAIL.*' -e 'Bad configuration.*' "$WORK/said" |
		tail -n 1
	echo "code $code, pool $(pool_state)"
}

# run_all SIDE: "SIDE.NUMBER" is what the case of that number said
run_all()
{
	number=0
	while read -r case; do
		number=$((number + 1))
		run_case "$case" > "$WORK/$1.$number" < /dev/null
	done < "$WORK/cases"
}

[ -d "$SUITE" ] || ktap_skip_all "the tests of libhugetlbfs are not built"
zone_movable || ktap_skip_all "no ZONE_MOVABLE"
contig_load
ktap_plan $(($(echo "$CASES" | wc -l) * 2 + 3))

echo "$CASES" > "$WORK/cases"
run_all stock
zone_ranges $((PAGES_PER_HUGE * 4))
module_load
hammer_start
run_all module
hammer_stop
number=0
while read -r case; do
	number=$((number + 1))
	ktap_equal "$case, stock" "$(cat "$WORK/stock.$number")" \
		"$(printf 'PASS\ncode 0, pool %s' "$PAGES $PAGES 0 0")"
	ktap_equal "$case" "$(cat "$WORK/module.$number")" \
		"$(cat "$WORK/stock.$number")"
done < "$WORK/cases"
ktap_true "pages were replaced meanwhile: $(statistic free_replaced)" \
	[ "$(statistic free_replaced)" -gt 0 ]
ktap_true "pages were migrated meanwhile: $(statistic inuse_migrated)" \
	[ "$(statistic inuse_migrated)" -gt 0 ]
ktap_equal "codes of alloc_contig_range()" "$(hammer_codes)" "$EBUSY 0"
module_unload

ktap_finish
