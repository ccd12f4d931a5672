#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Ranges of one huge page each, of every kind: busy for the stock kernel, taken
# with the module; pool and contents stay as they are.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"

PAGES=8
MOST_ROUNDS=400
: "${KINDS:=private,shared,file,file-private,memfd,shm,fork,mlock}"

reserve_pid=

mkdir "$WORK/fs"
mount -t hugetlbfs -o pagesize=2M hugetlbfs "$WORK/fs"
trap 'cleanup_ranges; exit 1' INT TERM
trap cleanup_ranges EXIT

cleanup_ranges()
{
	[ -z "$user_pid" ] || kill -KILL "$user_pid"
	[ -z "$reserve_pid" ] || kill -KILL "$reserve_pid"
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

# reserved_pages: the same, with the whole pool reserved: free == reserved
reserved_pages()
{
	[ -z "$reserve_pid" ] || reserve_stop
	free_pages
	holder_start "$WORK/reserve.out" ready \
		"$TESTS/hugetlb_user" -t shared -n $PAGES -r
	reserve_pid=$holder_pid
}

reserve_stop()
{
	kill -TERM $reserve_pid
	wait $reserve_pid
	reserve_pid=
}

# take NAME FILE CODE: all ranges of the file give the code, and the pool is what it
# was; $moved is which of its counters were seen to move meanwhile
take()
{
	sampler_start
	before=$(pool_state)
	codes=$(contig_alloc_pages "$2")
	state=$(pool_state)
	sampler_stop
	moved=$(sampler_moved)
	ktap_equal "$1: alloc_contig_range()" "$codes" "$(wc -l < "$2")x$3"
	ktap_equal "$1: pool" "$state" "$before"
}

# take_stock NAME FILE CODE: the control
take_stock()
{
	take "$1, stock" "$2" "$3"
	native || ktap_equal "$1, stock: counters as sampled" "$moved" ""
}

# take_module NAME FILE
take_module()
{
	take "$1" "$2" 0
	ktap_equal "$1: counters as sampled" "$moved" ""
}

# test_free NAME BEGIN: free pages, on the stock kernel and with the module
test_free()
{
	$2
	take_stock "$1" "$WORK/free.pfns" $stock_code
	$2
	module_load
	take_module "$1" "$WORK/free.pfns"
	ktap_equal "$1: replaced" "$(statistic free_replaced)" $PAGES
	module_unload
}

# test_inuse NAME CODE ARGUMENTS OF hugetlb_user: pages in use, and what the stock
# kernel returns
test_inuse()
{
	name=$1
	code=$2
	shift 2
	user_start "$@" -n $PAGES
	take_stock "$name" "$WORK/user.pfns" "$code"
	ktap_true "$name, stock: contents" user_stop
	user_start "$@" -n $PAGES
	module_load
	take_module "$name" "$WORK/user.pfns"
	ktap_equal "$name: migrated" "$(statistic inuse_migrated)" $PAGES
	ktap_true "$name: contents" user_stop
	ktap_equal "$name: nothing stays busy" \
		"$(sed -n 's/^busy_.* //p' $DEBUGFS/stats | sort -u)" 0
	module_unload
}

# moved_by_stock: the control of all the counters that do not move. Nobody sees
# all that happens, so the pages are taken until something was seen.
moved_by_stock()
{
	for _ in $(seq $MOST_ROUNDS); do
		free_pages
		sampler_start
		contig_alloc_pages "$WORK/free.pfns" > /dev/null
		sampler_stop
		[ -z "$(sampler_moved)" ] || return 0
	done
	return 1
}

# A surplus pool: all pages are over the limit of the pool.
surplus_pool()
{
	pool_resize 0
	echo $((PAGES * 2)) > $POOL/nr_overcommit_hugepages
}

FREE_RESULTS=7
INUSE_RESULTS=10
TESTS_FREE=2
TESTS_INUSE=4
KINDS=$(echo "$KINDS" | tr , ' ')
for kind in $KINDS; do
	TESTS_INUSE=$((TESTS_INUSE + 2))
	[ "$kind" != fork ] || TESTS_INUSE=$((TESTS_INUSE - 1))
done

zone_movable || ktap_skip_all "no ZONE_MOVABLE"
contig_load
stock_code=$EBUSY
stock_code_with_free=$EBUSY
results=$((FREE_RESULTS * TESTS_FREE + INUSE_RESULTS * TESTS_INUSE))
if native; then
	stock_code=0
	! native_with_free_pages || stock_code_with_free=0
	results=$((results - TESTS_FREE - TESTS_INUSE + 1))
fi
ktap_plan $results

! native || ktap_true "stock: counters move" moved_by_stock
test_free "free" free_pages
test_free "free and reserved" reserved_pages
reserve_stop

for kind in $KINDS; do
	pool_resize $PAGES
	test_inuse "$kind" $stock_code -t "$kind" -f "$WORK/fs"
	# A writer would take its own copies of what it shares with a child.
	[ "$kind" = fork ] ||
		test_inuse "$kind, written" $stock_code -t "$kind" -f "$WORK/fs" -w 2
done

for kind in private file; do
	pool_resize $((PAGES * 2))
	test_inuse "$kind, pool has free pages" $stock_code_with_free \
		-t "$kind" -f "$WORK/fs"
	surplus_pool
	test_inuse "$kind, surplus" $stock_code -t "$kind" -f "$WORK/fs"
done

ktap_finish
