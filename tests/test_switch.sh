#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Load, switch, status, statistics, unload.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/capabilities.sh"

# How often it is loaded and unloaded while others write.
: "${LOADS:=20}"

# switch_shows NAME STATE
switch_shows()
{
	ktap_equal "$1" "$(switch_state)" "$2"
}

# refuses_garbage FILE: nothing but a switch position, and nothing changes
refuses_garbage()
{
	for garbage in foo 2 '' ' ' never yep Yy 1x 'Y N' \
		'a very long line that is no switch position'; do
		if echo "$garbage" > "$1" 2>/dev/null; then
			ktap_fail "garbage is refused by $1" "took '$garbage'"
			return
		fi
	done
	switch_shows "garbage is refused by $1" Y
}

# lacks FILE NAME...: the names that no line of the file begins with
lacks()
{
	lacks_file=$1
	shift
	for name; do
		grep -q "^${name}[: ]" "$lacks_file" || echo "$name"
	done
}

# status_of_capabilities: "NAME STATUS" of each, sorted
status_of_capabilities()
{
	sed -n 's/^\([a-z_]*\): \(native\|provided\|unavailable\).*/\1 \2/p' \
		$DEBUGFS/status | sort
}

# Writers on every knob while the module comes and goes.
storm_on_knobs()
{
	while [ -e "$WORK/storm" ]; do
		echo "$1" > $PARAMETER
		echo "$1" > $DEBUGFS/enabled
		# There rmmod would find none of them outside of a file.
		! uname -v | grep -q PREEMPT_RT || sleep 0.02
	done 2>/dev/null
}

ktap_plan 15

module_load
switch_shows "insmod enables" Y
echo N > $PARAMETER
switch_shows "the parameter disables" N
echo y > $DEBUGFS/enabled
switch_shows "debugfs enables" Y
echo 0 > $DEBUGFS/enabled
switch_shows "debugfs disables" N
echo 1 > $PARAMETER
switch_shows "the parameter enables" Y
refuses_garbage $PARAMETER
refuses_garbage $DEBUGFS/enabled

# shellcheck disable=SC2046,SC2086 # lists
ktap_equal "status has its keys" "$(lacks $DEBUGFS/status version kernel \
	enabled mode page_in_flight $(printf 'redirect_%s ' $FUNCTIONS) | xargs)" ""
sed 's/^/# status: /' $DEBUGFS/status
ktap_equal "status says which capabilities the kernel has and which the module adds" \
	"$(status_of_capabilities)" "$(known_status)"
ktap_equal "stats has its names" "$(lacks $DEBUGFS/stats requests requests_ok \
	free_replaced inuse_migrated settled enomem interrupted busy_gigantic \
	busy_pinned busy_poisoned busy_not_migratable busy_isolated_by_other \
	busy_raced busy_no_memory busy_interrupted would_replace would_migrate \
	would_give_up failed_none failed_pinned failed_slab ruled_out_slab \
	node0_free_replaced node0_inuse_migrated request_us_lt_1 request_us_lt_8388608 \
	request_us_more request_us_sum replace_us_sum migrate_us_sum | xargs)" ""

echo 0 2>/dev/null > /proc/sys/kernel/ftrace_enabled
ktap_equal "ftrace can not be switched off under it" \
	"$(cat /proc/sys/kernel/ftrace_enabled)" 1

module_unload
ktap_equal "unload leaves nothing redirected" "$(redirected)" ""
ktap_equal "unload leaves no files" "$(ls -d $DEBUGFS $PARAMETER 2>/dev/null)" ""

module_load enabled=0
switch_shows "enabled=0 loads it off" N
module_unload

# An open debugfs file holds the module: rmmod may have to try again, and a writer that
# waits for RCU-tasks has one open for long: with PREEMPT_RT it may have to try hundreds
# of times.
touch "$WORK/storm"
storm_on_knobs Y &
storm_on_knobs N &
loads=0
for _ in $(seq 60000); do
	module_loaded || module_load
	rmmod hugecontig 2>/dev/null && loads=$((loads + 1))
	[ $loads -lt "$LOADS" ] || break
done
rm "$WORK/storm"
wait
module_unload
ktap_equal "writers do not hold up load and unload" "$loads $(redirected)" "$LOADS "

ktap_finish
