# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034
#
# Test suites of others: each case is run on the stock kernel, then with the module
# while all of ZONE_MOVABLE is emptied, range by range. It shall say the same.
# lib/hugecontig.sh is read before; scripts set PAGES and define run_case CASE, which
# prints what is compared, leaves all output in $WORK/said and the pool as it was.

# read_cases FILE [DIRECTORY]: to $WORK/cases, perhaps only those of a directory. What
# begins with an exclamation mark is not for kernels with lockdep.
read_cases()
{
	grep -v '^#' "$TESTS/$1" | grep "^\(! \)*${2:+$2/}" > "$WORK/cases"
	cases=$(wc -l < "$WORK/cases")
}

# run_and_look CASE: what it prints, and what is wrong with the pool
run_and_look()
{
	# 5.10.262 asserts in hugetlb_split() a lock that it takes later.
	if [ "$1" != "${1#! }" ] && debug_kernel; then
		echo "splits a mapping, which lockdep warns of" > "$WORK/said"
		echo "code $KSFT_SKIP"
		return
	fi
	pool_resize $PAGES || echo "no pool"
	before=$(pool_state)
	run_case "${1#! }"
	after=$(pool_state)
	[ "$after" = "$before" ] || echo "pool was $before, is $after"
}

# run_cases SIDE: what the case of each number said
run_cases()
{
	number=0
	while read -r case; do
		number=$((number + 1))
		echo "# $1, $(cut -d ' ' -f 1 /proc/uptime) s: $case"
		run_and_look "$case" > "$WORK/$1.$number" < /dev/null
		mv "$WORK/said" "$WORK/$1.$number.said"
	done < "$WORK/cases"
}

# end_of_output SIDE NUMBER: of the case of that number
end_of_output()
{
	tail -n 12 "$WORK/$1.$2.said" | sed 's/^/# /'
}

# compare_cases EXPECTED: what each of them prints on the stock kernel
compare_cases()
{
	number=0
	while read -r case; do
		number=$((number + 1))
		stock=$(cat "$WORK/stock.$number")
		module=$(cat "$WORK/module.$number")
		if [ "$stock" = "code $KSFT_SKIP" ]; then
			why=$(tail -n 1 "$WORK/stock.$number.said")
			ktap_skip "$case, stock" "$why"
			ktap_skip "$case" "$why"
			continue
		fi
		[ "$stock" = "$1" ] || end_of_output stock $number
		ktap_equal "$case, stock" "$stock" "$1"
		[ "$module" = "$stock" ] || end_of_output module $number
		ktap_equal "$case" "$module" "$stock"
	done < "$WORK/cases"
}

# run_suite EXPECTED [MORE]: all of it, with its plan, which has so many more results
run_suite()
{
	zone_movable || ktap_skip_all "no ZONE_MOVABLE"
	contig_load
	ktap_plan $((cases * 2 + 4 + ${2:-0}))
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
	hammer_succeeds
	module_unload
}
