#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The tests of libhugetlbfs, while ranges are emptied: each passes, as it does
# without the module. One of them ("counters") looks at all counters of the pool
# after each thing that it does.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/suites.sh"

SUITE=$TESTS/suites.d/libhugetlbfs
PAGES=64
LIMIT=$(limit 120)

run_case()
{
	(cd "$WORK" && timeout $LIMIT "$SUITE"/$1) > "$WORK/said" 2>&1
	code=$?
	grep -o -e '^PASS' -e '^FAIL.*' -e 'Bad configuration.*' "$WORK/said" |
		tail -n 1
	echo "code $code"
}

[ -d "$SUITE" ] || ktap_skip_all "the tests of libhugetlbfs are not built"
read_cases libhugetlbfs.cases
run_suite "$(printf 'PASS\ncode 0')"

ktap_finish
