#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Others work on the same memory while ranges are emptied: memory blocks go off
# and on line, compaction, khugepaged, and another caller of alloc_contig_range()
# (there are always two). The pool is as it is without the module, and so is the
# memory of everybody.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/attacks.sh"

THP=/sys/kernel/mm/transparent_hugepage

PAGES=32
BUSY_SECONDS=6

# More than three blocks: wherever they are, some of them are in a block that can
# be had. Two that can not have been seen, and all of 96 pages in them.
BLOCK_PAGES=224
BLOCKS=3
TRIES=50
# All of ZONE_MOVABLE is emptied, in ranges of so many small pages, which is more
# than the huge pages that are left if memory is short.
LEAVE_PAGES=$((8 + $(quarantine_mib) / 2))
RANGE_PAGES=$((PAGES_PER_HUGE * (LEAVE_PAGES > 16 ? 64 : 16)))
RESULTS=35

block_pages=$((0x$(cat $MEMORY/block_size_bytes) / 4096))
blocks=
trap cleanup_neighbours EXIT

cleanup_neighbours()
{
	rm -f "$WORK/busy" "$WORK/hunted"
	[ ! -e "$WORK/hammer" ] || hammer_stop
	for block in $blocks; do
		grep -q online $MEMORY/memory$block/state ||
			echo online_movable > $MEMORY/memory$block/state
	done
	cleanup
	[ ! -d /sys/module/pool_walk ] || rmmod pool_walk
}

# codes_are CODE: that one there is, and but for it only that of success and that
# of a busy range
codes_are()
{
	grep -q -x -e "$1" "$WORK/codes" &&
		! grep -v -x -e "$1" -e 0 -e $EBUSY "$WORK/codes"
}

# hammered NAME [CODE]: the hammer is over, once it has seen that code
hammered()
{
	for _ in $(seq 200); do
		! grep -q -x -e "${2:-0}" "$WORK/codes" || break
		sleep 0.1
	done
	hammer_stop
	ktap_true "$1: codes of alloc_contig_range(): $(hammer_codes)" \
		codes_are "${2:-0}"
}

# user_done NAME: the user of the pool goes
user_done()
{
	ktap_true "$1: contents" user_stop
	ktap_equal "$1: lists of the pool" \
		"$(awk '$1 == "bad" ? $2 > 0 : $2 != $3' $WALK)" ""
}

# --- memory blocks ----------------------------------------------------------

# user_blocks: the movable blocks that have pages of the user, and how many: "PAGES
# BLOCK" each, those with most come first
user_blocks()
{
	awk -v size=$block_pages '
		NR == FNR { movable[$1] = 1; next }
		int($1 / size) in movable { pages[int($1 / size)]++ }
		END {
			for (block in pages)
				print pages[block], block
		}' "$WORK/movable" "$WORK/user.pfns" | sort -n -r
}

# hammer_blocks: each of $blocks is one range. So pages that are moved leave them,
# and none comes in.
hammer_blocks()
{
	for block in $blocks; do
		echo $((block * block_pages)) $block_pages
	done > "$WORK/ranges"
	hammer_start 2> /dev/null
}

# offline BLOCK TRIES: the other caller may have a part of it just now
offline()
{
	for _ in $(seq $2); do
		echo offline > $MEMORY/memory$1/state && return
		sleep 0.1
	done 2>/dev/null
	return 1
}

# find_blocks: those that can go off line. The kernel took memory at boot, perhaps
# at a random place in ZONE_MOVABLE: that stays.
find_blocks()
{
	pool_resize 0
	for block in $(movable_blocks); do
		offline $block 5 || continue
		echo online_movable > $MEMORY/memory$block/state
		echo $block
	done > "$WORK/movable"
}

# used_pool: all pages are in use, and written to; $blocks are some of theirs
used_pool()
{
	pool_resize 0
	pool_resize $BLOCK_PAGES
	user_start -t shared -n $BLOCK_PAGES -w 1
	blocks=$(user_blocks | cut -d ' ' -f 2 | head -n $BLOCKS)
}

# off_and_on [TRIES]: each block, one after another; prints the pool after each
# step, and which block would not go
off_and_on()
{
	for block in $blocks; do
		offline $block ${1:-1} || echo "block $block stays"
		pool_state
		echo online_movable > $MEMORY/memory$block/state
		pool_state
	done 2>/dev/null | sort -u
}

