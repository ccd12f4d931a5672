#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The module comes and goes, and is switched, while ranges of huge pages in use
# are allocated in a loop: nothing breaks, nothing is left, nothing is lost.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"

# switches COUNT: a tenth of it with PREEMPT, where each waits for RCU-tasks
switches()
{
	if uname -v | grep -q PREEMPT; then
		echo $(($1 / 10))
	else
		rounds "$1"
	fi
}

UNLOADS=$(switches 100)
TOGGLES=$(switches 1000)

# unexpected_codes: what alloc_contig_range() returned but 0 and -EBUSY
unexpected_codes()
{
	grep -v -x -e 0 -e $EBUSY "$WORK/codes" | sort -u | xargs
}

zone_movable || ktap_skip_all "no ZONE_MOVABLE"
contig_load
ktap_plan 12

pool_resize 64
user_start -t shared -n 32 -w 1
# More than the pages of the user need: they go from one range to the next.
movable_ranges $((PAGES_PER_HUGE * 2)) 64 > "$WORK/ranges"
state=$(pool_state)
dmesg -c > /dev/null

hammer_start
unloads=0
while [ $unloads -lt $UNLOADS ]; do
	if ! module_load || ! rmmod hugecontig; then
		break
	fi
	unloads=$((unloads + 1))
done
hammer_stop
ktap_equal "unloads under load" $unloads $UNLOADS
ktap_equal "unloads: nothing redirected" "$(redirected)" ""
ktap_equal "unloads: codes" "$(unexpected_codes)" ""

module_load
hammer_start
toggles=0
while [ $toggles -lt $TOGGLES ]; do
	if ! echo N > $PARAMETER || ! echo Y > $DEBUGFS/enabled; then
		break
	fi
	toggles=$((toggles + 2))
done
hammer_stop
ktap_equal "toggles under load" $toggles $TOGGLES
ktap_equal "toggles: codes" "$(unexpected_codes)" ""
# A kernel that replaces pages itself may always have had them.
if native && [ "$(hammer_codes)" = 0 ]; then
	ktap_skip "toggles: the load met both" "this kernel can do without the module"
else
	ktap_equal "toggles: the load met both" "$(hammer_codes)" "$EBUSY 0"
fi
ktap_true "toggles: pages were migrated: $(statistic inuse_migrated)" \
	[ "$(statistic inuse_migrated)" -gt "$(switches 64)" ]
ktap_equal "toggles: no page in flight" \
	"$(sed -n 's/^page_in_flight: //p' $DEBUGFS/status)" none
module_unload
ktap_equal "toggles: nothing redirected" "$(redirected)" ""

ktap_equal "pool" "$(pool_state)" "$state"
ktap_true "contents" user_stop
# A busy host makes interrupts and clocks take long, and the kernel says so.
ktap_equal "log" "$(dmesg | grep -v -e 'hugecontig: ' -e 'alloc_contig_range: ' \
	-e 'hrtimer: interrupt took' -e 'clocksource: Long readout interval')" ""

ktap_finish
