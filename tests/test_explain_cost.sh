#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What it costs to explain all of memory, in instructions of the guest: with most of it
# free, full of huge pages, and full of small pages of a process. Needs a clock that
# counts instructions, of 2 ns each (-icount shift=1): CLOCK=instructions.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/explain.sh"

# Milliseconds for each GiB of memory.
MOST=20
: "${CLOCK:=time}"

# cost: microseconds for each GiB, the median of five
cost()
{
	for _ in 1 2 3 4 5; do
		"$TESTS/timed_write" $EXPLAIN "$1" read
	done | sort -n | sed -n 3p | awk -v pages="$pages" '
		{ print int($1 / 1000 * 262144 / pages) }'
}

# is_cheap NAME TARGET
is_cheap()
{
	us=$(cost "$2")
	explain "$2" | sed -n 's/^total/# total/p'
	ktap_true "$1: $us us for each GiB" [ "$us" -lt $((MOST * 1000)) ]
}

[ "$CLOCK" = instructions ] ||
	ktap_skip_all "the clock of this host does not count instructions"
module_load
pages=$(explain all | grep ^result | value_of pages)
ktap_plan 4

is_cheap "most is free" all
is_cheap "most is free, with lines for all" "all full"
pool_resize $(($(awk '$1 == "MemFree:" { print int($2 / 2048) }' /proc/meminfo) - 150))
is_cheap "$(cat $POOL/nr_hugepages) huge pages" all
pool_resize 0
eat_start 300 small
is_cheap "$(awk '$1 == "AnonPages:" { print $2 }' /proc/meminfo) KiB of small pages" all
eat_stop

ktap_finish