# Blocks with pages in use can be had, and no page is lost by it.
blocks_with_used_pages()
{
	used_pool
	allocated=$(vm_event htlb_buddy_alloc_success)
	ktap_equal "blocks, pages in use, stock: pool" \
		"$(off_and_on)" "$BLOCK_PAGES 0 0 0"
	ktap_true "blocks, pages in use, stock: they had some" \
		[ "$(vm_event htlb_buddy_alloc_success)" -gt "$allocated" ]
	user_done "blocks, pages in use, stock"
	used_pool
	module_load
	hammer_blocks
	off_and_on $TRIES > "$WORK/pool"
	off_and_on $TRIES >> "$WORK/pool"
	hammered "blocks, pages in use"
	ktap_equal "blocks, pages in use: pool" "$(sort -u "$WORK/pool")" \
		"$BLOCK_PAGES 0 0 0"
	ktap_true "blocks, pages in use: migrated: $(statistic inuse_migrated)" \
		[ "$(statistic inuse_migrated)" -gt 0 ]
	user_done "blocks, pages in use"
	module_unload
}

# fresh_pool: all of it is free; $blocks is the one that has most of it, $elsewhere
# how many pages are not there
fresh_pool()
{
	pool_resize 0
	pool_resize $BLOCK_PAGES
	user_start -t private -n $BLOCK_PAGES
	user_stop
	user_blocks > "$WORK/block"
	read -r count blocks < "$WORK/block"
	elsewhere=$((BLOCK_PAGES - count))
}

# The stock kernel takes the free pages of a block out of the pool. The module
# does not hinder it; where the hammer was first they stay.
blocks_with_free_pages()
{
	fresh_pool
	ktap_equal "blocks, free pages, stock: they are lost" \
		"$(off_and_on)" "$elsewhere $elsewhere 0 0"
	fresh_pool
	module_load
	ktap_equal "blocks, free pages, nothing is emptied: as many are lost" \
		"$(off_and_on)" "$elsewhere $elsewhere 0 0"
	fresh_pool
	hammer_blocks
	off_and_on $TRIES > "$WORK/pool"
	hammered "blocks, free pages"
	ktap_equal "blocks, free pages: the block can be had" \
		"$(grep stays "$WORK/pool")" ""
	ktap_equal "blocks, free pages: no more than those are lost" \
		"$(awk -v least=$elsewhere -v most=$BLOCK_PAGES '
			$1 != $2 || $1 < least || $1 > most || $3 || $4
		' "$WORK/pool")" ""
	module_unload
}

# Free pages that are reserved keep their block on the stock kernel. With the
# module it may be had, and the reservation holds.
blocks_with_reserved_pages()
{
	fresh_pool
	"$TESTS/hugetlb_user" -t shared -n $BLOCK_PAGES -r > "$WORK/reserve.out" &
	user_pid=$!
	wait_for_line "$WORK/reserve.out" ready $user_pid
	reserved="$BLOCK_PAGES $BLOCK_PAGES $BLOCK_PAGES 0"
	ktap_equal "blocks, reserved pages, stock: pool" "$(off_and_on)" \
		"$(printf '%s\nblock %s stays' "$reserved" "$blocks")"
	module_load
	hammer_blocks
	off_and_on $TRIES > "$WORK/pool"
	hammered "blocks, reserved pages"
	ktap_equal "blocks, reserved pages: pool" \
		"$(grep -v stays "$WORK/pool")" "$reserved"
	ktap_true "blocks, reserved pages: replaced: $(statistic free_replaced)" \
		[ "$(statistic free_replaced)" -gt 0 ]
	kill -TERM $user_pid
	wait $user_pid
	user_pid=
	module_unload
}

# --- compaction, khugepaged, caches -----------------------------------------

# use_heap: fills a heap with small pages, and lets it grow a little when all get
# busy: khugepaged hears of it by that. Says if something in it is not right.
use_heap()
{
	awk -v busy="$WORK/busy" '
		function is_busy() {
			close(busy)
			return (getline line < busy) >= 0
		}
		BEGIN {
			while (number < 100000)
				words[number++] = number
			print "ready"
			fflush()
			while (!is_busy())
				system("sleep 0.1")
			while (number < 130000)
				words[number++] = number
			while (is_busy())
				for (i in words)
					wrong += words[i] != i && words[i] != i + 1
			print wrong + 0
		}' > "$WORK/heap"
}

khugepaged_start()
{
	for name in enabled khugepaged/scan_sleep_millisecs \
		khugepaged/alloc_sleep_millisecs; do
		sed 's/.*\[\(.*\)\].*/\1/' $THP/$name > "$WORK/${name#*/}"
	done
	echo 0 > $THP/khugepaged/scan_sleep_millisecs
	echo 0 > $THP/khugepaged/alloc_sleep_millisecs
	echo never > $THP/enabled
	use_heap &
	heap_pid=$!
	wait_for_line "$WORK/heap" ready $heap_pid
	echo always > $THP/enabled
}

khugepaged_stop()
{
	cat "$WORK/enabled" > $THP/enabled
	for name in scan_sleep_millisecs alloc_sleep_millisecs; do
		cat "$WORK/$name" > $THP/khugepaged/$name
	done
}

