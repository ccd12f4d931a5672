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

# counted: what there is of the pool of 2 MiB pages, in all and on each node
counted()
{
	pool_state
	node_state
}

# grow_twice KIND PLACE: stock, then with the module; all that there is to know
grow_twice()
{
	scatter_start $PER_GIB "$2" || return 1
	[ "$1" != free ] || user_stop || return 1
	before=$(counted)
	stock=$(gigantic_had $WANTED)
	module_load
	status=$(sed -n 's/^gigantic_over_huge_pages: \([a-z]*\),.*/\1/p' $DEBUGFS/status)
	echo > $TRACING/trace
	echo 1 > $TRACING/events/hugecontig/enable
	sampler_start -p $PAUSE_US
	had=$(gigantic_had $WANTED)
	sampler_stop
	after=$(counted)
	moved=$(sampler_moved)
	echo 0 > $TRACING/events/hugecontig/enable
	cp $DEBUGFS/stats "$WORK/stats"
	module_unload
	[ "$1" = free ] || user_stop || return 1
	pool_resize 0
}

# grows KIND PLACE: stock beside module. The kernel allocates pages of its own meanwhile,
# and may do so in a GiB that could be had: then nobody gets it any more, and it begins
# anew, with what can be had now as the control.
grows()
{
	for _ in 1 2 3; do
		grow_twice "$1" "$2"
		grown=$?
		[ "$had" -lt "$control" ] || break
		can_be=$(gigantic_had $WANTED)
		echo "# $had of $control, and without 2 MiB pages $can_be by now"
		if [ "$can_be" -eq 0 ] || [ "$can_be" -ge "$control" ]; then
			break
		fi
		control=$can_be
	done
	ktap_equal "$1: 2 MiB pages, contents" $grown 0
	if [ "$stock" -lt "$control" ] || ! moves_huge_pages; then
		ktap_true "$1, stock: $stock of $control" \
			[ "$stock" -lt "$control" ]
	else
		ktap_skip "$1, stock: fewer" \
			"this kernel has $stock of $control by itself (v7.0)"
	fi
	ktap_true "$1: $had of $control" [ "$had" -ge "$control" ]
	ktap_equal "$1: pool, and by node" "$after" "$before"
	ktap_equal "$1: counters as sampled" "$moved" ""
	if [ "$had" -lt "$control" ]; then
		sed 's/^/# /' "$WORK/stats"
		grep -v '^#' $TRACING/trace | sed 's/^/# /'
	fi
}

gigantic_begin
rehearse
# 5.10 passes over each GiB with any page in use, of which there are fewest now.
control=$(gigantic_had $WANTED)
[ "$control" -gt 1 ] || ktap_skip_all "the stock kernel gets $control 1 GiB pages"
ktap_plan 11

grows "in use" spread
grows "free" low
ktap_equal "as the status says" "$status" \
	"$(moves_huge_pages && echo native || echo provided)"

ktap_finish
