#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What all of compact_memory takes on fragmented memory, on the stock kernel, with the
# module off, and on: in ns of the guest.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/bench.sh"

ROUNDS=11
FRAGMENT_MIB=512

# compaction: of memory that a program has fragmented, and finds as it was
compaction()
{
	echo 1 > /proc/sys/vm/compact_memory
	fragment_start $FRAGMENT_MIB || return
	compaction_ns=$("$TESTS/timed_write" /proc/sys/vm/compact_memory 1)
	fragment_stop && echo "$compaction_ns"
}

bench_begin
ktap_plan 3

# The first one finds memory that nobody has fragmented before, and takes a tenth less.
compaction > /dev/null
# In turn: what is free, and where, changes from round to round.
for _ in $(seq $ROUNDS); do
	compaction >> "$WORK/stock"
	module_load
	echo N > $PARAMETER
	compaction >> "$WORK/off"
	echo Y > $PARAMETER
	compaction >> "$WORK/on"
	module_unload
done
for side in stock off on; do
	ktap_true "$side" figure $side/compaction < "$WORK/$side"
done

ktap_finish
