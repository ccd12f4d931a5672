#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What alloc_contig_range() returns when it can not have the range, and why.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"

# Memory that stays free in test_no_memory().
LEAVE_MIB=96

# allocated: huge pages taken from the buddy allocator since boot, and failures
allocated()
{
	sed -n 's/^htlb_buddy_alloc_[a-z]* //p' /proc/vmstat | xargs
}

# busy_counts: the reasons that were counted
busy_counts()
{
	sed -n 's/^busy_\([a-z_]*\) \([1-9][0-9]*\)$/\1 \2/p' $DEBUGFS/stats |
		xargs
}

# can_pin HOW: what is said if not is in $WORK/pin.out
can_pin()
{
	[ "$1" != iouring ] || ! warns_of_pins || {
		echo "$WARNS_OF_PINS" > "$WORK/pin.out"
		return 1
	}
}

# pinned HOW: a page that somebody holds is busy, and costs nothing
test_pinned()
{
	if ! can_pin "$1" || ! pin_start "$1"; then
		for result in code allocations reason pool; do
			ktap_skip "pinned by $1: $result" \
				"$(head -n 1 "$WORK/pin.out")"
		done
		return
	fi
	module_load
	before=$(allocated)
	state=$(pool_state)
	ktap_equal "pinned by $1: code" \
		"$(contig_alloc "$pfn" $PAGES_PER_HUGE)" $EBUSY
	ktap_equal "pinned by $1: allocations" "$(allocated)" "$before"
	ktap_equal "pinned by $1: reason" \
		"$(busy_counts), $(statistic last_blocking_reason) at $(($(statistic last_blocking_pfn)))" \
		"pinned 1, pinned at $pfn"
	ktap_equal "pinned by $1: pool" "$(pool_state)" "$state"
	module_unload
	pin_stop
}

# A 1 GiB page: no replacement can be had, but that is not for lack of memory.
test_gigantic()
{
	gigantic=/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages
	pool_resize 0
	if ! echo 1 2>/dev/null > $gigantic ||
	   [ "$(cat $gigantic)" -eq 0 ]; then
		ktap_skip "gigantic: code" "no 1 GiB page can be had"
		ktap_skip "gigantic: allocations" "no 1 GiB page can be had"
		ktap_skip "gigantic: reason" "no 1 GiB page can be had"
		return
	fi
	pin_start gigantic
	module_load
	before=$(allocated)
	ktap_equal "gigantic: code" \
		"$(contig_alloc "$pfn" $((PAGES_PER_HUGE * 2)))" $EBUSY
	ktap_equal "gigantic: allocations" "$(allocated)" "$before"
	ktap_equal "gigantic: reason" "$(busy_counts)" "gigantic 1"
	module_unload
	pin_stop
	echo 0 > $gigantic
}

# fresh_pool PAGES: a pool in one zone, which a range has to lie in, and not with
# what is left of the last test
fresh_pool()
{
	pool_resize 0
	pool_resize "$1"
}

# A range of many pages, one of them pinned: one busy page does not stop
# the scan, the rest is migrated.
test_scan_goes_on()
{
	fresh_pool 32
	user_start -t private -n 16
	module_load
	sort -n "$WORK/user.pfns" > "$WORK/sorted"
	pin_start vmsplice
	# All pages of the user and the pinned one lie between these two.
	first=$( (cat "$WORK/sorted"; echo "$pfn") | sort -n | head -n 1)
	last=$( (cat "$WORK/sorted"; echo "$pfn") | sort -n | tail -n 1)
	code=$(contig_alloc "$first" $((last + PAGES_PER_HUGE - first)))
	ktap_equal "busy page in a range: code" "$code" $EBUSY
	ktap_equal "busy page in a range: the others" \
		"$(statistic inuse_migrated) migrated, $(busy_counts)" \
		"16 migrated, pinned 1"
	pin_stop
	ktap_true "busy page in a range: contents" user_stop
	module_unload
}

# A fatal signal: -EINTR, with pages replaced or without.
test_interrupted()
{
	pool_resize 16
	user_start -t private -n 16
	pfn=$(head -n 1 "$WORK/user.pfns")
	module_load
	state=$(pool_state)
	# The signal ends the subshell that writes, once the call is over.
	(echo "$pfn $PAGES_PER_HUGE sigkill" > $CONTIG/alloc) 2>/dev/null
	ktap_equal "SIGKILL pending: code" "$(cut -d ' ' -f 1 $CONTIG/result)" \
		$EINTR
	ktap_equal "SIGKILL pending: counted" \
		"$(statistic interrupted) $(statistic inuse_migrated)" "1 0"
	ktap_equal "SIGKILL pending: pool" "$(pool_state)" "$state"
	module_unload
	ktap_true "SIGKILL pending: contents" user_stop
}

# No memory for all the replacements of a range: -ENOMEM at once, and the pool
# stays as it is. Some memory is left, or the machine would kill processes.
test_no_memory()
{
	name=$1
	fresh_pool $((LEAVE_MIB * 2))
	user_start -t private -n $((LEAVE_MIB * 2))
	longest_run "$WORK/user.pfns" > "$WORK/run"
	read -r first pages < "$WORK/run"
	[ "$name" = inuse ] || user_stop
	eat_start $LEAVE_MIB
	module_load
	state=$(pool_state)
	failed=$(vm_event htlb_buddy_alloc_fail)
	ktap_equal "no memory, $name: code" \
		"$(contig_alloc "$first" $((pages * PAGES_PER_HUGE)))" $ENOMEM
	ktap_equal "no memory, $name: one attempt" $(($(vm_event htlb_buddy_alloc_fail) - failed)) 1
	ktap_equal "no memory, $name: counted" \
		"$(statistic enomem), $(busy_counts)" "1, no_memory 1"
	ktap_equal "no memory, $name: pool" "$(pool_state)" "$state"
	module_unload
	eat_stop
	[ "$name" != inuse ] || ktap_true "no memory, $name: contents" user_stop
}

zone_movable || ktap_skip_all "no ZONE_MOVABLE"
contig_load
ktap_plan 27

pool_resize 16
test_pinned vmsplice
test_pinned iouring
test_gigantic
test_scan_goes_on
test_interrupted
test_no_memory free
test_no_memory inuse

ktap_finish
