#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Pages that lack most of their struct pages (vmemmap optimisation, HVO): they are
# left to the kernel, and what it does with them is the same.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"

OPTIMIZE=/proc/sys/vm/hugetlb_optimize_vmemmap
PAGES=16
trap cleanup_vmemmap EXIT

cleanup_vmemmap()
{
	echo "$optimize_before" > $OPTIMIZE
	cleanup
}

# take_free: the free pages of a new pool; prints codes and pool
take_free()
{
	pool_resize 0
	pool_resize $PAGES
	user_start -t private -n $PAGES
	user_stop || echo "no user"
	contig_alloc_pages "$WORK/user.pfns"
	echo
	pool_state
}

# take_used TYPE PAGES: pages in use, of a pool with so many; prints codes and pool
take_used()
{
	pool_resize 0
	pool_resize "$2"
	user_start -t "$1" -n $PAGES
	contig_alloc_pages "$WORK/user.pfns"
	echo
	pool_state
	user_stop || echo "contents"
}

# can_free_them: 6.12.117 says "Bad page state" when the pool shrinks, module or not,
# and its alloc_contig_range() does not come back
can_free_them()
{
	pool_resize 0
	echo 1 > $OPTIMIZE
	pool_resize 1
	pool_resize 0
	[ $(($(cat /proc/sys/kernel/tainted) & 32)) -eq 0 ]
}

# left_to_kernel: says so, and none of them was the module's
left_to_kernel()
{
	grep -q '^vmemmap_optimized_pages: native' $DEBUGFS/status &&
		[ "$(statistic free_replaced) $(statistic inuse_migrated)" = "0 0" ]
}

# had FILE: how many ranges
had()
{
	sed -n -e '1!d' -e 's/^\(.* \)\{0,1\}\([0-9]*\)x0.*/\2/p' "$1"
}

# test_same NAME COMMAND...: with the module as without. Any one page may be busy for a
# moment, as the kernel tries but once.
test_same()
{
	name=$1
	shift
	"$@" > "$WORK/stock"
	module_load
	"$@" > "$WORK/module"
	had_stock=$(had "$WORK/stock")
	had_module=$(had "$WORK/module")
	ktap_true "$name: ${had_module:-none} had, stock ${had_stock:-none}" \
		[ "${had_module:-0}" -ge $((${had_stock:-0} - 1)) ]
	ktap_equal "$name: pool and contents as on the stock kernel" \
		"$(sed 1d "$WORK/module")" "$(sed 1d "$WORK/stock")"
	ktap_true "$name: left to the kernel" left_to_kernel
	module_unload
}

optimize_before=$(cat $OPTIMIZE 2>/dev/null) ||
	ktap_skip_all "the kernel has no such pages"
zone_movable || ktap_skip_all "no ZONE_MOVABLE"
can_free_them || ktap_skip_all "this kernel itself corrupts such pages when it frees them"
contig_load
ktap_plan 17

take_free > "$WORK/free"
ktap_true "free, stock: $(had "$WORK/free") had" \
	[ "$(had "$WORK/free")" -ge $((PAGES - 1)) ]
test_same "free" take_free
for type in private shared; do
	test_same "$type" take_used $type $PAGES
	test_same "$type, pool has free pages" take_used $type $((PAGES * 2))
done

# Without it they are the module's again.
echo 0 > $OPTIMIZE
module_load
take_free > "$WORK/free"
ktap_equal "switched off, free: pages replaced by the module" \
	"$(xargs < "$WORK/free"), $(statistic free_replaced)" \
	"${PAGES}x0 $PAGES $PAGES 0 0, $PAGES"
module_unload

ktap_finish