# busy_seconds: everybody is busy, until khugepaged has found something, too
busy_seconds()
{
	touch "$WORK/busy"
	compact_and_drop &
	busy_pids="$! $heap_pid"
	sleep $BUSY_SECONDS
	for _ in $(seq 40); do
		[ "$(vm_event thp_collapse_alloc)" -eq $collapsed ] || break
		sleep 1
	done
	rm "$WORK/busy"
	wait $busy_pids
}

# memory_is_moved: by others
memory_is_moved()
{
	# Half of the pages are free.
	pool_resize $((PAGES * 2))
	user_start -t private -n $PAGES -w 1
	zone_ranges $RANGE_PAGES
	"$TESTS/fragment" 128 > "$WORK/fragment.out" &
	fragment_pid=$!
	wait_for_line "$WORK/fragment.out" ready $fragment_pid
	scanned=$(vm_event compact_migrate_scanned)
	collapsed=$(vm_event thp_collapse_alloc)
	module_load
	khugepaged_start
	sampler_start
	hammer_start
	busy_seconds
	hammered "compaction and khugepaged"
	sampler_stop
	khugepaged_stop
	scanned=$(($(vm_event compact_migrate_scanned) - scanned))
	collapsed=$(($(vm_event thp_collapse_alloc) - collapsed))
	ktap_true "compaction scanned $scanned pages" [ $scanned -gt 0 ]
	ktap_true "khugepaged made $collapsed huge pages" [ $collapsed -gt 0 ]
	ktap_true "huge pages were replaced: $(statistic free_replaced)" \
		[ "$(statistic free_replaced)" -gt 0 ]
	ktap_true "huge pages were migrated: $(statistic inuse_migrated)" \
		[ "$(statistic inuse_migrated)" -gt 0 ]
	ktap_equal "compaction and khugepaged: counters as sampled" \
		"$(sampler_moved)" ""
	kill -TERM $fragment_pid
	ktap_true "what compaction moved is right" wait $fragment_pid
	ktap_equal "what khugepaged moved is right" "$(tail -n 1 "$WORK/heap")" 0
	ktap_equal "compaction and khugepaged: pool" "$(pool_state)" \
		"$((PAGES * 2)) $PAGES 0 0"
	user_done "compaction and khugepaged"
	module_unload
}

# --- two callers, and no memory ---------------------------------------------

# spare_pages: huge pages' worth of memory above the low watermarks
spare_pages()
{
	awk '$1 == "pages" && $2 == "free" { free += $3 }
	     $1 == "low" { free -= $2 }
	     END { print int(free / 512) }' /proc/zoneinfo
}

# victims: one after another, as long as there is a file "hunted"; their pids are in the
# file "victims". Where all that is free lies in ranges that are being emptied, the kernel
# finds no memory for the next fault, and ends a process: 6.1 did so without the module.
victims()
{
	while [ -e "$WORK/hunted" ]; do
		sh -c "echo 1000 > /proc/self/oom_score_adj
		       echo \$\$ >> $WORK/victims
		       exec sleep 1000"
	done 2> /dev/null
}

# no_memory: -ENOMEM is for who really has none. The pool takes all memory but
# some pages, and each range needs more than that.
no_memory()
{
	pool_resize $PAGES
	user_start -t private -n $PAGES -w 1
	echo $((PAGES + $(spare_pages) - LEAVE_PAGES)) > $POOL/nr_hugepages
	all=$(cat $POOL/nr_hugepages)
	kills=$(oom_kills)
	echo -900 > /proc/self/oom_score_adj
	touch "$WORK/hunted"
	victims &
	victims_pid=$!
	module_load
	sampler_start
	hammer_start
	sleep $BUSY_SECONDS
	hammered "memory short" $ENOMEM
	sampler_stop
	rm "$WORK/hunted"
	kill "$(tail -n 1 "$WORK/victims")"
	wait $victims_pid
	ktap_equal "memory short: counters as sampled" "$(sampler_moved)" ""
	ktap_equal "memory short: pool" "$(pool_state)" \
		"$all $((all - PAGES)) 0 0"
	# The last one was killed just now.
	ktap_equal "memory short: processes killed, but for victims" \
		$(($(oom_kills) - kills - $(sed 1d "$WORK/victims" | wc -l))) 0
	user_done "memory short"
	module_unload
}

zone_movable || ktap_skip_all "no ZONE_MOVABLE"
find_blocks
[ "$(wc -l < "$WORK/movable")" -gt $BLOCKS ] ||
	ktap_skip_all "too few memory blocks can go off line"
contig_load
walk_load
ktap_plan $RESULTS

blocks_with_used_pages
blocks_with_free_pages
blocks_with_reserved_pages
memory_is_moved
no_memory

ktap_finish
