#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Ranges of one huge page each, of every kind: busy for the stock kernel, taken
# with the module; pool and contents stay as they are.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"

PAGES=16

mkdir "$WORK/fs"
mount -t hugetlbfs -o pagesize=2M hugetlbfs "$WORK/fs"
trap 'cleanup_ranges; exit 1' INT TERM
trap cleanup_ranges EXIT

cleanup_ranges()
{
	[ -z "$user_pid" ] || kill -KILL "$user_pid"
	wait
	umount "$WORK/fs"
	cleanup
}

# free_pages: fills a file with the pfns of the free pages of the pool
free_pages()
{
	pool_resize $PAGES
	user_start -t private -n $PAGES
	user_stop
	cp "$WORK/user.pfns" "$WORK/free.pfns"
}

# take NAME FILE CODE: all ranges of the file give the code, and the counters of
# the pool did not move
take()
{
	sampler_start
	before=$(pool_state)
	codes=$(contig_alloc_pages "$2")
	state=$(pool_state)
	sampler_stop
	ktap_equal "$1: alloc_contig_range()" "$codes" "$(wc -l < "$2")x$3"
	ktap_equal "$1: pool" "$state" "$before"
	ktap_equal "$1: counters as sampled" "$(sampler_moved)" ""
}

# test_free NAME: free pages, on the stock kernel and with the module
test_free()
{
	take "$1, stock" "$WORK/free.pfns" $EBUSY
	module_load
	take "$1" "$WORK/free.pfns" 0
	ktap_equal "$1: replaced" "$(statistic free_replaced)" $PAGES
	module_unload
}

# test_inuse NAME ARGUMENTS OF hugetlb_user
test_inuse()
{
	name=$1
	shift
	user_start "$@" -n $PAGES
	take "$name, stock" "$WORK/user.pfns" $EBUSY
	module_load
	take "$name" "$WORK/user.pfns" 0
	ktap_equal "$name: migrated" "$(statistic inuse_migrated)" $PAGES
	ktap_true "$name: contents" user_stop
	ktap_equal "$name: nothing stays busy" \
		"$(sed -n 's/^busy_.* //p' $DEBUGFS/stats | sort -u)" 0
	module_unload
}

# A surplus pool: all pages are over the limit of the pool.
surplus_pool()
{
	pool_resize 0
	echo $((PAGES * 2)) > $POOL/nr_overcommit_hugepages
}

KINDS="private shared file file-private memfd shm fork mlock"
FREE_RESULTS=7
INUSE_RESULTS=9

zone_movable || ktap_skip_all "no ZONE_MOVABLE"
contig_load
ktap_plan $((FREE_RESULTS * 2 + INUSE_RESULTS * 19))

free_pages
test_free "free"

# A reservation of the whole pool: free == reserved.
free_pages
"$TESTS/hugetlb_user" -t shared -n $PAGES -r > "$WORK/reserve.out" 2>&1 &
reserve_pid=$!
wait_for_line "$WORK/reserve.out" ready $reserve_pid
test_free "free and reserved"
kill -TERM $reserve_pid
wait $reserve_pid

for kind in $KINDS; do
	pool_resize $PAGES
	test_inuse "$kind" -t "$kind" -f "$WORK/fs"
	# A writer would take its own copies of what it shares with a child.
	[ "$kind" = fork ] ||
		test_inuse "$kind, written" -t "$kind" -f "$WORK/fs" -w 2
done

for kind in private file; do
	pool_resize $((PAGES * 2))
	test_inuse "$kind, pool has free pages" -t "$kind" -f "$WORK/fs"
	surplus_pool
	test_inuse "$kind, surplus" -t "$kind" -f "$WORK/fs"
done

ktap_finish
