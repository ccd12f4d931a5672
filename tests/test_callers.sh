#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Who calls alloc_contig_range(): one that must not do IO gets replacements that
# do none, and one that is confined to other nodes by a cpuset gets those of the
# node of the page, as the pool is not its own; not if that cpuset is a hard wall.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/virtio_mem.sh"

ALLOCATIONS=$TRACING/events/kmem/mm_page_alloc
NODE=1
PAGES=8
# Of so many more some may be where no range can be isolated.
SPARE=2
CPUSET=$WORK/cpuset
second=

trap cleanup_callers EXIT

cleanup_callers()
{
	echo 0 > $ALLOCATIONS/enable
	echo 0 > $ALLOCATIONS/filter
	[ ! -d "$CPUSET/test" ] || rmdir "$CPUSET/test"
	umount "$CPUSET" 2>/dev/null
	cleanup
}

# flags_with FLAG: those that huge pages are allocated with, for one page in use
flags_with()
{
	user_start -t shared -n 1 ${second:+-N $NODE} || return
	echo > $TRACING/trace
	echo 1 > $ALLOCATIONS/enable
	code=$(contig_alloc "$(cat "$WORK/user.pfns")" $PAGES_PER_HUGE ${1:+"$1"})
	echo 0 > $ALLOCATIONS/enable
	user_stop
	echo "$code $(sed -n 's/.*gfp_flags=\([A-Z_]*\).*/\1/p' $TRACING/trace |
		sort -u | xargs)"
}

# cpuset_start: a cpuset without the node
cpuset_start()
{
	mkdir "$CPUSET" && mount -t cgroup -o cpuset cpuset "$CPUSET" &&
		mkdir "$CPUSET/test" &&
		cat "$CPUSET/cpuset.cpus" > "$CPUSET/test/cpuset.cpus" &&
		echo 0 > "$CPUSET/test/cpuset.mems"
}

# take_in_cpuset: the ranges of the pages; prints codes
take_in_cpuset()
{
	whole_blocks < "$WORK/user.pfns" | head -n $PAGES > "$WORK/pages"
	(
		echo 0 > "$CPUSET/test/cgroup.procs"
		contig_alloc_pages "$WORK/pages"
	)
}

# test_cpuset NAME CODE: pages in use, and free ones
test_cpuset()
{
	user_start -t private -n $((PAGES + SPARE)) -N $NODE
	state=$(node_state)
	ktap_equal "$1, in use" "$(take_in_cpuset)" "${PAGES}x$2"
	ktap_equal "$1, in use: nodes" "$(node_state)" "$state"
	ktap_true "$1, in use: contents" user_stop

	user_start -t private -n $((PAGES + SPARE)) -N $NODE
	user_stop
	state=$(node_state)
	ktap_equal "$1, free" "$(take_in_cpuset)" "${PAGES}x$2"
	ktap_equal "$1, free: nodes" "$(node_state)" "$state"
}

plug 2> /dev/null
zone_movable || ktap_skip_all "no ZONE_MOVABLE"
[ -d $ALLOCATIONS ] || ktap_skip_all "no tracepoint mm_page_alloc"
contig_load
ktap_plan 15

echo "order == 9" > $ALLOCATIONS/filter
pool_resize $PAGES
[ ! -d /sys/devices/system/node/node$NODE ] || second=yes
# Only what the allocator gives has flags.
module_load free_blocks=N
# The names that the kernel has for sets of flags.
ktap_equal "caller that may do all" "$(flags_with "")" "0 GFP_KERNEL"
ktap_equal "nofs" "$(flags_with nofs)" "0 GFP_NOFS"
ktap_equal "noio" "$(flags_with noio)" "0 GFP_NOIO"
ktap_equal "noio, of the task" "$(flags_with in_noio)" "0 GFP_NOIO"
echo Y > $FREE_BLOCKS

if [ -n "$second" ] && cpuset_start; then
	echo $((PAGES + SPARE)) > \
		/sys/devices/system/node/node$NODE/hugepages/hugepages-2048kB/nr_hugepages
	test_cpuset "cpuset of another node" 0
	ktap_equal "a hard wall" "$(echo 1 > "$CPUSET/test/cpuset.mem_hardwall"
		cat "$CPUSET/test/cpuset.mem_hardwall")" 1
	test_cpuset "a hard wall" $ENOMEM
else
	for name in $(seq 11); do
		ktap_skip "cpuset, $name" "no second node with memory, or no cpuset"
	done
fi
module_unload

ktap_finish
