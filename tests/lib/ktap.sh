# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# KTAP for test scripts: a plan, one line for each result, and an exit code as
# kselftest wants it. The shell helpers of kselftest are no package: they come
# with a kernel source, which a host that runs these tests does not have.

KSFT_FAIL=1
KSFT_SKIP=4

ktap_number=0
ktap_failed=0

# ktap_plan COUNT: how many results there will be
ktap_plan()
{
	echo "TAP version 13"
	echo "1..$1"
}

# ktap_pass NAME
ktap_pass()
{
	ktap_number=$((ktap_number + 1))
	echo "ok $ktap_number $1"
}

# ktap_fail NAME WHY
ktap_fail()
{
	ktap_number=$((ktap_number + 1))
	ktap_failed=$((ktap_failed + 1))
	echo "# $2"
	echo "not ok $ktap_number $1"
}

# ktap_skip NAME WHY
ktap_skip()
{
	ktap_number=$((ktap_number + 1))
	echo "ok $ktap_number $1 # SKIP $2"
}

# ktap_skip_all WHY: nothing of this script can run here
ktap_skip_all()
{
	echo "TAP version 13"
	echo "1..0 # SKIP $1"
	exit $KSFT_SKIP
}

# ktap_equal NAME ACTUAL EXPECTED
ktap_equal()
{
	if [ "$2" = "$3" ]; then
		ktap_pass "$1"
	else
		ktap_fail "$1" "is '$2', expected '$3'"
	fi
}

# ktap_true NAME COMMAND...: the command has to succeed
ktap_true()
{
	ktap_name=$1
	shift
	if "$@"; then
		ktap_pass "$ktap_name"
	else
		ktap_fail "$ktap_name" "failed: $*"
	fi
}

# ktap_finish: the exit code of the script
ktap_finish()
{
	[ "$ktap_failed" -eq 0 ] || exit $KSFT_FAIL
	exit 0
}
