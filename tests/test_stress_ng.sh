#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The stressors of stress-ng that touch memory as the module does, while ranges are
# emptied: each ends as it does without the module. This version of it (0.12) does
# little with huge pages itself: somebody else uses some meanwhile.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/suites.sh"
. "$TESTS/lib/userland.sh"

USERLAND=$TESTS/suites.d/userland
PAGES=64
LIMIT=$(limit 120)
SECONDS_EACH=5

# run_case ARGUMENTS: a block that goes off line takes its free pages out of the pool
run_case()
{
	in_userland "timeout $LIMIT stress-ng --oomable --verify --timeout $SECONDS_EACH $1" \
		> "$WORK/said" 2>&1
	echo "code $?"
	pool_resize $PAGES
}

userland_enter
read_cases stress_ng.cases
pool_resize $PAGES
user_start -t shared -n $((PAGES / 4)) -w 1
run_suite "code 0" 1
ktap_true "contents of the user's pages" user_stop

ktap_finish
