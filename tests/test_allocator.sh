#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Free blocks are taken and given as they are only where the allocator would not have to
# look at them: with page_poison=1 it does both itself, with init_on_free=1 it frees. Its
# tracepoints tell.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"

PAGES=16
# Of so many more some may be where the firmware, or the kernel at boot, keeps pages.
SPARE=16
KMEM=$TRACING/events/kmem
ORDER=9

# events NAME: how often it was seen with a page as large as a huge page
events()
{
	grep " $1: " "$WORK/trace" | grep -c -w "order=$ORDER"
}

# poisoning: does the kernel do it, if it is asked to?
poisoning()
{
	grep -q page_poison=1 /proc/cmdline &&
		grep -q -F page_poisoning_enabled /proc/kallsyms
}

# replace: pages of a new pool, with what the allocator did meanwhile in $WORK/trace; prints
# codes, and the pool
replace()
{
	free_pool $((PAGES + SPARE))
	whole_blocks < "$WORK/user.pfns" | head -n $PAGES > "$WORK/pages"
	echo > $TRACING/trace
	echo 1 > $KMEM/mm_page_alloc/enable
	echo 1 > $KMEM/mm_page_free/enable
	contig_alloc_pages "$WORK/pages"
	echo 0 > $KMEM/mm_page_alloc/enable
	echo 0 > $KMEM/mm_page_free/enable
	cp $TRACING/trace "$WORK/trace"
	echo ", $(pool_state)"
}

zone_movable || ktap_skip_all "no ZONE_MOVABLE"
contig_load
taken=0 given=0 expected=provided
if kasan_kernel || poisoning; then
	taken=$PAGES given=$PAGES expected=unavailable
elif grep -q init_on_free=1 /proc/cmdline; then
	given=$PAGES
fi
ktap_plan 8

module_load
ktap_equal "capability" "$(capability unzeroed_pages)" $expected
all="${PAGES}x0, $((PAGES + SPARE)) $((PAGES + SPARE)) 0 0"
ktap_equal "pages are replaced" "$(replace)" "$all"
ktap_equal "taken by the allocator" "$(events mm_page_alloc)" $taken
ktap_equal "freed by the allocator" "$(events mm_page_free)" $given
echo N > $FREE_BLOCKS
ktap_equal "free_blocks=N: pages are replaced" "$(replace)" "$all"
ktap_equal "free_blocks=N: taken by the allocator" "$(events mm_page_alloc)" $PAGES
ktap_equal "free_blocks=N: freed by the allocator" "$(events mm_page_free)" $PAGES
module_unload
# With page_poison=1 the kernel looks at what is taken now.
make_dirty
ktap_equal "pages that are not as they were freed" \
	"$(dmesg | grep -c 'pagealloc: ')" 0

ktap_finish
