# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034
#
# What the tests of hugecontig share: the module, ranges to allocate, and (lib/pool.sh)
# the pool of 2 MiB pages. Scripts set TESTS to the directory of the tests before they
# read this file.

. "$TESTS/lib/ktap.sh"
. "$TESTS/lib/pool.sh"

# Another build of it for test_broken.sh.
: "${MODULE:=$TESTS/../hugecontig.ko}"
DEBUGFS=/sys/kernel/debug/hugecontig
PARAMETERS=/sys/module/hugecontig/parameters
PARAMETER=$PARAMETERS/enabled
SWITCHES="$PARAMETER $DEBUGFS/enabled"
FREE_BLOCKS=$PARAMETERS/free_blocks
TRACING=/sys/kernel/tracing
POOL=/sys/kernel/mm/hugepages/hugepages-2048kB
CONTIG=/sys/kernel/debug/contig_range
INJECT=/sys/kernel/debug/hwpoison/corrupt-pfn
PAGES_PER_HUGE=512

# What there is in this kernel of the functions that the tests ask for. Busybox looks for
# fixed strings many times faster than for expressions.
KERNEL_FUNCTIONS=$(grep -F -e alloc_contig_ -e isolate_or_dissolve_huge_ \
	-e replace_free_hugepage_folios -e follow_hugetlb_page /proc/kallsyms |
	sed 's/.* //')

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

ALLOC_CONTIG_PAGES=$(echo $ALLOC_CONTIG | sed s/range/pages/)

# What is redirected.
FUNCTIONS="$ALLOC_CONTIG_PAGES $ALLOC_CONTIG hugetlb_vm_op_close isolate_migratepages_block"
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

# debug_kernel: one with lockdep and the like, where all takes longer
debug_kernel()
{
	[ -e /proc/lockdep ]
}

# kasan_kernel: one that also has to see each page that is allocated or freed
kasan_kernel()
{
	grep -q -F ' kasan_report' /proc/kallsyms
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
	if kasan_kernel; then
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

# switch_state: Y or N if every file shows that and the functions are redirected accordingly;
# unloaded if there is no module and nothing is redirected
switch_state()
{
	functions=$(redirected | sort | xargs)
	if ! module_loaded; then
		echo "unloaded${functions:+, but $functions}"
		return
	fi
	shown=$({ cat $SWITCHES; sed -n 's/^enabled: //p' $DEBUGFS/status; } | sort -u | xargs)
	case "$shown $functions" in
	"Y $FUNCTIONS" | "N ") echo $shown ;;
	*) echo "shown as $shown, but '$functions'" ;;
	esac
}

# said_since LINE: what the module said after that many lines of the kernel's log. insmod of
# busybox tries both system calls: each line once. The kernel's own lines about a parameter
# begin with a back quote.
said_since()
{
	dmesg | tail -n "+$(($1 + 1))" | sed -n 's/^.*hugecontig: //p' |
		grep -v 'taint\|verification\|^`' | sort -u
}

# refuses NAME STATE MESSAGE COMMAND...: the command fails, the module says one line with the
# message, in which a star stands for anything, and the switch is in that state
refuses()
{
	refuses_name=$1
	refuses_state=$2
	refuses_message=$3
	shift 3
	refuses_lines=$(dmesg | wc -l)
	if "$@" 2>/dev/null; then
		ktap_fail "$refuses_name" "was not refused"
		return
	fi
	refuses_said=$(said_since "$refuses_lines")
	case $refuses_said in
	*$refuses_message*)
		ktap_equal "$refuses_name" \
			"$(echo "$refuses_said" | wc -l) line, $(switch_state)" \
			"1 line, $refuses_state"
		;;
	*)
		ktap_fail "$refuses_name" "said '$refuses_said', expected '$refuses_message'"
		;;
	esac
}

# parameter_refuses NAME VALUE: the module says so, and the parameter stays as it is
parameter_refuses()
{
	parameter_was=$(cat "$PARAMETERS/$1")
	dmesg -c > /dev/null
	echo "$2" 2> /dev/null > "$PARAMETERS/$1"
	ktap_equal "$1: '$2' is refused" \
		"$(cat "$PARAMETERS/$1") $(dmesg | grep -c "hugecontig: $1: ")" \
		"$parameter_was 1"
}

# livepatch_remove: slot_livepatch.ko lets go, which takes a transition
livepatch_remove()
{
	echo 0 > /sys/kernel/livepatch/slot_livepatch/enabled
	while ! rmmod slot_livepatch 2>/dev/null; do
		sleep 0.2
	done
}

# statistic NAME
statistic()
{
	sed -n "s/^$1 //p" $DEBUGFS/stats
}

# capability NAME: the word that the status has for it
capability()
{
	sed -n "s/^$1: \([a-z]*\).*/\1/p" $DEBUGFS/status
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

# hammer_succeeds: a result. 45 percent is half of what 5.10 was seen to do.
hammer_succeeds()
{
	share=$(awk '$1 == 0 { found++ } END { print int(found * 100 / NR) }' "$WORK/codes")
	ktap_true "ranges were allocated meanwhile: $share %" [ "$share" -ge 45 ]
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

# virtio_mem_ranges: "FIRST LAST", addresses of virtio-mem that the kernel has as memory
virtio_mem_ranges()
{
	sed -n 's/^ *\(.*\)-\(.*\) : System RAM (virtio_mem)$/0x\1 0x\2/p' /proc/iomem
}

# virtio_mem_bytes: how much that is
virtio_mem_bytes()
{
	virtio_mem_ranges | {
		bytes=0
		while read -r first last; do
			bytes=$((bytes + last + 1 - first))
		done
		echo $bytes
	}
}
