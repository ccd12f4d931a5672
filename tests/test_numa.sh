#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The pool is kept by node: what replaces a page is on its node, or nothing does.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/virtio_mem.sh"

# The memory of virtio-mem; node 0 has as much and more, and most of it is free.
NODE=1
NODE_DIRECTORY=/sys/devices/system/node/node$NODE
NODE_POOL=$NODE_DIRECTORY/hugepages/hugepages-2048kB
PAGES=32

# node_state: "total free surplus" of each node
node_state()
{
	for directory in /sys/devices/system/node/node*/hugepages/hugepages-2048kB; do
		echo "$(cat $directory/nr_hugepages) $(cat $directory/free_hugepages)" \
		     "$(cat $directory/surplus_hugepages)"
	done | xargs
}

# take NAME: the ranges of the user's pages; $codes is what was returned
take()
{
	before=$(node_state)
	sampler_start
	codes=$(contig_alloc_pages "$WORK/pages")
	sampler_stop
	ktap_equal "$1: nodes" "$(node_state)" "$before"
	ktap_equal "$1: counters as sampled" "$(sampler_moved)" ""
}

user_on_node()
{
	user_start -t private -n $PAGES -N $NODE && cp "$WORK/user.pfns" "$WORK/pages"
}

# fill_node: until the pool does not grow any more; caches go, too. Hugetlb gives
# up sooner than alloc_contig_range(), so a page or so may be left, and be where
# the next page goes, and the next.
fill_node()
{
	grown=0
	while [ "$(cat $NODE_POOL/nr_hugepages)" -gt $grown ]; do
		grown=$(cat $NODE_POOL/nr_hugepages)
		echo 3 > /proc/sys/vm/drop_caches
		echo 1 > /proc/sys/vm/compact_memory
		echo 1000000 > $NODE_POOL/nr_hugepages
	done
}

[ ! -d $NODE_DIRECTORY ] || ktap_skip_all "node $NODE is in use"
plug 2>/dev/null || ktap_skip_all "no QEMU with virtio-mem around this"
[ -d $NODE_DIRECTORY ] || ktap_skip_all "virtio-mem is not on node $NODE"
contig_load
ktap_plan 17

pool_resize 0
echo $((PAGES * 2)) > $NODE_POOL/nr_hugepages
echo $PAGES > /sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages
module_load

ktap_true "in use: begin" user_on_node
take "in use"
ktap_equal "in use: alloc_contig_range()" "$codes" "${PAGES}x0"
ktap_true "in use: contents" user_stop

ktap_true "free: begin" user_on_node
user_stop
take "free"
ktap_equal "free: alloc_contig_range()" "$codes" "${PAGES}x0"

# no_memory: -ENOMEM, and nothing else but the page or so that was left
no_memory()
{
	case $codes in
	*x$ENOMEM | *x$ENOMEM' '*x0) true ;;
	*) false ;;
	esac
}

# The whole node is pool: no memory for a replacement, though node 0 has plenty.
fill_node
ktap_true "node is full, in use: begin" user_on_node
take "node is full, in use"
ktap_true "node is full, in use: alloc_contig_range(): $codes" no_memory
ktap_true "node is full, in use: contents" user_stop
take "node is full, free"
ktap_true "node is full, free: alloc_contig_range(): $codes" no_memory
module_unload

ktap_finish
