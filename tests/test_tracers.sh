#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Others want the same functions, before hugecontig and after it: who only looks
# at them sees them, who needs them alone is refused, or hugecontig is. And
# whoever loads, switches or unloads it is killed meanwhile.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/attacks.sh"

TRACERS="kprobe kretprobe perf function function_graph"
LOCKDOWN=/sys/kernel/security/lockdown
: "${KILLS:=100}"

trap cleanup_tracers EXIT
tracer_pids=

cleanup_tracers()
{
	rm -f "$WORK/storm"
	events_off
	ftrace_off
	# shellcheck disable=SC2086 # a list
	[ -z "$tracer_pids" ] || kill -KILL $tracer_pids 2>/dev/null
	echo 1 > /proc/sys/kernel/ftrace_enabled
	cleanup
}

# --- the module -------------------------------------------------------------

switch_on()
{
	echo Y > $PARAMETER
}

TAKEN="2x0, 1 replaced, 1 migrated"

# take_free_and_used: a free huge page and one in use are taken from the pool
take_free_and_used()
{
	free=$(statistic free_replaced)
	inuse=$(statistic inuse_migrated)
	user_start -t private -n 2
	user_stop
	cp "$WORK/user.pfns" "$WORK/pfns"
	user_start -t private -n 1
	codes=$(contig_alloc_pages "$WORK/pfns")
	user_stop || codes="contents changed, $codes"
	echo "$codes, $(($(statistic free_replaced) - free)) replaced," \
	     "$(($(statistic inuse_migrated) - inuse)) migrated"
}

# --- those who look: tracer_on TRACER, tracer_off TRACER --------------------

ftrace_on()
{
	echo > $TRACING/trace
	echo "$FUNCTIONS" > $TRACING/set_ftrace_filter
	echo "$1" > $TRACING/current_tracer
}

ftrace_off()
{
	echo nop > $TRACING/current_tracer
	echo > $TRACING/set_ftrace_filter
}

# attach HOW FUNCTION: succeeds if it is attached; what was said is in a file
attach()
{
	holder_start "$WORK/tracer.$2" attached "$TESTS/tracer" "$1" "$2"
	attached=$?
	tracer_pids="$tracer_pids $holder_pid"
	return $attached
}

# detach: returns the exit code of the last one, which may have ended before
detach()
{
	# shellcheck disable=SC2086 # a list
	kill -TERM $tracer_pids 2>/dev/null
	# shellcheck disable=SC2086
	wait $tracer_pids
	tracer_result=$?
	tracer_pids=
	return $tracer_result
}

# can_fentry NAME RESULT...: the stock kernel can do it; otherwise a SKIP for each
can_fentry()
{
	name=$1
	shift
	attach fentry "$ALLOC_CONTIG"
	detach
	[ $? -eq $KSFT_SKIP ] || return 0
	for result; do
		ktap_skip "$name: $result" \
			"$(cat "$WORK/tracer.$ALLOC_CONTIG")"
	done
	return 1
}

tracer_on()
{
	case $1 in
	kprobe) events_on p ;;
	kretprobe) events_on r ;;
	perf)
		for function in $FUNCTIONS; do
			attach perf "$function"
		done
		;;
	*) ftrace_on "$1" ;;
	esac
}

# tracer_off TRACER: $WORK/hits has "FUNCTION HITS"
tracer_off()
{
	case $1 in
	k*)
		cat $TRACING/kprobe_profile > "$WORK/hits"
		events_off
		;;
	perf)
		detach
		for function in $FUNCTIONS; do
			sed -n "s/^hits/$function/p" "$WORK/tracer.$function"
		done > "$WORK/hits"
		;;
	*)
		for function in $FUNCTIONS; do
			echo "$function" "$(grep -c " $function\(()\| <-\)" \
				$TRACING/trace)"
		done > "$WORK/hits"
		ftrace_off
		;;
	esac
}

