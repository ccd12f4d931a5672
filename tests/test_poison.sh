#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Memory that fails while it is emptied. A page that is marked between two owners,
# or taken offline, is never in a range that is had again. (For others there is no
# such promise: 5.10 itself frees a marked huge page to the buddy allocator, where
# alloc_contig_range() takes it.)

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"

PAGES=192
ATTEMPTS=24
RANGES=448
: "${SECONDS_EACH:=20}"

# page_start: one page in use; $pfn
page_start()
{
	user_start -t "$1" -n 1 && pfn=$(cat "$WORK/user.pfns")
}

# The user may have been killed for its page: that is what happens to it.
page_stop()
{
	kill -KILL "$user_pid" 2>/dev/null
	wait "$user_pid" 2>/dev/null
	user_pid=
}

# poison_while_emptied TYPE: now before the migration, now in it, now after; the
# page is used, or free if the user is stopped before
poison_while_emptied()
{
	attempt=0
	while [ $attempt -lt $ATTEMPTS ]; do
		attempt=$((attempt + 1))
		page_start "$1" || return 1
		[ $((attempt % 4)) -ne 3 ] || page_stop
		contig_alloc "$pfn" $PAGES_PER_HUGE > /dev/null &
		contig_pid=$!
		[ $((attempt % 2)) -eq 0 ] || usleep $((attempt * 100))
		echo "$pfn" > $INJECT
		wait $contig_pid
		[ -z "$user_pid" ] || page_stop
	done 2> /dev/null
}

# poisoned: the pfns of all pages that are
poisoned()
{
	head -n 1 "$WORK/ranges" | {
		read -r first _
		"$TESTS/page_flags" hwpoison "$first" $((RANGES * PAGES_PER_HUGE))
	}
}

# had_with_poison FILE: the ranges with such a page, but for those in the file,
# that alloc_contig_range() gives
had_with_poison()
{
	poisoned | grep -v -x -F -f "$1" | while read -r bad; do
		bad=$((bad / PAGES_PER_HUGE * PAGES_PER_HUGE))
		[ "$(contig_alloc $bad $PAGES_PER_HUGE)" -ne 0 ] || echo $bad
	done | sort -u | xargs
}

# pool_pfns: those of its pages, which are all free
pool_pfns()
{
	user_start -t private -n "$(cat $POOL/nr_hugepages)"
	user_stop || echo "no user"
	cat "$WORK/user.pfns"
}

# poison_free_blocks: a page in each of the blocks that the pool gave back last, which
# are the first ones to be taken: $WORK/blocks. What is left of the pool: $WORK/left.
poison_free_blocks()
{
	pool_resize $PAGES
	pool_pfns > "$WORK/all"
	pool_resize $((PAGES - 16))
	pool_pfns > "$WORK/left"
	grep -v -x -F -f "$WORK/left" "$WORK/all" > "$WORK/blocks"
	while read -r pfn; do
		echo $((pfn + 5)) > $INJECT
	done < "$WORK/blocks"
}

zone_movable || ktap_skip_all "no ZONE_MOVABLE"
contig_load
ktap_plan 16

pool_resize $PAGES
movable_ranges $PAGES_PER_HUGE $RANGES > "$WORK/ranges"
module_load

# Marked between its migration and its way to the buddy allocator.
page_start shared
state=$(pool_state)
insmod "$TESTS/modules/poison_migrated/poison_migrated.ko" pfn="$pfn"
ktap_equal "migrated: alloc_contig_range()" \
	"$(contig_alloc "$pfn" $PAGES_PER_HUGE)" $EBUSY
ktap_equal "migrated: pages were poisoned" "$(poisoned)" "$pfn"
ktap_equal "migrated: pool" "$(pool_state)" "$state"
ktap_true "migrated: contents" user_stop
rmmod poison_migrated
echo none > "$WORK/none"
ktap_equal "migrated: ranges that are had with it" \
	"$(had_with_poison "$WORK/none")" ""

if [ -w $INJECT ]; then
	poison_free_blocks
	ktap_equal "free blocks: the pool is replaced" \
		"$(contig_alloc_pages "$WORK/left")" "$((PAGES - 16))x0"
	ktap_true "free blocks: pages of them were poisoned" \
		[ "$(poisoned | wc -l)" -ge 16 ]
	ktap_equal "free blocks: those that replace a page" \
		"$(pool_pfns | grep -x -F -f "$WORK/blocks" | xargs)" ""
	pool_resize $PAGES
	for type in private shared; do
		ktap_true "$type: begin" poison_while_emptied $type
		count=$(poisoned | wc -l)
		ktap_true "$type: pages were poisoned: $count" \
			[ "$count" -gt $((ATTEMPTS / 4)) ]
	done
	ktap_true "the reason is known" [ "$(statistic busy_poisoned)" -gt 0 ]
else
	for name in 1 2 3 4 5 6 7 8; do
		ktap_skip "poison, $name" "no hwpoison-inject in this kernel"
	done
fi

{ echo none; poisoned; } > "$WORK/before"
hammer_start
"$TESTS/hugetlb_storm" $SECONDS_EACH offline > "$WORK/storms"
hammer_stop
ktap_true "offline: $(cat "$WORK/storms")" grep -q "^offline ok" "$WORK/storms"
count=$(poisoned | grep -c -v -x -F -f "$WORK/before")
ktap_true "offline: pages are out of use: $count" [ "$count" -gt 0 ]
ktap_equal "offline: ranges that are had with them" \
	"$(had_with_poison "$WORK/before")" ""
module_unload

ktap_finish
