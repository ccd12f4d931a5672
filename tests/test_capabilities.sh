#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Each capability of tests/capabilities that can be shown by one request: what the stock
# kernel does, and that the module does it right. Needs two nodes and a 1 GiB page.
# test_ranges.sh shows that counters move.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/capabilities.sh"

PAGES=16
GIGANTIC=/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages
NODES=/sys/devices/system/node
# All memory of the other one is below 4 GiB, and not in ZONE_MOVABLE.
NODE=1
trap cleanup_capabilities EXIT

cleanup_capabilities()
{
	[ ! -d /sys/module/half_freed ] || rmmod half_freed
	cleanup
}

# one_line COMMAND...: what it prints
one_line()
{
	"$@" | xargs
}

# test_capability NAME GOOD COMMAND...: what it prints without the module, and with it
test_capability()
{
	name=$1
	good=$2
	shift 2
	stock=$(one_line "$@")
	module_load
	ktap_equal "$name: with the module" "$(one_line "$@")" "$good"
	module_unload
	expected=$(known_stock "$name" "$good")
	# shellcheck disable=SC2254 # a pattern
	case $stock in
	$expected) ktap_pass "$name: stock: $stock" ;;
	*) ktap_fail "$name: stock" "is '$stock', expected '$expected'" ;;
	esac
}

# grow_on_node NODE PAGES: of the pool
grow_on_node()
{
	pool=$NODES/node$1/hugepages/hugepages-2048kB/nr_hugepages
	echo 1 > /proc/sys/vm/compact_memory
	echo "$2" > "$pool"
	[ "$(cat "$pool")" -eq "$2" ] || echo "no pool"
}

# movable_pool PAGES: all of the pool is where nothing is that can not be moved
movable_pool()
{
	pool_resize 0
	grow_on_node $NODE "$1"
}

# mapped: reads pfns; how many of them somebody maps
mapped()
{
	while read -r page_pfn; do
		dd if=/proc/kpagecount bs=8 skip="$page_pfn" count=1 2>/dev/null |
			od -A n -t u8
	done | grep -c -v '^ *0$'
}

# with_free_pages: pages in use, while the pool has free ones
with_free_pages()
{
	movable_pool $((PAGES * 2))
	user_start -t private -n $PAGES
	contig_alloc_pages "$WORK/user.pfns"
	user_stop || echo ", contents"
}

# users: how many pages a user may have of the pool, about the half of it first
users()
{
	for more in $(seq 0 2 $((PAGES - 2))); do
		echo $((PAGES - more)) $((PAGES + more))
	done
}

# mixed_user: a user who has some of $WORK/run.pfns, and not all of it. Which pages of the
# pool a user gets depends on where they are in its lists; between none and all of a run
# there are those numbers with which it is some.
mixed_user()
{
	for pages_of_user in $(users); do
		user_start -t private -n "$pages_of_user"
		used=$(mapped < "$WORK/run.pfns")
		[ "$used" -eq 0 ] || [ "$used" -eq "$pages" ] || return 0
		user_stop || echo "contents"
	done
	return 1
}

# mixed_range: a range of nothing but pages of the pool, in use and free ones, and how
# many are in use there afterwards
mixed_range()
{
	movable_pool $((PAGES * 2))
	user_start -t private -n $((PAGES * 2))
	longest_run "$WORK/user.pfns" > "$WORK/run"
	user_stop || echo "contents"
	read -r first pages < "$WORK/run"
	seq "$first" $PAGES_PER_HUGE $((first + (pages - 1) * PAGES_PER_HUGE)) \
		> "$WORK/run.pfns"
	if ! mixed_user; then
		echo "$used of $pages are in use"
		return
	fi
	contig_alloc "$first" $((pages * PAGES_PER_HUGE))
	mapped < "$WORK/run.pfns"
	user_stop || echo "contents"
}

# on_nodes: where the pages of the user are
on_nodes()
{
	awk '/ huge / { for (i = 3; i <= NF; i++) if ($i ~ /^N[0-9]+=/) print $i }' \
		"/proc/$user_pid/numa_maps" | sort | xargs
}

# own_node: pages of a node that has memory, while the pool has free ones on the other
own_node()
{
	pool_resize 0
	grow_on_node 0 $PAGES
	grow_on_node $NODE $PAGES
	user_start -t private -n $PAGES -N $NODE
	contig_alloc_pages "$WORK/user.pfns"
	echo " on $(on_nodes)"
	user_stop || echo "contents"
}

# costs HOW: a page that somebody holds
costs()
{
	pin_start "$1"
	before=$(vm_event htlb_buddy_alloc_success)
	echo "$1: $(contig_alloc "$pfn" $PAGES_PER_HUGE)," \
		"$(($(vm_event htlb_buddy_alloc_success) - before)) allocated"
	pin_stop
}

# held: a page that is pinned and a gigantic one, in use and free; and then one that is
# none of them
held()
{
	movable_pool 1
	costs vmsplice
	costs gigantic
	echo "free: $(contig_alloc "$pfn" $PAGES_PER_HUGE),"
	user_start -t private -n 1
	contig_alloc_pages "$WORK/user.pfns"
	user_stop || echo "contents"
}

# half_freed: a page whose free does not end, until the call does or has not done so
# for ten seconds; and once it has ended
half_freed()
{
	movable_pool 1
	user_start -t private -n 1
	user_stop || echo "contents"
	read -r pfn < "$WORK/user.pfns"
	insmod "$TESTS/modules/half_freed/half_freed.ko" pfn="$pfn"
	rm -f "$WORK/code"
	contig_alloc "$pfn" $PAGES_PER_HUGE > "$WORK/code" &
	for _ in $(seq 100); do
		[ ! -s "$WORK/code" ] || break
		sleep 0.1
	done
	echo "meanwhile $(cat "$WORK/code"), later"
	rmmod half_freed
	wait $!
	contig_alloc_pages "$WORK/user.pfns"
}

# why_pinned: which page it is, and why it stays
why_pinned()
{
	movable_pool 1
	pin_start vmsplice
	contig_alloc "$pfn" $PAGES_PER_HUGE > /dev/null
	[ ! -f $DEBUGFS/stats ] ||
		[ "$(($(statistic last_blocking_pfn)))" -ne "$pfn" ] ||
		statistic last_blocking_reason
	pin_stop
}

zone_movable || ktap_skip_all "no ZONE_MOVABLE"
[ -d $NODES/node1 ] || ktap_skip_all "one node"
[ "$(cat $GIGANTIC)" = 1 ] || ktap_skip_all "no 1 GiB page (hugepagesz=1G hugepages=1)"
contig_load
ktap_plan 12

test_capability inuse_pages "${PAGES}x0" with_free_pages
test_capability target_outside_range "0 0" mixed_range
test_capability same_node "${PAGES}x0 on N$NODE=$PAGES" own_node
test_capability busy_at_once "vmsplice: $EBUSY, 0 allocated gigantic: $EBUSY, 0 allocated free: $EBUSY, 1x0" \
	held
test_capability bounded_wait "meanwhile $EBUSY, later 1x0" half_freed
test_capability reasons pinned why_pinned

ktap_finish
