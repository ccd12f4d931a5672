#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The module comes and goes, and is switched, while ranges of huge pages in use
# are allocated in a loop: nothing breaks, nothing is left, nothing is lost.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"

UNLOADS=100
TOGGLES=1000

# allocate_for_ever: ranges of the pages of the user, busy or not
allocate_for_ever()
{
	while [ -e "$WORK/load" ]; do
		while read -r pfn; do
			contig_alloc "$pfn" $PAGES_PER_HUGE >> "$WORK/codes"
		done < "$WORK/ranges"
	done
}

load_start()
{
	: > "$WORK/codes"
	touch "$WORK/load"
	allocate_for_ever &
	load_pids=$!
	allocate_for_ever &
	load_pids="$load_pids $!"
}

load_stop()
{
	rm "$WORK/load"
	# shellcheck disable=SC2086 # not for the user of the pool
	wait $load_pids
}

# unexpected_codes: what alloc_contig_range() returned but 0 and -EBUSY
unexpected_codes()
{
	grep -v -x -e 0 -e $EBUSY "$WORK/codes" | sort -u | xargs
}

# both_outcomes: the load met the module both on and off
both_outcomes()
{
	grep -q -x 0 "$WORK/codes" && grep -q -x -e $EBUSY "$WORK/codes"
}

zone_movable || ktap_skip_all "no ZONE_MOVABLE"
contig_load
ktap_plan 11

pool_resize 64
user_start -t shared -n 32 -w 1
# Two allocations can not have one pageblock at a time, so one range each.
cp "$WORK/user.pfns" "$WORK/ranges"
state=$(pool_state)
dmesg -c > /dev/null

load_start
unloads=0
while [ $unloads -lt $UNLOADS ]; do
	if ! module_load || ! rmmod hugecontig; then
		break
	fi
	unloads=$((unloads + 1))
done
load_stop
ktap_equal "unloads under load" $unloads $UNLOADS
ktap_equal "unloads: nothing redirected" "$(redirected)" ""
ktap_equal "unloads: codes" "$(unexpected_codes)" ""

module_load
load_start
toggles=0
while [ $toggles -lt $TOGGLES ]; do
	if ! echo N > $PARAMETER || ! echo Y > $DEBUGFS/enabled; then
		break
	fi
	toggles=$((toggles + 2))
done
load_stop
ktap_equal "toggles under load" $toggles $TOGGLES
ktap_equal "toggles: codes" "$(unexpected_codes)" ""
ktap_true "toggles: the load met both" both_outcomes
ktap_equal "toggles: no page in flight" \
	"$(sed -n 's/^page_in_flight: //p' $DEBUGFS/status)" none
module_unload
ktap_equal "toggles: nothing redirected" "$(redirected)" ""

ktap_equal "pool" "$(pool_state)" "$state"
ktap_true "contents" user_stop
ktap_equal "log" "$(dmesg | grep -v 'hugecontig: \|PFNs busy')" ""

ktap_finish
