#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The pool of 1 GiB pages grows on a machine with a few 2 MiB pages in each GiB, free or
# in use: the stock kernel gets fewer of them than without any, or none, and with the
# module there are as many; with NODE=N all of them on that node. Needs some GiB of memory
# that is in no ZONE_MOVABLE.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/gigantic.sh"

WANTED=7
PER_GIB=3
# A page of a program that runs all the time is hard to migrate.
PAUSE_US=1000
trap cleanup_growth EXIT

cleanup_growth()
{
	echo 0 > $GIGANTIC
	cleanup
}

# grows KIND: stock beside module
grows()
{
	state=$(pool_state)
	nodes=$(node_state)
	stock=$(gigantic_had $WANTED)
	if [ "$stock" -lt "$control" ] || ! moves_huge_pages; then
		ktap_true "$1, stock: $stock of $control" \
			[ "$stock" -lt "$control" ]
	else
		ktap_skip "$1, stock: fewer" \
			"this kernel has $stock of $control by itself (v7.0)"
	fi
	module_load
	echo > $TRACING/trace
	echo 1 > $TRACING/events/hugecontig/enable
	sampler_start -p $PAUSE_US
	had=$(gigantic_had $WANTED)
	sampler_stop
	ktap_true "$1: $had of $control" [ "$had" -ge "$control" ]
	ktap_equal "$1: pool" "$(pool_state)" "$state"
	ktap_equal "$1: pool by node" "$(node_state)" "$nodes"
	ktap_equal "$1: counters as sampled" "$(sampler_moved)" ""
	if [ "$had" -lt "$control" ]; then
		sed 's/^/# /' $DEBUGFS/stats
		grep -v '^#' $TRACING/trace | sed 's/^/# /'
	fi
	echo 0 > $TRACING/events/hugecontig/enable
	module_unload
}

[ "$(cat $GIGANTIC 2>/dev/null)" = 0 ] ||
	ktap_skip_all "1 GiB pages are in use, or there are none"
rehearse
control=$(gigantic_had $WANTED)
[ "$control" -gt 1 ] || ktap_skip_all "the stock kernel gets $control 1 GiB pages"
ktap_plan 14
module_load
ktap_equal "as the status says" \
	"$(sed -n 's/^gigantic_over_huge_pages: \([a-z]*\),.*/\1/p' $DEBUGFS/status)" \
	"$(moves_huge_pages && echo native || echo provided)"
module_unload

ktap_true "in use: $PER_GIB in each GiB" scatter_start $PER_GIB spread
grows "in use"
ktap_true "in use: contents" scatter_stop
ktap_true "free: $PER_GIB in each GiB" scatter_start $PER_GIB low
scatter_stop
grows "free"

ktap_finish
