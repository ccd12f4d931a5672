#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The tests of kselftest for vm and livepatch, while ranges are emptied: each gives
# the code that it gives without the module. CASES=DIRECTORY: only those of one.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/suites.sh"
. "$TESTS/lib/userland.sh"

SUITE=$TESTS/suites.d/kselftest
USERLAND=$TESTS/suites.d/userland
PAGES=160
LIMIT=$(limit 300)
: "${CASES:=}"
DYNAMIC_DEBUG=/sys/kernel/debug/dynamic_debug/control

# switch Y|N: if there is one
switch()
{
	[ ! -e $PARAMETER ] || echo "$1" > $PARAMETER
}

# run_case DIRECTORY/PROGRAM [ARGUMENT]...: "huge" is a hugetlbfs. One case turns
# ftrace off, which the kernel refuses as long as anything is redirected: by a
# livepatch, as that case shows itself, or by the module.
run_case()
{
	case $1 in
	livepatch/*)
		if [ ! -e $DYNAMIC_DEBUG ]; then
			echo "no dynamic debug in this kernel" > "$WORK/said"
			echo "code $KSFT_SKIP"
			return
		fi
		;;
	esac
	[ "$1" != livepatch/test-ftrace.sh ] || switch N
	in_userland "cd /kselftest/${1%%/*} && timeout $LIMIT ./${1#*/}" \
		> "$WORK/said" 2>&1
	echo "code $?"
	switch Y
	rm -f "$SUITE"/vm/huge/*
	# The scripts for hugetlb cgroups leave no pool.
	case $1 in
	vm/*.sh*) pool_resize $PAGES ;;
	esac
}

# modules_there: where modprobe finds them
modules_there()
{
	to=$USERLAND/lib/modules/$(uname -r)
	mkdir -p "$to"
	cp "$SUITE"/modules/*.ko "$to"
	in_userland "depmod"
}

[ -d "$SUITE" ] || ktap_skip_all "kselftest is not built"
userland_enter
mv "$SUITE" "$USERLAND/kselftest"
SUITE=$USERLAND/kselftest
mkdir "$SUITE/vm/huge"
mount -t hugetlbfs none "$SUITE/vm/huge"
modules_there
read_cases kselftest.cases "$CASES"
case $CASES in
livepatch)
	# They use no huge pages.
	pool_resize $PAGES
	user_start -t shared -n $((PAGES / 8)) -w 1
	run_suite "code 0" 1
	ktap_true "contents" user_stop
	;;
*)
	run_suite "code 0"
	;;
esac

ktap_finish
