#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A guest gives memory back that has huge pages in it: on the stock kernel it
# can not, with the module it can, with nothing to be seen in the pool.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/virtio_mem.sh"

# stock_gives_back EXPERIMENT: as much as is to be expected of this kernel: hardly
# any; or all, but for what is in use while the pool has free pages
stock_gives_back()
{
	able=native
	case $1 in
	b+ | c+) able=native_with_free_pages ;;
	esac
	if $able; then
		[ "$given_back" -eq $VMEM_MIB ]
	else
		[ "$given_back" -lt $((VMEM_MIB / 4)) ]
	fi
}

# result_stock EXPERIMENT: the control. What does not come back has not moved.
result_stock()
{
	ktap_true "$1, stock: begin" experiment_start "$1"
	state=$(pool_state)
	unplug
	ktap_true "$1, stock: $given_back of $VMEM_MIB MiB given back" \
		stock_gives_back "$1"
	given_back_by_stock=$given_back
	ktap_equal "$1, stock: pool" "$(pool_state)" "$state"
	ktap_true "$1, stock: contents" experiment_stop "$1"
}

# enough_given_back EXPERIMENT: all; in d until memory ran out. A part of the
# device that fails may have given one of its two huge pages back before.
enough_given_back()
{
	if [ "$1" = d ]; then
		echo "# $1: room for $(replacements_left) more"
		[ "$(statistic enomem)" -gt 0 ] &&
			[ "$(replacements_left)" -le $TIGHT_ROOM ] &&
			[ "$given_back" -gt "$given_back_by_stock" ] &&
			[ "$given_back" -le $TIGHT_MIB ]
	else
		[ "$given_back" -eq $VMEM_MIB ]
	fi
}

# trace_returns EXPERIMENT 1|0: in d, so that the module does not see where its
# caller is, who must not take -ENOMEM for "no part either"
trace_returns()
{
	[ "$1" = d ] || return 0
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
ktap_plan $(($# * 11))
for experiment; do
	result_stock "$experiment"
	result_module "$experiment"
done
ktap_finish