# seen: how often alloc_contig_range() and move_hugetlb_state() were called
seen()
{
	awk -v contig="$ALLOC_CONTIG" '
		$1 == contig { print "alloc_contig", $2 }
		$1 == "move_hugetlb_state" { print $1, $2 }' "$WORK/hits" |
		sort | xargs
}

# test_tracer TRACER
test_tracer()
{
	# Each call is one of the kernel, and one of ours of the original. Before
	# 0c0593b45c9b ("x86/ftrace: Make function graph use ftrace directly",
	# v5.17) the entry of function_graph comes after those of others: the
	# first is a call of the replacement, for which it has no filter.
	calls="alloc_contig 4 move_hugetlb_state 2"
	[ "$1" != function_graph ] ||
		grep -q ' ftrace_graph_func$' /proc/kallsyms ||
		calls="alloc_contig 2 move_hugetlb_state 1"

	tracer_on "$1"
	module_load
	ktap_equal "$1, then hugecontig: ranges" "$(take_free_and_used)" "$TAKEN"
	tracer_off "$1"
	ktap_equal "$1, then hugecontig: calls seen" "$(seen)" "$calls"
	ktap_equal "$1, then hugecontig: alone" "$(switch_state)" Y

	tracer_on "$1"
	ktap_equal "hugecontig, then $1: ranges" "$(take_free_and_used)" "$TAKEN"
	module_unload
	state=$(switch_state)
	tracer_off "$1"
	ktap_equal "hugecontig, then $1: calls seen" "$(seen)" "$calls"
	ktap_equal "hugecontig, then $1: unloaded" "$state" unloaded
}

# Tracers come and go while the module is switched.
storm_of_tracers()
{
	while [ -e "$WORK/storm" ]; do
		for tracer in kprobe function function_graph; do
			tracer_on $tracer
			tracer_off $tracer
		done
	done
}

test_storm()
{
	module_load
	touch "$WORK/storm"
	storm_of_tracers &
	storm_pid=$!
	switches=0
	while [ $switches -lt 30 ] && echo N > $PARAMETER &&
	      echo Y > $PARAMETER; do
		switches=$((switches + 2))
	done
	rm "$WORK/storm"
	wait $storm_pid
	ktap_equal "tracers come and go" "$switches switched, $(switch_state), $(take_free_and_used)" \
		"30 switched, Y, $TAKEN"
	module_unload
}

# --- those who need a function alone ----------------------------------------

# test_fentry FUNCTION
test_fentry()
{
	taken="$1 can not be redirected (-16): a livepatch, a kprobe with a post handler or a BPF program holds it"
	can_fentry "BPF fentry on $1" load enable stays freed refused works off ||
		return
	attach fentry "$1"
	before=$(cat $TRACING/enabled_functions)
	refuses "BPF fentry on $1: load" unloaded "$taken" module_load
	module_load enabled=N
	refuses "BPF fentry on $1: enable" N "$taken" switch_on
	ktap_equal "BPF fentry on $1: stays" \
		"$(cat $TRACING/enabled_functions)" "$before"
	detach
	ktap_true "BPF fentry on $1: freed" switch_on

	attach fentry "$1"
	detach
	ktap_equal "hugecontig, then BPF fentry on $1: refused" \
		"$(cat "$WORK/tracer.$1")" "attach: Device or resource busy"
	ktap_equal "hugecontig, then BPF fentry on $1: works" \
		"$(switch_state), $(take_free_and_used)" "Y, $TAKEN"
	echo N > $PARAMETER
	ktap_true "hugecontig, then BPF fentry on $1: off" attach fentry "$1"
	detach
	module_unload
}

# shares_fentry: can both have a function? Since 00963a2e75a8 ("bpf: Support
# bpf_trampoline on functions with IPMODIFY (e.g. livepatch)", v6.0) they can.
shares_fentry()
{
	grep -q ' bpf_tramp_ftrace_ops_func$' /proc/kallsyms
}

