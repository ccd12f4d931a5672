#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Pages that lack most of their struct pages (vmemmap optimisation, HVO): they are
# moved like others, those that take their place lack them too, and what leaves the
# pool has all of them.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/attacks.sh"

OPTIMIZE=/proc/sys/vm/hugetlb_optimize_vmemmap
PAGES=16
trap cleanup_vmemmap EXIT

cleanup_vmemmap()
{
	for module in restore_fails pool_walk; do
		[ ! -d /sys/module/$module ] || rmmod $module
	done
	echo "$optimize_before" > $OPTIMIZE
	cleanup
}

# corrupted: has the kernel found a page of a bad state?
corrupted()
{
	[ $(($(cat /proc/sys/kernel/tainted) & 32)) -ne 0 ]
}

# optimized: how many pages of the pool lack struct pages
optimized()
{
	cat $OPTIMIZED
}

# new_pool PAGES: of pages that were optimized if that is switched on
new_pool()
{
	pool_resize 0
	pool_resize "$1"
}

# new_free_pool: their pfns are in user.pfns
new_free_pool()
{
	new_pool $PAGES
	user_start -t private -n $PAGES
	user_stop || echo "no user"
}

# allocate_user_pages: the ranges of the pages of user.pfns; prints codes, the pool, and how many
# pages were optimized before and are now
allocate_user_pages()
{
	before=$(optimized)
	contig_alloc_pages "$WORK/user.pfns"
	echo ", $(pool_state), $before-$(optimized)"
}

# allocate_sampled: likewise, and the counters of the pool are sampled
allocate_sampled()
{
	sampler_start
	allocate_user_pages
	sampler_stop
}

test_free()
{
	new_free_pool
	module_load
	ktap_equal "free: had, pool, optimized" "$(allocate_sampled)" \
		"${PAGES}x0, $PAGES $PAGES 0 0, $PAGES-$PAGES"
	ktap_equal "free: no counter moved" "$(sampler_moved)" ""
	ktap_equal "free: replaced by the module" "$(statistic free_replaced)" $PAGES
	module_unload
}

# test_used TYPE PAGES: pages in use, of a pool with so many
test_used()
{
	name="$1, $(($2 - PAGES)) free"
	new_pool "$2"
	user_start -t "$1" -n $PAGES
	module_load
	used=$(pool_state)
	ktap_equal "$name: had, pool, optimized" "$(allocate_sampled)" \
		"${PAGES}x0, $used, $2-$2"
	ktap_equal "$name: no counter moved" "$(sampler_moved)" ""
	ktap_equal "$name: migrated by the module" "$(statistic inuse_migrated)" $PAGES
	module_unload
	ktap_true "$name: contents" user_stop
}

# switched_off: optimized no more, so that the kernel can free what is in the pool
# then
switched_off()
{
	echo 1 > $OPTIMIZE
	new_free_pool
	echo 0 > $OPTIMIZE
	module_load
	allocate_user_pages
	module_unload
	pool_resize 0
	echo 1 > $OPTIMIZE
}

# without_memory TIMES NUMBER: that page of user.pfns, while its struct pages can not be
# had so many times; prints the code, and then the pool
without_memory()
{
	sed -n "$2p" "$WORK/user.pfns" > "$WORK/one.pfns"
	insmod "$TESTS/modules/restore_fails/restore_fails.ko" times="$1"
	contig_alloc_pages "$WORK/one.pfns"
	# Meanwhile the kernel tries, in a work of its own.
	sleep 1
	rmmod restore_fails
	echo ", $(pool_state)"
}

# Once, then the kernel frees the page; always, then it keeps the page, as a surplus
# one.
test_no_memory()
{
	module_load
	new_free_pool
	ktap_equal "no memory once, free" "$(without_memory 1 1)" \
		"1x-12, $PAGES $PAGES 0 0"
	ktap_equal "no memory, free" "$(without_memory 1000 2)" \
		"1x-12, $((PAGES + 1)) $((PAGES + 1)) 0 1"
	# It is one of the pool then, so that it can be freed.
	pool_resize $((PAGES + 1))
	new_pool $PAGES
	user_start -t shared -n $PAGES
	ktap_equal "no memory, in use" "$(without_memory 1000 1)" \
		"1x-12, $((PAGES + 1)) 1 0 1"
	ktap_true "no memory: contents" user_stop
	ktap_equal "no memory: lists of the pool" "$(disagreements)" ""
	module_unload
	pool_resize $((PAGES + 1))
	ktap_true "no memory: all can be freed afterwards" pool_resize 0
}

optimize_before=$(cat $OPTIMIZE 2>/dev/null) ||
	ktap_skip_all "the kernel has no such pages"
zone_movable || ktap_skip_all "no ZONE_MOVABLE"
contig_load
walk_load
switched_off > "$WORK/switched_off"
whole=$(corrupted || echo whole)
new_pool 1
pool_resize 0
tests=27
# So does 6.12.117, and its alloc_contig_range() does not come back.
! corrupted || tests=3
ktap_plan $tests

ktap_equal "switched off: had, pool, optimized" "$(cat "$WORK/switched_off")" \
	"${PAGES}x0, $PAGES $PAGES 0 0, $PAGES-0"
ktap_equal "switched off: all that left the pool" "$whole" whole
if corrupted; then
	ktap_skip "switched on" \
		"this kernel itself corrupts such pages when it frees them"
else
	test_free
	for type in private shared; do
		test_used $type $PAGES
		test_used $type $((PAGES * 2))
	done
	test_no_memory
fi

ktap_finish
