#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The pool is kept by node: what replaces a page is on its node, or nothing does.
# On each of several nodes; or else on that of a virtio-mem device, which is there only if
# the device is.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/virtio_mem.sh"

PAGES=32
MOST_ROUNDS=5
RESULTS=19

# node_pool NODE: the directory of its pool
node_pool()
{
	echo /sys/devices/system/node/node$1/hugepages/hugepages-2048kB
}

# allocate_on_node NAME: the ranges of the user's pages; $codes is what was returned
allocate_on_node()
{
	allocate_sampled
	ktap_equal "$1: nodes" "$state" "$before"
	ktap_equal "$1: counters as sampled" "$moved" ""
}

allocate_sampled()
{
	before=$(node_state)
	sampler_start
	codes=$(contig_alloc_pages "$WORK/pages")
	sampler_stop
	state=$(node_state)
	moved=$(sampler_moved)
}

# user_on_node NODE
user_on_node()
{
	user_start -t private -n $PAGES -N "$1" &&
		cp "$WORK/user.pfns" "$WORK/pages"
}

# fill_node NODE: until the pool does not grow any more; caches go, too. Hugetlb
# gives up sooner than alloc_contig_range(), so a page or so may be left, and be
# where the next page goes, and the next. What is on the lists of the CPUs it does not
# get, and alloc_contig_range() does.
fill_node()
{
	grown=0
	pool=$(node_pool "$1")/nr_hugepages
	while [ "$(cat "$pool")" -gt $grown ]; do
		grown=$(cat "$pool")
		echo 3 > /proc/sys/vm/drop_caches
		echo 1 > /proc/sys/vm/compact_memory
		echo 1 > $CONTIG/drain
		echo 1000000 > "$pool"
	done
}

# no_memory: -ENOMEM, and nothing else but the page or so that was left
no_memory()
{
	case $codes in
	*x$ENOMEM | *x$ENOMEM' '*x0) true ;;
	*) false ;;
	esac
}

# allocate_on_full_node NODE NAME: the same, of a node that has no memory. What is left when the pool
# has all that it can get is where each page may go, one after another: then again.
allocate_on_full_node()
{
	for _ in $(seq $MOST_ROUNDS); do
		fill_node "$1"
		allocate_sampled
		[ "$state, $moved" = "$before, " ] || break
		! no_memory || break
	done
	ktap_equal "$2: nodes" "$state" "$before"
	ktap_equal "$2: counters as sampled" "$moved" ""
	ktap_true "$2: alloc_contig_range(): $codes" no_memory
}

# test_node NODE: the other nodes have half as many pages, and much free memory
test_node()
{
	pool_resize 0
	for directory in /sys/devices/system/node/node[0-9]*; do
		echo $PAGES > "$(node_pool "${directory#*/node/node}")/nr_hugepages"
	done
	echo $((PAGES * 2)) > "$(node_pool $1)/nr_hugepages"

	ktap_true "node $1, in use: begin" user_on_node $1
	allocate_on_node "node $1, in use"
	ktap_equal "node $1, in use: alloc_contig_range()" "$codes" "${PAGES}x0"
	ktap_equal "node $1, in use: counted there" \
		"$(statistic "node${1}_inuse_migrated")" $PAGES
	ktap_true "node $1, in use: contents" user_stop

	ktap_true "node $1, free: begin" user_on_node $1
	user_stop
	allocate_on_node "node $1, free"
	ktap_equal "node $1, free: alloc_contig_range()" "$codes" "${PAGES}x0"
	ktap_equal "node $1, free: counted there" \
		"$(statistic "node${1}_free_replaced")" $PAGES

	# All of it is pool: no memory for a replacement, though others have plenty.
	ktap_true "node $1, full, in use: begin" user_on_node $1
	allocate_on_full_node $1 "node $1, full, in use"
	ktap_true "node $1, full, in use: contents" user_stop
	allocate_on_full_node $1 "node $1, full, free"
}

nodes=$(cd /sys/devices/system/node && echo node[0-9]* | sed 's/node//g')
if [ "$nodes" = 0 ]; then
	plug 2>/dev/null ||
		ktap_skip_all "one node, and no QEMU with virtio-mem around this"
	[ -d /sys/devices/system/node/node1 ] ||
		ktap_skip_all "virtio-mem is not on node 1"
	nodes=1
fi
contig_load
ktap_plan $((RESULTS * $(echo "$nodes" | wc -w)))

module_load
for node in $nodes; do
	# The shadow of KASAN may take most of what there is on a node.
	if [ "$(movable_managed $node)" -gt $((PAGES * 3 * PAGES_PER_HUGE)) ]; then
		test_node $node
	else
		for name in $(seq $RESULTS); do
			ktap_skip "node $node, $name" "too little of ZONE_MOVABLE there"
		done
	fi
done
module_unload

ktap_finish
