# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154
#
# The pool of 1 GiB pages, on a machine with 2 MiB pages all over its memory. NODE=N: on
# that node only.

ALL_NODES=/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages
GIGANTIC=$ALL_NODES
[ -z "$NODE" ] ||
	GIGANTIC=/sys/devices/system/node/node$NODE/hugepages/hugepages-1048576kB/nr_hugepages

# moves_huge_pages: does the kernel itself, to have a larger one? Those of v7.x do.
moves_huge_pages()
{
	[ "$ALLOC_CONTIG" = alloc_contig_frozen_range_noprof ]
}

# tidy: memory that is free is so in blocks that are as large as can be
tidy()
{
	echo 1 > /proc/sys/vm/drop_caches
	echo 1 > /proc/sys/vm/compact_memory
}

# gigantic_had PAGES: how many of them can be had; they are given back
gigantic_had()
{
	tidy
	echo "$1" > $GIGANTIC
	cat $GIGANTIC
	cmp -s $GIGANTIC $ALL_NODES || echo "of $(cat $ALL_NODES) on all nodes"
	echo 0 > $GIGANTIC
}

# scatter_start KEEP low|spread [pin]: so many 2 MiB pages in use in each GiB, and no
# others; $scattered of them
scatter_start()
{
	most=$(awk '$1 == "MemFree:" { print int($2 / 2048) - 256 }' /proc/meminfo)
	pool_resize 0
	pool_resize "$most" || return 1
	holder_start "$WORK/scatter.out" ready \
		"$TESTS/hugetlb_scatter" "$most" "$@" || return 1
	user_pid=$holder_pid
	scattered=$(sed -n 's/^ready //p' "$WORK/scatter.out")
	pool_resize "$scattered"
}

# scatter_stop: they are free now. Succeeds if their contents were right.
scatter_stop()
{
	kill -TERM "$user_pid"
	wait "$user_pid"
	scatter_result=$?
	user_pid=
	return $scatter_result
}

# rehearse: the pages of the kernel that all this takes lie about from now on, and not
# only once there is something to compare with
rehearse()
{
	scatter_start 3 spread
	scatter_stop
	pool_resize 0
}
