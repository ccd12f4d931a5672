#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Ranges of one huge page each, of every kind: busy for the stock kernel, allocated with the
# module; pool and contents stay as they are. All that happens to the pool under its lock
# lasts for milliseconds (slow_counters): where the stock kernel lets counters move, the
# sampler sees it in the first round or so, and it would see the module do so.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"

PAGES=8
MOST_ROUNDS=5
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
	slow_stop
	cleanup
}

# slow_start: what changes counters of the pool takes long, in the kernel and, if it is
# loaded, in the module, of which any function may be called under the lock
slow_start()
{
	{
		grep -F -e ' enqueue_huge_page' -e ' enqueue_hugetlb_folio' /proc/kallsyms |
			sed -n 's/^[^ ]* . \([a-z_]*\)$/\1/p'
		grep -F ' [hugecontig]' $TRACING/available_filter_functions |
			sed 's/^\(.*\) .*/hugecontig:\1/'
	} > "$WORK/slow"
	# 5.10 has neither that function, which the compiler inlines there, nor the control.
	[ ! -s "$WORK/slow" ] || insmod "$TESTS/modules/slow_counters/slow_counters.ko" \
		functions="$(paste -s -d , "$WORK/slow")"
}

# slow_stop: $instants is how often something took long
slow_stop()
{
	[ -d /sys/module/slow_counters ] || return 0
	instants=$(cat /sys/module/slow_counters/parameters/instants)
	rmmod slow_counters
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

# allocate NAME FILE CODE: all ranges of the file give the code, and the pool is what it
# was; $moved is which of its counters were seen to move meanwhile
allocate()
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

# allocate_stock NAME FILE CODE STATISTIC: the control
allocate_stock()
{
	allocate "$1, stock" "$2" "$3"
	native || ktap_equal "$1, stock: counters as sampled" "$moved" ""
}

# allocate_module NAME FILE CODE STATISTIC: the statistic counts each page
allocate_module()
{
	counted=$(statistic "$4")
	allocate "$1" "$2" 0
	ktap_equal "$1: counters as sampled" "$moved" ""
	ktap_equal "$1: $4" $(($(statistic "$4") - counted)) $PAGES
}

# test_free SIDE NAME BEGIN: free pages
test_free()
{
	$3
	allocate_$1 "$2" "$WORK/free.pfns" $stock_code free_replaced
}

# test_inuse SIDE NAME CODE ARGUMENTS OF hugetlb_user: pages in use, and what the stock
# kernel returns
test_inuse()
{
	side=$1
	name=$2
	code=$3
	shift 3
	user_start "$@" -n $PAGES
	allocate_$side "$name" "$WORK/user.pfns" "$code" inuse_migrated
	[ $side = module ] || name="$name, stock"
	ktap_true "$name: contents" user_stop
	[ $side = stock ] || ktap_equal "$name: nothing stays busy" \
		"$(sed -n 's/^busy_.* //p' $DEBUGFS/stats | sort -u)" 0
}

# moved_by_stock: the control of all the counters that do not move
moved_by_stock()
{
	for round in $(seq $MOST_ROUNDS); do
		free_pages
		sampler_start
		contig_alloc_pages "$WORK/free.pfns" > /dev/null
		sampler_stop
		[ -z "$(sampler_moved)" ] || break
	done
	echo "# counters of the stock kernel moved in round $round"
	[ -n "$(sampler_moved)" ]
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
results=$((FREE_RESULTS * TESTS_FREE + INUSE_RESULTS * TESTS_INUSE + 1))
if native; then
	stock_code=0
	! native_with_free_pages || stock_code_with_free=0
	results=$((results - TESTS_FREE - TESTS_INUSE + 1))
fi
ktap_plan $results

# test_kinds stock|module
test_kinds()
{
	slow_start
	[ $1 = module ] || ! native ||
		ktap_true "stock: counters move" moved_by_stock
	test_free $1 "free" free_pages
	test_free $1 "free and reserved" reserved_pages
	reserve_stop

	for kind in $KINDS; do
		pool_resize $PAGES
		test_inuse $1 "$kind" $stock_code -t "$kind" -f "$WORK/fs"
		# A writer would take its own copies of what it shares with a child.
		[ "$kind" = fork ] ||
			test_inuse $1 "$kind, written" $stock_code -t "$kind" -f "$WORK/fs" -w 2
	done

	for kind in private file; do
		pool_resize $((PAGES * 2))
		test_inuse $1 "$kind, pool has free pages" $stock_code_with_free \
			-t "$kind" -f "$WORK/fs"
		surplus_pool
		test_inuse $1 "$kind, surplus" $stock_code -t "$kind" -f "$WORK/fs"
	done
	echo 0 > $POOL/nr_overcommit_hugepages
	slow_stop
}

test_kinds stock
module_load
test_kinds module
ktap_true "module: instants that were long: $instants" [ "$instants" -ge $((PAGES * 6)) ]
module_unload

ktap_finish