# test_fentry_shared FUNCTION: neither is in the other's way
test_fentry_shared()
{
	can_fentry "BPF fentry on $1" ranges stays after attached alone || return
	attach fentry "$1"
	module_load
	ktap_equal "BPF fentry on $1, then hugecontig: ranges" "$(take_free_and_used)" "$TAKEN"
	module_unload
	ktap_true "BPF fentry on $1, then hugecontig: stays attached" detach
	module_load
	attach fentry "$1"
	ktap_equal "hugecontig, then BPF fentry on $1: ranges" "$(take_free_and_used)" "$TAKEN"
	ktap_true "hugecontig, then BPF fentry on $1: attached" detach
	ktap_equal "hugecontig, then BPF fentry on $1: alone" \
		"$(switch_state), $(take_free_and_used)" "Y, $TAKEN"
	module_unload
}

# The program runs on, whatever was tried meanwhile. Who shares the function with it
# has it called twice for each range.
test_fentry_counts()
{
	can_fentry "BPF fentry" "counts on" || return
	hits=2
	! shares_fentry || hits=4
	attach fentry "$ALLOC_CONTIG"
	module_load 2>/dev/null || module_load enabled=N
	switch_on 2>/dev/null
	take_free_and_used > "$WORK/codes"
	module_unload
	detach
	ktap_equal "BPF fentry: counts on" \
		"$(sed -n 's/^hits //p' "$WORK/tracer.$ALLOC_CONTIG")" $hits
}

# insmod_later EXPECTED NAME FILE ARGUMENT...: the kernel refuses it, or not;
# hugecontig goes on, with it or without
insmod_later()
{
	expected=$1
	name=$2
	shift 2
	result=refused
	! insmod "$@" 2>/dev/null || result=loaded
	ktap_equal "hugecontig, then $name" "$(switch_state), $(take_free_and_used)" "Y, $TAKEN"
	[ $result = refused ] || rmmod "$(basename "$1" .ko)"
	ktap_equal "hugecontig, then $name: the kernel" $result "$expected"
}

test_alone()
{
	# 7.x lets both have the function.
	kprobe=refused
	! has_function alloc_contig_frozen_range_noprof || kprobe=loaded
	module_load
	for function in $FUNCTIONS; do
		insmod_later $kprobe "kprobe with a post handler on $function" \
			"$TESTS/modules/slot_kprobe/slot_kprobe.ko" \
			symbol="$function"
	done
	insmod_later refused "livepatch" \
		"$TESTS/modules/slot_livepatch/slot_livepatch.ko"
	module_unload
}

test_ftrace_off()
{
	first=isolate_migratepages_block
	! has_function replace_free_hugepage_folios ||
		first=replace_free_hugepage_folios
	refusal="$first can not be redirected (-16): a livepatch, a kprobe with a post handler or a BPF program holds it, or kernel.ftrace_enabled is 0"
	if ! echo 0 2>/dev/null > /proc/sys/kernel/ftrace_enabled; then
		for result in load enable "=1 again"; do
			ktap_skip "ftrace_enabled: $result" \
				"this kernel does not switch ftrace off"
		done
		return
	fi
	refuses "ftrace_enabled=0: load" unloaded "$refusal" module_load
	module_load enabled=N
	refuses "ftrace_enabled=0: enable" N "$refusal" switch_on
	echo 1 > /proc/sys/kernel/ftrace_enabled
	switch_on
	ktap_equal "ftrace_enabled=1 again" "$(switch_state), $(take_free_and_used)" "Y, $TAKEN"
	module_unload
}

# --- SIGKILL ----------------------------------------------------------------

# random_kills SEED: lines "WHAT MICROSECONDS"
random_kills()
{
	awk -v seed="$1" -v count=$KILLS 'BEGIN {
		srand(seed)
		split("load unload Y N", what)
		for (i = 0; i < count; i++)
			print what[1 + int(rand() * 4)], int(rand() * rand() * 200000)
	}'
}

# act WHAT: in the process that is to be killed
act()
{
	case $1 in
	load) exec insmod "$MODULE" ;;
	unload) exec rmmod hugecontig ;;
	*) echo "$1" > $PARAMETER ;;
	esac
}

