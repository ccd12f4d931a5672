#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A guest gives memory back that has huge pages in it: on the stock kernel it
# can not, with the module it can, with nothing to be seen in the pool.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/virtio_mem.sh"

# stock_gives_back EXPERIMENT: as is to be expected of this kernel
stock_gives_back()
{
	case $(stock_outcome "$1") in
	few) [ "$given_back" -lt $((VMEM_MIB / 4)) ] ;;
	*) [ "$given_back" -eq $VMEM_MIB ] ;;
	esac
}

# has_control EXPERIMENT: is there something to be expected?
has_control()
{
	[ "$(stock_outcome "$1")" != any ]
}

# tries_again EXPERIMENT: does the stock kernel need more calls than the module?
tries_again()
{
	[ "$(stock_outcome "$1")" = again ]
}

# result_stock EXPERIMENT: the control. What does not come back has not moved.
result_stock()
{
	ktap_true "$1, stock: begin" experiment_start "$1"
	state=$(pool_state)
	! tries_again "$1" || count_calls
	unplug
	! tries_again "$1" || count_end
	ktap_true "$1, stock: $given_back of $VMEM_MIB MiB given back" \
		stock_gives_back "$1"
	given_back_by_stock=$given_back
	ktap_equal "$1, stock: pool" "$(pool_state)" "$state"
	ktap_true "$1, stock: contents" experiment_stop "$1"
}

# enough_given_back EXPERIMENT: all; in d until memory ran out. A part of the
# device that fails may have given one of its two huge pages back before, and KASAN
# some of its quarantine.
MOST_ROOM=1
! kasan_kernel || MOST_ROOM=8

enough_given_back()
{
	if [ "$1" = d ]; then
		echo "# $1: room for $(replacements_left) more"
		[ "$(statistic enomem)" -gt 0 ] &&
			[ "$(replacements_left)" -le $MOST_ROOM ] &&
			[ "$given_back" -gt "$given_back_by_stock" ] &&
			[ "$given_back" -le "$(tight_mib)" ]
	else
		[ "$given_back" -eq $VMEM_MIB ]
	fi
}

# trace_returns EXPERIMENT 1|0: in d, so that the module does not see where its
# caller is, who must not take -ENOMEM for "no part either". That is 5.10's driver;
# and later kernels warn if the stack of a task that runs is read meanwhile.
trace_returns()
{
	[ "$1" = d ] && ! native || return 0
	if [ "$2" -eq 1 ]; then
		echo "r:test/returns $ALLOC_CONTIG" > $TRACING/kprobe_events
		echo 1 > $TRACING/events/test/enable
	else
		echo 0 > $TRACING/events/test/enable
		echo > $TRACING/kprobe_events
	fi
}

# result_module EXPERIMENT
result_module()
{
	ktap_true "$1: begin" experiment_start "$1"
	ktap_true "$1: load" module_load
	state=$(pool_state)
	kills=$(oom_kills)
	sampler_start
	trace_returns "$1" 1
	unplug
	trace_returns "$1" 0
	sampler_stop
	ktap_true "$1: $given_back of $VMEM_MIB MiB given back" \
		enough_given_back "$1"
	[ "$given_back" -eq $VMEM_MIB ] || sed 's/^/# /' $DEBUGFS/stats
	if tries_again "$1"; then
		ktap_true "$1: $(statistic requests) calls, none fails; stock: $calls" \
			[ "$(statistic requests)" -eq "$(statistic requests_ok)" -a \
			  "$(statistic requests)" -lt "$calls" ]
	fi
	ktap_equal "$1: pool" "$(pool_state)" "$state"
	ktap_equal "$1: counters as sampled" "$(sampler_moved)" ""
	ktap_equal "$1: processes killed for want of memory" \
		$(($(oom_kills) - kills)) 0
	ktap_true "$1: contents" experiment_stop "$1"
	module_unload
}

host plugged > /dev/null || ktap_skip_all "no QEMU with virtio-mem around this"
# shellcheck disable=SC2046 # a list
set -- $(echo "$EXPERIMENTS" | tr , ' ')
results=0
for experiment; do
	results=$((results + 7))
	! has_control "$experiment" || results=$((results + 4))
	! tries_again "$experiment" || results=$((results + 1))
done
ktap_plan $results
for experiment; do
	given_back_by_stock=0
	! has_control "$experiment" || result_stock "$experiment"
	result_module "$experiment"
done
ktap_finish
