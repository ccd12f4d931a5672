#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Why requests fail, and what was done: tracepoints, statistics and the list of failures
# say the same, and it is what was done. mode=observe says what would be done, and does
# nothing.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/explain.sh"

MODE=$PARAMETERS/mode
EVENTS=$TRACING/events/hugecontig
PAGES=6
trap cleanup_reasons EXIT

cleanup_reasons()
{
	rm -f "$WORK/hammer"
	[ ! -d $EVENTS ] || echo 0 > $EVENTS/enable
	cleanup
}

# --- what was seen ----------------------------------------------------------

trace_on()
{
	echo > $TRACING/trace
	echo 1 > $EVENTS/enable
}

trace_off()
{
	echo 0 > $EVENTS/enable
	grep -v '^#' $TRACING/trace > "$WORK/trace"
}

# traced EVENT [WORDS]: how often
traced()
{
	grep -c " $1: .*$2" "$WORK/trace"
}

# trace_sum EVENT KEY: of all of them
trace_sum()
{
	sed -n "s/.* $1: .* $2=\([0-9]*\).*/\1/p" "$WORK/trace" |
		awk '{ sum += $1 } END { print sum + 0 }'
}

# trace_pfns DONE: of the pages with which that was done, one a line
trace_pfns()
{
	sed -n "s/.* page: pfn=\(0x[0-9a-f]*\) .* done=$1 .*/\1/p" "$WORK/trace" | sort
}

# stats_sum PATTERN: of all statistics whose name is like that
stats_sum()
{
	awk -v pattern="^$1\$" '$1 ~ pattern { sum += $2 } END { print sum + 0 }' \
		$DEBUGFS/stats
}

# hexadecimal FILE: its numbers
hexadecimal()
{
	while read -r number; do
		printf '0x%x\n' "$number"
	done < "$1" | sort
}

# --- what is done -----------------------------------------------------------

# begin: pages of all kinds, and one that a driver has
begin()
{
	kept=$(cat $CONTIG/kept)
	pool_of_all_kinds $PAGES
}

end()
{
	pin_stop
	user_stop
}

# allocate_all_kinds: all of them, a pinned one, and a page of a driver; prints the codes
allocate_all_kinds()
{
	contig_alloc_pages "$WORK/used"
	echo
	contig_alloc_pages "$WORK/free"
	echo
	contig_alloc "$pinned" $PAGES_PER_HUGE
	contig_alloc "$kept" 1
}

test_agree()
{
	begin
	module_load
	trace_on
	allocate_all_kinds > "$WORK/codes"
	trace_off
	ktap_equal "act: codes" "$(xargs < "$WORK/codes")" \
		"${PAGES}x0 ${PAGES}x0 $EBUSY $EBUSY"
	requests=$((PAGES * 2 + 2))
	ktap_equal "requests: began, ended, are counted, are timed" \
		"$(traced request_begin) $(traced request_end) $(statistic requests) $(stats_sum 'request_us_(lt_[0-9]+|more)')" \
		"$requests $requests $requests $requests"
	ktap_equal "failures: traced, counted by reason, kept" \
		"$(traced request_end 'ret=-') $(stats_sum 'failed_.*') $(wc -l < $DEBUGFS/failures)" \
		"2 2 2"
	ktap_equal "replaced: traced, of requests, counted, of nodes, timed" \
		"$(traced page 'done=replaced') $(trace_sum request_end replaced) $(statistic free_replaced) $(stats_sum 'node[0-9]+_free_replaced') $(stats_sum 'replace_us_(lt_[0-9]+|more)')" \
		"$PAGES $PAGES $PAGES $PAGES $PAGES"
	ktap_equal "migrated: traced, of requests, counted, of nodes, timed" \
		"$(traced page 'done=migrated') $(trace_sum request_end migrated) $(statistic inuse_migrated) $(stats_sum 'node[0-9]+_inuse_migrated') $(stats_sum 'migrate_us_(lt_[0-9]+|more)')" \
		"$PAGES $PAGES $PAGES $PAGES $PAGES"
	ktap_equal "replaced: which pages" "$(trace_pfns replaced)" \
		"$(hexadecimal "$WORK/free")"
	ktap_equal "migrated: which pages" "$(trace_pfns migrated)" \
		"$(hexadecimal "$WORK/used")"
	ktap_true "a page: order, node, what was found" \
		grep -q ' page: .* order=9 node=0 found=in_use done=migrated reason=none duration=[1-9]' \
		"$WORK/trace"
	test_failures
	end
	module_unload
}

# failure KEY...: of the failure in the last line that standard input has
failure()
{
	tail -n 1 > "$WORK/failure"
	for key; do
		value_of "$key" < "$WORK/failure"
	done | xargs
}

# The huge page stays pinned meanwhile.
test_small_page()
{
	pinner=$pin_pid
	pin_start small_vmsplice
	contig_alloc "$pfn" 1 > /dev/null
	ktap_equal "a small page that is pinned" \
		"$(failure reason pfn < $DEBUGFS/failures)" \
		"pinned $(printf '0x%x' "$pfn")"
	pin_stop
	pin_pid=$pinner
}

