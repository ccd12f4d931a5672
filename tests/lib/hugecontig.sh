# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034
#
# What the tests of hugecontig share: the module, the pool of 2 MiB pages, its
# sampler and its users, and ranges to allocate. Scripts set TESTS to the
# directory of the tests before they read this file.

. "$TESTS/lib/ktap.sh"

MODULE=$TESTS/../hugecontig.ko
DEBUGFS=/sys/kernel/debug/hugecontig
PARAMETER=/sys/module/hugecontig/parameters/enabled
FREE_BLOCKS=/sys/module/hugecontig/parameters/free_blocks
TRACING=/sys/kernel/tracing
POOL=/sys/kernel/mm/hugepages/hugepages-2048kB
CONTIG=/sys/kernel/debug/contig_range
PAGES_PER_HUGE=512

# What there is in this kernel of the functions that the tests ask for.
KERNEL_FUNCTIONS=$(grep -o -E -e 'alloc_contig(_frozen)?_range(_noprof)?$' \
	-e 'isolate_or_dissolve_huge_(page|folio)$' \
	-e 'replace_free_hugepage_folios$' -e 'follow_hugetlb_page$' /proc/kallsyms)

# has_function PATTERN: one of them
has_function()
{
	echo "$KERNEL_FUNCTIONS" | grep -q -x -E "$1"
}

# What alloc_contig_range() is called in this kernel, or what it calls.
for ALLOC_CONTIG in alloc_contig_frozen_range_noprof alloc_contig_range_noprof \
	alloc_contig_range; do
	! has_function $ALLOC_CONTIG || break
done

# What is redirected.
FUNCTIONS="$ALLOC_CONTIG hugetlb_vm_op_close isolate_migratepages_block"
FUNCTIONS="$FUNCTIONS move_hugetlb_state remove_inode_hugepages"
! has_function replace_free_hugepage_folios ||
	FUNCTIONS="$FUNCTIONS replace_free_hugepage_folios"

# native: does the kernel get huge pages out of a range by itself? It lets the
# counters of the pool move meanwhile.
native()
{
	has_function "isolate_or_dissolve_huge_(page|folio)"
}

# native_with_free_pages: those in use as well, if the pool has free ones? Older
# kernels migrate to one of those, and the old page is free in the range then.
native_with_free_pages()
{
	has_function replace_free_hugepage_folios
}

# warns_of_pins: does this kernel warn of each long-term pin of a huge page that can be
# moved, as io_uring makes it? Before f442fa614137 ("mm: gup: stop abusing
# try_grab_folio", v6.10) it took the refusal for a bug, but 5.10 refused none.
warns_of_pins()
{
	native && has_function follow_hugetlb_page
}

WARNS_OF_PINS="this kernel itself warns of long-term pins of movable huge pages"

# The codes of alloc_contig_range() that the tests expect.
EINTR=-4
ENOMEM=-12
EBUSY=-16

WORK=$(mktemp -d) || exit 1

# Ends what is still running, whatever happened, and leaves the host as it was.
cleanup()
{
	[ ! -e "$WORK/hammer" ] || hammer_stop
	[ -z "$user_pid" ] || kill -KILL "$user_pid" 2>/dev/null
	[ -z "$sampler_pid" ] || kill -KILL "$sampler_pid" 2>/dev/null
	[ -z "$eater_pid" ] || kill -KILL "$eater_pid" 2>/dev/null
	[ -z "$pin_pid" ] || kill -KILL "$pin_pid" 2>/dev/null
	wait
	module_unload 2>/dev/null
	[ ! -d /sys/module/contig_range ] || rmmod contig_range
	echo "$pool_before" > $POOL/nr_hugepages
	echo "$overcommit_before" > $POOL/nr_overcommit_hugepages
	rm -rf "$WORK"
}

user_pid=
sampler_pid=
eater_pid=
pin_pid=
pool_before=$(cat $POOL/nr_hugepages 2>/dev/null)
overcommit_before=$(cat $POOL/nr_overcommit_hugepages 2>/dev/null)
trap cleanup EXIT
trap 'exit 1' INT TERM

[ "$(id -u)" -eq 0 ] || ktap_skip_all "needs root"
[ -f "$MODULE" ] || ktap_skip_all "hugecontig.ko is not built"
[ -n "$pool_before" ] || ktap_skip_all "no 2 MiB HugeTLB pages"
[ -e $TRACING/enabled_functions ] || mount -t tracefs tracefs $TRACING

# debug_kernel: one with lockdep, KASAN and the like, where all takes longer
debug_kernel()
{
	[ -e /proc/lockdep ]
}

# rounds COUNT: a tenth of it on a debug kernel
rounds()
{
	if debug_kernel; then
		echo $(($1 / 10))
	else
		echo "$1"
	fi
}

