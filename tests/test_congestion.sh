#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A node on which most pages are isolated, by this very call: alloc_contig_range()
# of 5.10 returns -EINTR with no signal there, since v5.13 it does not. With the module
# it goes on.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/virtio_mem.sh"

# The memory of virtio-mem, in which nothing is but what the test puts there.
NODE=1
NODE_DIRECTORY=/sys/devices/system/node/node$NODE

# In each of two pageblocks: less than the 32 that end a batch, more than half
# of what is left on the lists of the node then.
COUNT=30

# lru_start: $pfn is the first of the two pageblocks
lru_start()
{
	"$TESTS/lru_pages" $NODE $COUNT > "$WORK/lru.out" 2>&1 &
	user_pid=$!
	wait_for_line "$WORK/lru.out" pfn $user_pid
	pfn=$(sed -n 's/^pfn //p' "$WORK/lru.out")
}

lru_stop()
{
	kill -TERM $user_pid
	wait $user_pid
	lru_result=$?
	user_pid=
	return $lru_result
}

# pages_on_lru: of the node
pages_on_lru()
{
	awk '/^nr_(in)?active_(anon|file) / { pages += $2 }
	     END { print pages }' $NODE_DIRECTORY/vmstat
}

[ ! -d $NODE_DIRECTORY ] || ktap_skip_all "node $NODE is in use"
VMEM_MIB=256
plug 2>/dev/null || ktap_skip_all "no QEMU with virtio-mem around this"
[ -d $NODE_DIRECTORY ] || ktap_skip_all "virtio-mem is not on node $NODE"
contig_load
ktap_plan 5

lru_start
ktap_true "the node has few other pages: $(pages_on_lru)" \
	[ "$(pages_on_lru)" -lt $((COUNT * 3)) ]
stock_code=$EINTR
! native || stock_code=0
ktap_equal "stock: code" \
	"$(contig_alloc "$pfn" $((PAGES_PER_HUGE * 2)))" $stock_code
module_load
ktap_equal "module: code" \
	"$(contig_alloc "$pfn" $((PAGES_PER_HUGE * 2)))" 0
ktap_equal "module: counted" \
	"$(statistic requests_ok) $(statistic interrupted)" "1 0"
module_unload
ktap_true "contents" lru_stop

ktap_finish