test_failures()
{
	ktap_equal "the pinned page: kept" \
		"$(head -n 1 $DEBUGFS/failures | failure range result reason pfn replaced migrated mode)" \
		"$(pfn_range "$pinned" $PAGES_PER_HUGE) $EBUSY pinned $(printf '0x%x' "$pinned") 0 0 act"
	ktap_equal "the pinned page: traced" \
		"$(grep ' request_end: .* ret=-' "$WORK/trace" | head -n 1 | failure ret pfn reason)" \
		"$EBUSY $(printf '0x%x' "$pinned") pinned"
	ktap_equal "a driver's page: kept" \
		"$(failure range result reason pfn < $DEBUGFS/failures)" \
		"$(pfn_range "$kept" 1) $EBUSY unmovable $(printf '0x%x' "$kept")"
	caller=$(failure caller < $DEBUGFS/failures)
	ktap_equal "caller: $caller is of the module that asked" \
		"$(awk -v name="$caller" '$3 == name && $4 == "[contig_range]" { print $4; exit }' /proc/kallsyms)" \
		"[contig_range]"
	ktap_true "caller: traced" grep -q " request_begin: .* caller=$caller " "$WORK/trace"
	ktap_equal "pid, comm" "$(sed -n '$s/.* pid=/pid=/p' $DEBUGFS/failures)" \
		"pid=$$ comm=${0##*/}"
	age=$(($(date +%s) - $(failure time < $DEBUGFS/failures | cut -d . -f 1)))
	ktap_true "time: $age s ago" [ $((age / 60)) -eq 0 ]
	test_small_page
	# A name with a line break is no way to forge a line.
	printf 'a b\nf' > /proc/$$/comm
	contig_alloc "$kept" 1 > /dev/null
	echo "${0##*/}" > /proc/$$/comm
	ktap_equal "a name with a line break" \
		"$(tail -n 1 $DEBUGFS/failures | sed 's/.* comm=//')" 'a b\012f'
	for _ in $(seq 70); do
		contig_alloc "$kept" 1 > /dev/null
	done
	ktap_equal "no more than 64 are kept, the oldest one first" \
		"$(wc -l < $DEBUGFS/failures) $(value_of time < $DEBUGFS/failures | sort -c -n && echo sorted)" \
		"64 sorted"
	ktap_equal "failed, by reason" \
		"$(stats_sum 'failed_.*') $(($(statistic requests) - $(statistic requests_ok)))" \
		"$(stats_sum 'failed_(pinned|unmovable)') $(stats_sum 'failed_.*')"
}

test_observed_pages()
{
	ktap_equal "observe: which pages would be replaced" \
		"$(trace_pfns would_replace)" "$(hexadecimal "$WORK/free")"
	ktap_equal "observe: which pages would be migrated" \
		"$(trace_pfns would_migrate)" "$(hexadecimal "$WORK/used")"
	ktap_equal "observe: all is where it was" \
		"$(while read -r page; do
			explain_pages "$page" $PAGES_PER_HUGE
		done < "$WORK/all" | grep -c '^obstacle .*verdict=huge_[fi]')" \
		$((PAGES * 2))
}

# stock_codes: what allocate_all_kinds prints without the module. Kernels without a line here
# have not been asked.
stock_codes()
{
	case $(uname -r) in
	5.10.*) echo "${PAGES}x$EBUSY ${PAGES}x$EBUSY $EBUSY $EBUSY" ;;
	6.12.118* | 7.[23].*) echo "${PAGES}x0 ${PAGES}x0 $EBUSY $EBUSY" ;;
	esac
}

# The same of a kernel without the module, off, and observed.
test_observe()
{
	begin
	allocate_all_kinds > "$WORK/stock"
	end
	module_load mode=observe
	ktap_equal "observe: shown" \
		"$(cat $MODE) $(sed -n 's/^mode: //p' $DEBUGFS/status)" "observe observe"
	begin
	state=$(pool_state)
	trace_on
	allocate_all_kinds > "$WORK/codes"
	trace_off
	ktap_equal "stock: codes" "$(xargs < "$WORK/stock")" "$(stock_codes)"
	ktap_equal "observe: codes as without the module" \
		"$(xargs < "$WORK/codes")" "$(xargs < "$WORK/stock")"
	ktap_equal "observe: pool" "$(pool_state)" "$state"
	ktap_equal "observe: nothing was done" \
		"$(statistic free_replaced) $(statistic inuse_migrated) $(statistic settled)" "0 0 0"
	ktap_equal "observe: what would be done, counted and traced" \
		"$(($(statistic would_replace) + $(statistic would_migrate))) $(traced page 'done=would_[rm]')" \
		"$((PAGES * 2)) $((PAGES * 2))"
	ktap_equal "observe: the pinned page" \
		"$(grep "range=$(pfn_range "$pinned" $PAGES_PER_HUGE) " $DEBUGFS/failures | failure reason pfn mode)" \
		"pinned $(printf '0x%x' "$pinned") observe"
	if native; then
		reason="the kernel moves huge pages itself, among them"
		ktap_skip "observe: which pages would be replaced" "$reason"
		ktap_skip "observe: which pages would be migrated" "$reason"
		ktap_skip "observe: all is where it was" "$reason"
	else
		test_observed_pages
	fi
	ktap_true "observe: contents" end
	test_back_to_act
	module_unload
}

test_back_to_act()
{
	echo act > $MODE
	begin
	allocate_all_kinds > "$WORK/codes"
	ktap_equal "act again: codes" "$(xargs < "$WORK/codes")" \
		"${PAGES}x0 ${PAGES}x0 $EBUSY $EBUSY"
	ktap_equal "act again: done" \
		"$(statistic free_replaced) $(statistic inuse_migrated)" "$PAGES $PAGES"
	for value in foo "" Y observed; do
		parameter_refuses mode "$value"
	done
	ktap_true "act again: contents" end
}

contig_load
ktap_plan 37
test_agree
test_observe

ktap_finish
