#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# While 1 GiB pages are asked for and given back all the time: pages in use that are
# written to, processes that fork, fault and exit, the pool of 2 MiB pages grows and
# shrinks, memory goes off and on line, or fails, somebody looks at it, askers are
# killed. No word of a page is wrong, and both pools are as large as they shall be. Needs
# the guest of test_gigantic_growth.sh.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/gigantic.sh"
. "$TESTS/lib/attacks.sh"

WANTED=4
PAGES=64
: "${SECONDS_EACH:=8}"
BLOCKS=4
# The first 2 of 4 GiB above 4 GiB are poisoned: the other 2 can still become 1 GiB pages.
FIRST=1048576
NR_PAGES=524288

cleanup_attacks()
{
	rm -f "$WORK/busy"
	wait
	cleanup_gigantic
	[ ! -d /sys/module/pool_walk ] || rmmod pool_walk
}

# ask_while_busy: for 1 GiB pages, as long as there is a file "busy"
ask_while_busy()
{
	while [ -e "$WORK/busy" ]; do
		echo $WANTED > $GIGANTIC
		cat $GIGANTIC >> "$WORK/had"
		echo 0 > $GIGANTIC
	done
}

# seconds_long COMMAND...: over and over
seconds_long()
{
	until_then=$(($(date +%s) + SECONDS_EACH))
	while [ "$(date +%s)" -lt $until_then ]; do
		"$@"
	done
}

# many_times COMMAND...: with no process in between
many_times()
{
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		"$@"
	done
}

# What an attack prints went wrong. It counts in $WORK/done what it did.

writers()
{
	sleep $SECONDS_EACH
	kill -0 $user_pid && echo >> "$WORK/done"
}

storms()
{
	for case in fork exit unmap; do
		"$TESTS/hugetlb_storm" 3 $case > "$WORK/storm" 2>&1
		if grep -q "^$case ok" "$WORK/storm"; then
			echo >> "$WORK/done"
		elif ! grep -q "^$case SKIP" "$WORK/storm"; then
			cat "$WORK/storm"
		fi
	done
}

resize()
{
	for pages in $((PAGES * 2)) $((PAGES + 16)) $((PAGES * 3)); do
		echo $pages > $POOL/nr_hugepages
		[ "$(cat $POOL/nr_hugepages)" -ge $PAGES ] || echo "lost pages"
		echo >> "$WORK/done"
		sleep 0.2
	done
}

# blocks: the last ones of the memory, which may or may not be had
blocks()
{
	for block in $(find $MEMORY -name 'memory[0-9]*' | sed 's/.*memory//' |
		sort -n | tail -n $BLOCKS); do
		echo offline > $MEMORY/memory$block/state &&
			echo >> "$WORK/done"
		echo online > $MEMORY/memory$block/state
		[ "$(cat $MEMORY/memory$block/state)" = online ] ||
			echo "memory$block stays off line"
	done 2> /dev/null
}

askers_are_killed()
{
	sh -c "echo $WANTED > $GIGANTIC" &
	usleep 70000
	kill -KILL $! 2> /dev/null
	wait $! 2> /dev/null
	[ $? -ne 137 ] || echo >> "$WORK/done"
}

# explain_each_gib: its first page, again and again. A look must not hold a page that is
# taken to pieces just then.
explain_each_gib()
{
	for gib in 0 1 2 3; do
		pfn=$(printf '0x%x' $((FIRST + gib * 262144)))
		echo "$pfn-$pfn" > $DEBUGFS/explain
		read -r answer < $DEBUGFS/explain
		[ -n "$answer" ] || echo "nothing is said of $pfn"
		echo >> "$WORK/done"
	done
}

# poison_free: pages above 4 GiB, a few hundred blocks from one to the next
poison_free()
{
	"$TESTS/page_flags" buddy $FIRST $NR_PAGES | awk 'NR % 300 == 1' |
		while read -r pfn; do
			echo "$pfn" > $INJECT && echo >> "$WORK/done"
		done 2> /dev/null
}

# poison: free pages, while no 1 GiB page is made of them or taken to pieces: the stock
# kernel keeps a reference to one that fails just then, and warns "pages are still in
# use" later. And pages of a process, which gets others, at any time.
poison()
{
	kill -STOP $asker
	until grep -q "^State:.T" /proc/$asker/status; do
		usleep 10000
	done
	poison_free
	kill -CONT $asker
	"$TESTS/hugetlb_storm" 3 offline | grep -v "^offline ok"
}

# corrupted: kB
corrupted()
{
	awk '$1 == "HardwareCorrupted:" { print $2 }' /proc/meminfo
}

# asked: how often 1 GiB pages were asked for, and how often there was one
asked()
{
	awk '$1 > 0 { had++ } END { print NR, had + 0 }' "$WORK/had"
}

# attack NAME COMMAND...: all of it at once
attack()
{
	name=$1
	shift
	pool_resize 0
	pool_resize $((PAGES * 2))
	user_start -t shared -n $PAGES -w 2
	: > "$WORK/had"
	: > "$WORK/done"
	touch "$WORK/busy"
	ask_while_busy &
	asker=$!
	ktap_equal "$name: what went wrong" "$("$@")" ""
	rm "$WORK/busy"
	wait $asker
	echo 0 > $GIGANTIC
	echo "# $name: 1 GiB pages had: $(sort "$WORK/had" | uniq -c | xargs)"
	done=$(wc -l < "$WORK/done")
	ktap_true "$name: was done $done times" [ "$done" -gt 0 ]
	# shellcheck disable=SC2046 # two numbers
	set -- $(asked)
	ktap_true "$name: 1 GiB pages were had $2 of $1 times" [ "$2" -gt $(($1 / 2)) ]
	pool_resize $((PAGES * 2))
	ktap_equal "$name: pool" "$(pool_state)" "$((PAGES * 2)) $PAGES 0 0"
	ktap_equal "$name: lists of the pool" "$(disagreements)" ""
	ktap_true "$name: contents" user_stop
	sed -n '/second\|ruled\|busy/s/^/# /p' $DEBUGFS/stats
}

gigantic_begin
trap cleanup_attacks EXIT
walk_load
ktap_plan 44

module_load
attack "writers" writers
attack "storms" storms
attack "resize" seconds_long resize
attack "blocks" seconds_long blocks
attack "explained" seconds_long many_times explain_each_gib
attack "killed" seconds_long askers_are_killed
if [ -w $INJECT ]; then
	attack "poison" poison
	ktap_true "poison: $(corrupted) kB" [ "$(corrupted)" -gt 0 ]
else
	for name in 1 2 3 4 5 6 7; do
		ktap_skip "poison, $name" "no hwpoison-inject in this kernel"
	done
fi
ktap_true "second passes: $(statistic second_passes_ok) of $(statistic second_passes) had a page" \
	[ "$(statistic second_passes_ok)" -gt 0 ]
module_unload

ktap_finish
