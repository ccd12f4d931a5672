#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# check_style.sh [CHECKPATCH]: the style of the sources, as far as tools see it.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/ktap.sh"

checkpatch=$1
cd "$TESTS/.." || exit 1

kernel_files=$(find src include tests/modules -name '*.[ch]')
user_files=$(find tests tools -maxdepth 1 -name '*.[ch]')
scripts=$(grep -l -r -E '^#!/bin/(busybox )?sh' tests .ci; echo tests/lib/*.sh)

# run_checkpatch FILE...: reads .checkpatch.conf
run_checkpatch()
{
	perl "$checkpatch" --terse --show-types --file "$@" 2>&1 |
		grep -v -e '^total: ' -e '^$' -e 'has no obvious style problems'
}

# conditionals: #if and the like in src/*.c, which belong into include/compat
conditionals()
{
	grep -n -E '^[[:space:]]*#[[:space:]]*(if|else|elif)' src/*.c
}

# long_functions LINES: functions that are longer
long_functions()
{
	awk -v most="$1" '
		FNR == 1 { begin = 0 }
		/^{/ { begin = FNR }
		/^}/ && begin {
			if (FNR - begin - 1 > most)
				print FILENAME ":" begin
			begin = 0
		}' src/*.c tools/*.c
}

ktap_plan 5

if [ -n "$checkpatch" ]; then
	# shellcheck disable=SC2086 # lists of files
	ktap_equal "checkpatch --strict: module" \
		"$(run_checkpatch $kernel_files)" ""
	# shellcheck disable=SC2086
	ktap_equal "checkpatch --strict: programs" \
		"$(run_checkpatch $user_files)" ""
else
	ktap_skip "checkpatch --strict: module" "no checkpatch.pl given"
	ktap_skip "checkpatch --strict: programs" "no checkpatch.pl given"
fi
if command -v shellcheck > /dev/null; then
	# shellcheck disable=SC2086
	ktap_equal "shellcheck" "$(shellcheck --format=gcc $scripts)" ""
else
	ktap_skip "shellcheck" "not installed"
fi
ktap_equal "no conditional compilation in src" "$(conditionals)" ""
ktap_equal "no function of more than 80 lines" "$(long_functions 80)" ""

ktap_finish
