#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# run_tests.sh [VARIABLE=VALUE]... SCRIPT...: runs test scripts one after another,
# as one KTAP stream with a subtest for each. Exit code: 1 if one failed.

cd "$(dirname "$0")" || exit 1
code=$(mktemp) || exit 1
trap 'rm -f "$code"' EXIT

# run SCRIPT: its output as a subtest, line by line as it comes; its exit code
# goes to a file, as the shell only tells the last of a pipe
run()
{
	{
		"./$1" 2>&1
		echo $? > "$code"
	} | while IFS= read -r line; do
		echo "    $line"
	done
}

while case ${1-} in *=*) true ;; *) false ;; esac; do
	export "${1?}"
	shift
done
number=0
failed=0
echo "KTAP version 1"
echo "1..$#"
for script; do
	number=$((number + 1))
	echo "    # Subtest: $script"
	run "$script"
	case $(cat "$code") in
	0) echo "ok $number $script" ;;
	4) echo "ok $number $script # SKIP" ;;
	*)
		echo "not ok $number $script"
		failed=1
		;;
	esac
done
exit $failed
