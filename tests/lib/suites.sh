# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034
#
# Test suites of others: each case is run on the stock kernel, then with the module
# while all of ZONE_MOVABLE is emptied, range by range. It shall say the same.
# lib/hugecontig.sh is read before; scripts set PAGES and LIMIT, and define
# run_case CASE, which prints what is compared and leaves all output in $WORK/said.

# read_cases FILE: to $WORK/cases
read_cases()
{
	grep -v '^#' "$TESTS/$1" > "$WORK/cases"
	cases=$(wc -l < "$WORK/cases")
}

# run_cases SIDE: what the case of each number said, and what it left of the pool
run_cases()
{
	number=0
	while read -r case; do
		number=$((number + 1))
		echo "# $1, $(cut -d ' ' -f 1 /proc/uptime) s: $case"
		pool_resize $PAGES
		run_case "$case" > "$WORK/$1.$number" < /dev/null
		echo "pool $(pool_state)" >> "$WORK/$1.$number"
		mv "$WORK/said" "$WORK/$1.$number.said"
	done < "$WORK/cases"
}

# said SIDE NUMBER: the end of it
said()
{
	tail -n 12 "$WORK/$1.$2.said" | sed 's/^/# /'
}

# compare_cases EXPECTED: what each of them prints on the stock kernel. Some leave
# no pool.
compare_cases()
{
	number=0
	while read -r case; do
		number=$((number + 1))
		stock=$(cat "$WORK/stock.$number")
		module=$(cat "$WORK/module.$number")
		if [ "${stock%%,*}" = "code $KSFT_SKIP" ]; then
			why=$(tail -n 1 "$WORK/stock.$number.said")
			ktap_skip "$case, stock" "$why"
			ktap_skip "$case" "$why"
			continue
		fi
		printed=$(sed '$d' "$WORK/stock.$number")
		[ "$printed" = "$1" ] || said stock $number
		ktap_equal "$case, stock" "$printed" "$1"
		[ "$module" = "$stock" ] || said module $number
		ktap_equal "$case" "$module" "$stock"
	done < "$WORK/cases"
}

# run_suite EXPECTED [MORE]: all of it, with its plan, which has so many more results
run_suite()
{
	zone_movable || ktap_skip_all "no ZONE_MOVABLE"
	contig_load
	ktap_plan $((cases * 2 + 3 + ${2:-0}))
	run_cases stock
	zone_ranges $((PAGES_PER_HUGE * 4))
	module_load
	hammer_start
	run_cases module
	hammer_stop
	compare_cases "$1"
	ktap_true "pages were replaced meanwhile: $(statistic free_replaced)" \
		[ "$(statistic free_replaced)" -gt 0 ]
	ktap_true "pages were migrated meanwhile: $(statistic inuse_migrated)" \
		[ "$(statistic inuse_migrated)" -gt 0 ]
	ktap_equal "codes of alloc_contig_range()" "$(hammer_codes)" "$EBUSY 0"
	module_unload
}
