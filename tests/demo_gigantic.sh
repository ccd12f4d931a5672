#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# SIDE=stock|hugecontig demo_gigantic.sh: asks for 1 GiB pages, and reports all of it
# through the host's log, for tests/runner/second_act.py. A state is what there is of
# 2 MiB pages meanwhile: none, free or in_use.
#
#   phase STATE WHAT           what happens now
#   had STATE PAGES            of 1 GiB
#   before|after STATE TOTAL FREE RESERVED SURPLUS
#   counters STATE [WORDS]     those that moved
#   contents STATE intact|lost
#   failed STATE WORDS         it did not happen

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/gigantic.sh"

# pool BEFORE_OR_AFTER STATE
pool()
{
	# shellcheck disable=SC2046 # words are what is wanted
	host log "$1" "$2" $(pool_state)
}

# bring_about STATE
bring_about()
{
	pool_resize 0 || return 1
	case $1 in
	none) ;;
	free) scatter_start $PER_GIB spread && user_stop ;;
	in_use) scatter_start $PER_GIB spread ;;
	esac
}

# contents STATE: those of the pages in use
contents()
{
	[ "$1" != in_use ] || user_stop
}

# grow_pool STATE
grow_pool()
{
	host log phase "$1" preparing
	if ! bring_about "$1"; then
		host log failed "$1" "the 2 MiB pages could not be had"
		return
	fi
	if [ "$SIDE" = hugecontig ] && ! module_load; then
		host log failed "$1" "the module did not load"
		contents "$1"
		return
	fi
	sampler_start -p 1000
	pool before "$1"
	host log phase "$1" "asking for $WANTED"
	host log had "$1" "$(gigantic_had $WANTED)"
	pool after "$1"
	sampler_stop
	# shellcheck disable=SC2046 # words are what is wanted
	host log counters "$1" $(sampler_moved)
	module_unload
	if contents "$1"; then
		host log contents "$1" intact
	else
		host log contents "$1" lost
	fi
}

for state in none free in_use; do
	grow_pool $state
done