test_kills()
{
	: "${SEED:=$(date +%s)}"
	echo "# SEED=$SEED"
	before=$(cat $TRACING/enabled_functions)
	random_kills "$SEED" > "$WORK/kills"
	killed=0
	ended=0
	: > "$WORK/untrue"
	while read -r what microseconds; do
		act "$what" 2>/dev/null &
		usleep "$microseconds"
		kill -KILL $! 2>/dev/null
		wait $! 2>/dev/null
		case $? in
		137) killed=$((killed + 1)) ;;
		*) ended=$((ended + 1)) ;;
		esac
		result=$(switch_state)
		case $result in
		Y | N | unloaded) ;;
		*) echo "$what $microseconds: $result" >> "$WORK/untrue" ;;
		esac
	done < "$WORK/kills"
	ktap_true "SIGKILL: $killed killed, $ended came to their end" \
		[ $killed -gt $((KILLS / 10)) -a $ended -gt $((KILLS / 10)) ]
	ktap_equal "SIGKILL: the state is true" "$(cat "$WORK/untrue")" ""
	module_loaded || module_load
	switch_on
	ktap_equal "SIGKILL: it works" "$(switch_state), $(take_free_and_used)" "Y, $TAKEN"
	module_unload
	ktap_equal "SIGKILL: nothing is left" \
		"$(switch_state) $(cat $TRACING/enabled_functions)" "unloaded $before"
}

# --- lockdown ---------------------------------------------------------------

# test_lockdown: the last one, as only a reboot ends it
test_lockdown()
{
	if [ ! -f /arguments ]; then
		reason="only in a guest: it lasts until the next boot"
	elif ! mount -t securityfs securityfs /sys/kernel/security ||
	     ! grep -q integrity $LOCKDOWN; then
		reason="the kernel has no lockdown"
	else
		reason=
	fi
	if [ -n "$reason" ]; then
		for result in "debugfs" "explain" "explain_target" "read" "off" \
			"on" "unload" "load"; do
			ktap_skip "lockdown: $result" "$reason"
		done
		return
	fi
	module_load
	echo integrity > $LOCKDOWN
	# It closes the other one.
	SWITCHES=$PARAMETER
	(echo N > $DEBUGFS/enabled) 2>/dev/null
	ktap_equal "lockdown: debugfs does not switch" "$? $(switch_state)" "1 Y"
	(echo all > $DEBUGFS/explain) 2>/dev/null
	ktap_equal "lockdown: debugfs is not asked" "$?" 1
	echo 0x1000-0x1fff > ${PARAMETER%/*}/explain_target
	ktap_equal "lockdown: the parameter asks" \
		"$(head -n 1 $DEBUGFS/explanation)" "target range=0x1000-0x1fff node=any zone=any"
	ktap_equal "lockdown: what can be read" \
		"$(cat $DEBUGFS/stats $DEBUGFS/status $DEBUGFS/failures 2>&1 | grep -c denied)" 0
	echo N > $PARAMETER
	ktap_equal "lockdown: the parameter disables" "$(switch_state)" N
	switch_on
	ktap_equal "lockdown: the parameter enables" "$(switch_state)" Y
	module_unload
	ktap_equal "lockdown: unload" "$(switch_state)" unloaded
	module_load 2>/dev/null
	ktap_equal "lockdown: unsigned, it is not loaded again" "$(switch_state)" \
		unloaded
}

contig_load
# shellcheck disable=SC2086 # a list
set -- $FUNCTIONS
fentry_results=7
fentry_test=test_fentry
if shares_fentry; then
	fentry_results=5
	fentry_test=test_fentry_shared
fi
ktap_plan $((5 * 6 + 1 + $# * fentry_results + 1 + ($# + 1) * 2 + 3 + 4 + 8))
pool_resize 2

for tracer in $TRACERS; do
	test_tracer "$tracer"
done
test_storm
for function in $FUNCTIONS; do
	$fentry_test "$function"
done
test_fentry_counts
test_alone
test_ftrace_off
test_kills
test_lockdown

ktap_finish
