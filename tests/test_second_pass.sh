#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The search for a 1 GiB page among 2 MiB pages: what can not be emptied is known before
# anything is moved, its limits and its callers' hold, and it ends with a fatal signal.
# Needs the guest of test_gigantic_growth.sh.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/gigantic.sh"

GIB_PAGES=262144
ENOMEM=-12
# Enough of them that it takes a while.
MANY=128

# moved: huge pages, since the module was loaded
moved()
{
	echo $(($(statistic free_replaced) + $(statistic inuse_migrated)))
}

# none_had NAME: there is no 1 GiB page, and nothing was moved for it
none_had()
{
	ktap_equal "$1: 1 GiB pages, huge pages moved" \
		"$(gigantic_had 1) $(moved)" "0 0"
}

# ruled_out NAME OBSTACLE
ruled_out()
{
	ktap_true "$1: $(statistic "ruled_out_$2") ranges are ruled out for it" \
		[ "$(statistic "ruled_out_$2")" -gt 0 ]
}

pinned_pages()
{
	scatter_start 3 spread pin
	module_load
	none_had "pinned"
	ruled_out "pinned" pinned
	module_unload
	ktap_true "pinned: contents" user_stop
	pool_resize 0
}

# A free block in each of the GiB that would do. Last: they are of no use afterwards.
poisoned_pages()
{
	if [ ! -f $INJECT ]; then
		ktap_skip "poisoned" "no hwpoison-inject in this kernel"
		ktap_skip "poisoned: ruled out" "no hwpoison-inject in this kernel"
		return
	fi
	scatter_start 3 spread
	module_load
	judged accepted=1 > "$WORK/gibs"
	module_unload
	user_stop
	scatter_start 3 spread
	while read -r gib; do
		"$TESTS/page_flags" buddy $((gib)) $GIB_PAGES | tail -n 1
	done < "$WORK/gibs" > "$WORK/poison"
	while read -r pfn; do
		echo "$pfn" > $INJECT
	done < "$WORK/poison" 2> /dev/null
	module_load
	none_had "poisoned"
	ruled_out "poisoned" poisoned
	module_unload
	user_stop
	pool_resize 0
}

limits()
{
	scatter_start $MANY spread
	module_load
	echo 0 > $PARAMETERS/second_pass_attempts
	none_had "no attempts"
	echo 4 > $PARAMETERS/second_pass_attempts
	echo $((MANY * PAGES_PER_HUGE - 1)) > $PARAMETERS/second_pass_pages
	none_had "too many pages"
	ruled_out "too many pages" too_many
	echo $GIB_PAGES > $PARAMETERS/second_pass_pages
	echo "$GIB_PAGES noretry" > $CONTIG/pages
	ktap_equal "__GFP_NORETRY: code, pages moved" \
		"$(cut -d ' ' -f 1 $CONTIG/result) $(moved)" "$ENOMEM 0"
	echo 20 > $PARAMETERS/second_pass_ms
	ktap_equal "too long: 1 GiB pages" "$(gigantic_had 1)" 0
	ktap_true "too long: it ended for that, after $(moved) pages" \
		[ "$(statistic second_passes_out_of_time)" -gt 0 ]
	echo 10000 > $PARAMETERS/second_pass_ms
	echo $GIB_PAGES > $CONTIG/pages
	ktap_equal "without all that: code" "$(cut -d ' ' -f 1 $CONTIG/result)" 0
	ktap_true "without all that: $(moved) pages moved" \
		[ "$(moved)" -ge $MANY ]
	module_unload
	ktap_true "limits: contents" user_stop
	pool_resize 0
}

fatal_signal()
{
	scatter_start $MANY spread
	state=$(pool_state)
	module_load
	sh -c "echo 7 > $GIGANTIC" &
	sleep 0.3
	kill -KILL $!
	killed=$(date +%s)
	wait $! 2> /dev/null
	took=$(($(date +%s) - killed))
	ktap_true "SIGKILL: over after $took s" [ $took -le 2 ]
	ktap_true "SIGKILL: it was in a search" \
		[ "$(statistic second_passes)" -gt 0 ]
	echo 0 > $GIGANTIC
	ktap_equal "SIGKILL: pool" "$(pool_state)" "$state"
	module_unload
	ktap_true "SIGKILL: contents" user_stop
	pool_resize 0
}

gigantic_begin
rehearse
control=$(gigantic_had 7)
[ "$control" -gt 1 ] || ktap_skip_all "the stock kernel gets $control 1 GiB pages"
contig_load
ktap_plan 23

module_load
parameter_refuses second_pass_attempts 9
parameter_refuses second_pass_attempts -1
parameter_refuses second_pass_pages many
parameter_refuses second_pass_ms 600001
parameter_refuses give_up_gigantic perhaps
module_unload
pinned_pages
limits
fatal_signal
poisoned_pages

ktap_finish
