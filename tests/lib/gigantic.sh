# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154
#
# The pool of 1 GiB pages, on a machine with 2 MiB pages all over its memory. NODE=N: on
# that node only.

ALL_NODES=/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages
GIGANTIC=$ALL_NODES
[ -z "$NODE" ] ||
	GIGANTIC=/sys/devices/system/node/node$NODE/hugepages/hugepages-1048576kB/nr_hugepages

# gigantic_begin: skips all of the test unless that pool is empty, and only then empties it
# at its end: the pages of a host are not the test's.
gigantic_begin()
{
	[ "$(cat $GIGANTIC 2>/dev/null)" = 0 ] ||
		ktap_skip_all "1 GiB pages are in use, or there are none"
	trap cleanup_gigantic EXIT
}

cleanup_gigantic()
{
	echo 0 > $GIGANTIC
	cleanup
}

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

# judged [WORDS]: the pfns that those ranges begin with that are looked at for 1 GiB pages
# once the kernel has no more; with these words in the trace
judged()
{
	echo > $TRACING/trace
	echo 1 > $TRACING/events/hugecontig/candidate/enable
	gigantic_had 7 > /dev/null
	echo 0 > $TRACING/events/hugecontig/candidate/enable
	sed -n "s/.*candidate: range=\[\(0x[0-9a-f]*\),.* $1.*/\1/p" \
		$TRACING/trace | sort -u
}

# scatter_start KEEP low|spread [pin]: so many 2 MiB pages in use in each GiB, and no
# others; $scattered of them. With user_stop they are free.
scatter_start()
{
	most=$(awk '$1 == "MemFree:" { print int($2 / 2048) - 256 }' /proc/meminfo)
	pool_resize 0
	pool_resize "$most" || return 1
	holder_start "$WORK/user.out" ready \
		"$TESTS/hugetlb_scatter" "$most" "$@" || return 1
	user_pid=$holder_pid
	scattered=$(sed -n 's/^ready //p' "$WORK/user.out")
	pool_resize "$scattered"
}

# rehearse: the pages of the kernel that all this takes lie about from now on, and not
# only once there is something to compare with
rehearse()
{
	scatter_start 3 spread
	user_stop
	pool_resize 0
}