# limit SECONDS: for something to end; six times as long on a debug kernel
limit()
{
	if debug_kernel; then
		echo $(($1 * 6))
	else
		echo "$1"
	fi
}

# quarantine_mib: how much that was freed KASAN keeps from use, at most, as a 32nd of
# the memory. It gives it back at any time.
quarantine_mib()
{
	if debug_kernel; then
		awk '$1 == "MemTotal:" { print int($2 / 32768) }' /proc/meminfo
	else
		echo 0
	fi
}

# --- the module -------------------------------------------------------------

module_loaded()
{
	[ -d /sys/module/hugecontig ]
}

# module_load [PARAMETER=VALUE]...
module_load()
{
	insmod "$MODULE" "$@"
}

module_unload()
{
	! module_loaded || rmmod hugecontig
}

# redirected: the functions that are redirected now, one a line
redirected()
{
	sed -n 's/^\([^ ]*\) .*\[hugecontig\].*/\1/p' $TRACING/enabled_functions
}

# statistic NAME
statistic()
{
	sed -n "s/^$1 //p" $DEBUGFS/stats
}

# --- the pool ---------------------------------------------------------------

# pool_resize PAGES: succeeds if the pool then has that many
pool_resize()
{
	echo 1 > /proc/sys/vm/compact_memory
	echo "$1" > $POOL/nr_hugepages
	[ "$(cat $POOL/nr_hugepages)" -eq "$1" ]
}

# pool_state: "total free reserved surplus"
pool_state()
{
	echo "$(cat $POOL/nr_hugepages) $(cat $POOL/free_hugepages)" \
	     "$(cat $POOL/resv_hugepages) $(cat $POOL/surplus_hugepages)"
}

# node_state: "total free surplus" of each node
node_state()
{
	for directory in /sys/devices/system/node/node*/hugepages/hugepages-2048kB; do
		echo "$(cat $directory/nr_hugepages) $(cat $directory/free_hugepages)" \
		     "$(cat $directory/surplus_hugepages)"
	done | xargs
}

# wait_for_line FILE TEXT PID: until the file has the line or the process ends
wait_for_line()
{
	while ! grep -q "^$2" "$1" 2>/dev/null; do
		kill -0 "$3" 2>/dev/null || return 1
		sleep 0.1
	done
}

# holder_start FILE TEXT COMMAND...: returns once its output, in the file, has a line
# that begins with the text; $holder_pid. The file of an earlier one goes first:
# what it says would be taken for the answer, until the new one has opened it.
holder_start()
{
	holder_file=$1
	holder_text=$2
	shift 2
	rm -f "$holder_file"
	"$@" > "$holder_file" 2>&1 &
	holder_pid=$!
	wait_for_line "$holder_file" "$holder_text" $holder_pid
}

# sampler_start: watch the counters of the pool
sampler_start()
{
	holder_start "$WORK/sampler.out" ready \
		"$TESTS/pool_sampler" -o "$WORK/samples"
	sampler_started=$?
	sampler_pid=$holder_pid
	return $sampler_started
}

sampler_stop()
{
	kill -TERM "$sampler_pid"
	wait "$sampler_pid"
	sampler_pid=
}

# sampler_moved: prints the counters that did not keep their value
sampler_moved()
{
	awk '
		$1 == "samples" { samples = $2; next }
		$3 > $2 { print $1, "was between", $2, "and", $3 }
		{ counters++ }
		END {
			if (counters < 7 || samples < 10)
				print "the sampler saw", counters + 0,
				      "counters", samples + 0, "times"
		}' "$WORK/samples"
}

# --- users of the pool ------------------------------------------------------

# user_start ARGUMENTS OF hugetlb_user: returns once all pages are populated
user_start()
{
	rm -f "$WORK/user.status" "$WORK/user.pfns"
	"$TESTS/hugetlb_user" -o "$WORK/user.status" -p "$WORK/user.pfns" "$@" \
		> "$WORK/user.out" 2>&1 &
	user_pid=$!
	wait_for_line "$WORK/user.status" ready $user_pid && return
	sed 's/^/# /' "$WORK/user.out"
	user_pid=
	return 1
}

# user_stop: succeeds if every word of every page was right
user_stop()
{
	[ -n "$user_pid" ] || return 1
	kill -TERM "$user_pid"
	wait "$user_pid"
	user_result=$?
	user_pid=
	grep -q '^ok' "$WORK/user.out" && [ $user_result -eq 0 ] && return
	sed 's/^/# /' "$WORK/user.out"
	return 1
}

# eat_memory LEAVE_MIB: until eat_stop, that much memory is free
eat_start()
{
	holder_start "$WORK/eater.out" ready "$TESTS/eat_memory" "$1"
	eater_started=$?
	eater_pid=$holder_pid
	return $eater_started
}

