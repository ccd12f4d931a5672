#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Each module of tests/broken breaks a promise, and the test that holds this promise fails
# with it. BROKEN=NAME,NAME: those that this guest is large enough for.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/ktap.sh"

: "${BROKEN:=$(sed -n 's/^\([a-z_]*\) : .*/\1/p' "$TESTS/broken" | xargs)}"
BROKEN=$(echo "$BROKEN" | tr , ' ')

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# test_broken NAME TEST PATTERN: with that module the test fails at the result
test_broken()
{
	# shellcheck disable=SC2086 # words
	env "MODULE=$TESTS/broken.d/$1.ko" "PATH=$TESTS:$PATH" $2 \
		> "$work/output" 2>&1 < /dev/null
	why=$(sed -n 's/^1\.\.0 # SKIP //p' "$work/output")
	if [ -n "$why" ]; then
		ktap_skip "$1: $2 fails: $3" "$why"
	elif grep -q "^not ok [0-9]* .*$3" "$work/output"; then
		ktap_pass "$1: $2 fails: $3"
	else
		sed 's/^/# | /' "$work/output"
		ktap_fail "$1: $2 fails: $3" "it did not notice"
	fi
}

# shellcheck disable=SC2086 # a list
set -- $BROKEN
ktap_plan $#

for name; do
	line=$(sed -n "s/^$name : .* : \(.*\) : \(.*\)$/\1 : \2/p" "$TESTS/broken")
	if [ -f "$TESTS/broken.d/$name.ko" ]; then
		test_broken "$name" "${line% : *}" "${line#* : }"
	else
		ktap_skip "$name" "broken modules are only built for the guests"
	fi
done

ktap_finish
