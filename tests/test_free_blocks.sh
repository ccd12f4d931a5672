#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Replacements that are free blocks of the buddy allocator: they are as their last user
# has left them, and nobody else gets to see that. And what was replaced becomes a free
# block in the same way.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/attacks.sh"

PAGES=16
# The largest pool in which a page is pinned has twice as many.
MOST=128
trap cleanup_free_blocks EXIT

cleanup_free_blocks()
{
	[ ! -d /sys/module/pool_walk ] || rmmod pool_walk
	umount "$WORK/fs"
	cleanup
}

# replace: all pages of a new pool, by memory most of which was dirty before; prints
# codes, how many were replaced, and the pool
replace()
{
	free_pool $PAGES
	make_dirty
	before=$(statistic free_replaced)
	sampler_start
	contig_alloc_pages "$WORK/user.pfns"
	sampler_stop
	echo ", $(($(statistic free_replaced) - before)) replaced," \
		"$(pool_state)$(sampler_moved)"
}

# bad_pages PFN: of a huge page, how many are not as they have to be in a free block
bad_pages()
{
	echo "$1 $PAGES_PER_HUGE" > $CONTIG/inspect
	cut -d ' ' -f 1 $CONTIG/result
}

# half_needed: ranges of two pages' size with one of the pool in it, for which two are
# taken; prints codes, and how many pages are of no use to anybody since
half_needed()
{
	free_pool $PAGES
	lost=$(wc -l < $LOST)
	pairs < "$WORK/user.pfns" | while read -r pair; do
		contig_alloc "$pair" $PAGES_PER_HUGE > /dev/null
		contig_alloc "$pair" $((2 * PAGES_PER_HUGE))
	done | sort -u | xargs
	echo "$(($(wc -l < $LOST) - lost)) lost"
}

# run_around PFN: of the pfns on stdin, the run of huge pages that this one is in, in whole blocks
# of the largest order: "FIRST END"
run_around()
{
	sort -n | awk -v pfn="$1" -v step=$PAGES_PER_HUGE '
		$1 != last + step { if (found) exit; first = $1 }
		{ last = $1 }
		$1 == pfn { found = 1 }
		END {
			block = 2 * step
			print int((first + block - 1) / block) * block, \
				int((last + step) / block) * block
		}'
}

# replaced_in_vain PAGES: the free pages around the last of so many, $pfn, which is pinned,
# are replaced by a request that fails. Their pfns are in $WORK/around.
replaced_in_vain()
{
	pool_resize 0
	pool_resize "$1"
	pin_start vmsplice && pool_resize $((2 * $1)) &&
		user_start -t private -n $((2 * $1 - 1)) && user_stop || return
	{ cat "$WORK/user.pfns" && echo "$pfn"; } | run_around "$pfn" > "$WORK/run"
	read -r first end < "$WORK/run"
	[ "$pfn" -ge "$first" ] && [ "$pfn" -lt "$end" ] || return
	awk -v first="$first" -v end="$end" 'first <= $1 && $1 < end' "$WORK/user.pfns" \
		> "$WORK/around"
	before=$(statistic free_replaced)
	[ "$(contig_alloc "$first" $((end - first)))" = $EBUSY ] && [ -s "$WORK/around" ] &&
		[ $(($(statistic free_replaced) - before)) -eq "$(wc -l < "$WORK/around")" ]
}

# given_back: how many of their pages are bad, and whether those of the one that is pinned
# are. The page of another user may make a request fail at once: then the pool grows.
given_back()
{
	pages=$PAGES
	until replaced_in_vain $pages; do
		[ -z "$pin_pid" ] || pin_stop
		[ $pages -lt $MOST ] || {
			echo "no request replaced pages in vain"
			return
		}
		pages=$((pages + PAGES))
	done
	while read -r page; do
		bad_pages "$page"
	done < "$WORK/around" | sort -u
	[ "$(bad_pages "$pfn")" -eq 0 ] || echo bad
	pin_stop
}

zone_movable || ktap_skip_all "no ZONE_MOVABLE"
! kasan_kernel || ktap_skip_all "KASAN has to see each allocation: no free blocks"
contig_load
walk_load
mkdir "$WORK/fs"
mount -t hugetlbfs -o pagesize=2M hugetlbfs "$WORK/fs"
ktap_plan 13

module_load
all="${PAGES}x0, $PAGES replaced, $PAGES $PAGES 0 0"
ktap_equal "free blocks" "$(replace)" "$all"
stale=$(cat $STALE)
ktap_true "free blocks: taken as they are, $stale were dirty" [ "$stale" -gt 0 ]
for kind in private shared file file-private memfd shm; do
	free_pool $PAGES
	contig_alloc_pages "$WORK/user.pfns" > /dev/null
	stale=$(cat $STALE)
	user_start -t "$kind" -n $PAGES -f "$WORK/fs"
	ktap_true "$kind: zeroes are seen, where $stale pages were not" user_stop
done

ktap_equal "what was taken in vain goes back" "$(half_needed | xargs)" "0 0 lost"
ktap_equal "what was replaced is a free block" "$(given_back | xargs)" "0 bad"

echo N > $FREE_BLOCKS
ktap_equal "what was replaced is freed by the kernel" "$(given_back | xargs)" "0 bad"
# init_on_alloc is what Debian's kernels have by default.
ktap_equal "the allocator's pages" "$(replace)" "$all"
ktap_equal "the allocator's pages: as many were dirty" "$(cat $STALE)" 0
module_unload

ktap_finish