eat_stop()
{
	kill -TERM "$eater_pid"
	wait "$eater_pid"
	eater_result=$?
	eater_pid=
	return $eater_result
}

# pin_start WAY OF hugetlb_pin: a page that somebody holds; $pfn. What was said if
# it fails is in $WORK/pin.out.
pin_start()
{
	holder_start "$WORK/pin.out" pfn "$TESTS/hugetlb_pin" "$1"
	pin_started=$?
	pin_pid=
	[ $pin_started -ne 0 ] || pin_pid=$holder_pid
	pfn=$(sed -n 's/^pfn //p' "$WORK/pin.out")
	return $pin_started
}

pin_stop()
{
	kill -TERM "$pin_pid"
	wait "$pin_pid"
	pin_result=$?
	pin_pid=
	return $pin_result
}

# vm_event NAME: how often since boot
vm_event()
{
	sed -n "s/^$1 //p" /proc/vmstat
}

# oom_kills: how many processes the kernel ended for want of memory
oom_kills()
{
	vm_event oom_kill
}

# --- ranges -----------------------------------------------------------------

# contig_load: the test module that calls alloc_contig_range()
contig_load()
{
	[ -f "$TESTS/modules/contig_range/contig_range.ko" ] ||
		ktap_skip_all "contig_range.ko is not built"
	insmod "$TESTS/modules/contig_range/contig_range.ko"
}

# contig_alloc START_PFN NR_PAGES [FLAG]...: prints what alloc_contig_range()
# returned; the range is freed again
contig_alloc()
{
	echo "$@" > $CONTIG/alloc || return 1
	cut -d ' ' -f 1 $CONTIG/result
}

# contig_alloc_pages FILE: each of the huge pages of the file, one range each;
# prints each code that was returned, with how often
contig_alloc_pages()
{
	while read -r page_pfn; do
		contig_alloc "$page_pfn" $PAGES_PER_HUGE
	done < "$1" | sort | uniq -c |
		awk '{ printf "%s%sx%s", sep, $1, $2; sep = " " }'
}

# longest_run FILE: the longest range of huge pages only: "first_pfn pages"
longest_run()
{
	sort -n "$1" | awk -v step=$PAGES_PER_HUGE '
		$1 != last + step { first = $1; pages = 0 }
		{ last = $1; pages++ }
		pages > most { most = pages; start = first }
		END { print start, most }'
}

# hammer: the ranges of $WORK/ranges, "START_PFN NR_PAGES" each, over and over
hammer()
{
	while [ -e "$WORK/hammer" ]; do
		while read -r hammer_pfn hammer_pages; do
			contig_alloc "$hammer_pfn" "$hammer_pages" \
				>> "$WORK/codes"
		done < "$WORK/ranges"
	done
}

# hammer_start: until hammer_stop two of them run. They start at the same range,
# and are in each other's way from then on.
hammer_start()
{
	: > "$WORK/codes"
	touch "$WORK/hammer"
	hammer &
	hammer_pids=$!
	hammer &
	hammer_pids="$hammer_pids $!"
}

hammer_stop()
{
	rm "$WORK/hammer"
	wait $hammer_pids
}

# hammer_codes: what alloc_contig_range() returned
hammer_codes()
{
	sort -u "$WORK/codes" | xargs
}

# movable_ranges PAGES COUNT: so many ranges of that size, from the begin of
# ZONE_MOVABLE on node 0
movable_ranges()
{
	awk -v pages="$1" -v count="$2" '
		/^Node/ { movable = $2 == "0," && $4 == "Movable" }
		movable && $1 == "start_pfn:" { start = $2 }
		END {
			for (i = 0; i < count; i++)
				print start + i * pages, pages
		}' /proc/zoneinfo
}

# movable_pages: the size of ZONE_MOVABLE, of its only node
movable_pages()
{
	awk '/^Node/ { movable = $4 == "Movable" }
	     movable && $1 == "spanned" { print $2 }' /proc/zoneinfo
}

# zone_ranges PAGES: all of ZONE_MOVABLE, in ranges of that size, for the hammer
zone_ranges()
{
	movable_ranges "$1" $(($(movable_pages) / $1)) > "$WORK/ranges"
}

# movable_managed NODE|all: what there is of ZONE_MOVABLE, there or on all nodes
movable_managed()
{
	awk -v node="$1" '
		/^Node/ { zone = $4 == "Movable" && (node == "all" || $2 == node ",") }
		zone && $1 == "managed" { sum += $2 }
		END { print sum + 0 }' /proc/zoneinfo
}

# zone_movable: is there one? Elsewhere any neighbour of a page can block it.
zone_movable()
{
	[ "$(movable_managed all)" -gt 0 ]
}
