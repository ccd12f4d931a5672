#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What a 1 GiB page costs, in instructions of the guest: where the stock kernel has one,
# as much as there; else by the number of 2 MiB pages that have to be moved for it; and
# where it can not be had, little more than the stock kernel needs to find that out.
# Needs a clock that counts instructions, of 2 ns each (-icount shift=1):
# CLOCK=instructions.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/gigantic.sh"

# Each figure is the median of so many, or the lower one of two.
ROUNDS=3
PUT_ROUNDS=2
# For each, 2 MiB pages in each GiB. The second and the third one make a line, and the
# last one is not above it.
ONE=1
FEW=16
MORE=128
MANY=256
LINEAR_PERCENT=105
PLAIN_PERCENT=101
HOPELESS_PERCENT=150
# Where the stock kernel looks at the first page of each GiB only.
HOPELESS_EACH_GIB=1000
: "${CLOCK:=time}"

# measure COMMAND...: the median of the figures that it prints, if there are enough
measure()
{
	"$@" > "$WORK/figures"
	echo "# $*: $(xargs < "$WORK/figures")" >&3
	sort -n "$WORK/figures" | awk -v least=$PUT_ROUNDS '
		{ value[NR] = $1 }
		END { if (NR >= least) print value[int((NR + 1) / 2)] }'
}

# attempt PAGES: instructions of an attempt that gets so many
attempt()
{
	ns=$("$TESTS/timed_write" $GIGANTIC 1)
	[ "$(cat $GIGANTIC)" -ne "$1" ] || echo $((ns / 2))
	echo 0 > $GIGANTIC
}

# alternate: instructions of a page without the module's redirects and with them, in turn,
# as what the kernel tries first, and fails with, changes from one to the next. At first it
# changes most.
alternate()
{
	tidy
	attempt 1 > /dev/null
	attempt 1 > /dev/null
	: > "$WORK/off"
	: > "$WORK/on"
	for _ in $(seq $ROUNDS); do
		echo N > $PARAMETER
		attempt 1 >> "$WORK/off"
		echo Y > $PARAMETER
		attempt 1 >> "$WORK/on"
	done
}

# failures: again and again
failures()
{
	for _ in $(seq $ROUNDS); do
		attempt 0
	done
}

# among PER_GIB: what a page takes, with so many free pages of 2 MiB in each GiB, beyond
# what the stock kernel takes to see that it has none. They are moved for it, and have to
# be put there each time.
among()
{
	for _ in $(seq $PUT_ROUNDS); do
		scatter_start "$1" spread > /dev/null || return 1
		user_stop || return 1
		tidy
		fails=0
		if ! moves_huge_pages; then
			echo N > $PARAMETER
			fails=$(attempt 0)
			echo Y > $PARAMETER
		fi
		page=$(attempt 1)
		[ -z "$fails" ] || [ -z "$page" ] || echo $((page - fails))
		pool_resize 0
	done
}

# at_most WHAT IS CONTROL PERCENT [MORE]
at_most()
{
	ktap_true "$1: ${2:-no figure}, ${3:-no figure} to compare with" \
		within "$2" "$3" "$4" "${5:-0}"
}

within()
{
	[ -n "$1" ] && [ -n "$2" ] && [ $((100 * ($1 - $4))) -le $(($2 * $3)) ]
}

# hopeless NAME PERCENT [MORE]
hopeless()
{
	stock=$(measure failures)
	module_load
	at_most "$1" "$(measure failures)" "$stock" "$2" "${3:-0}"
	ktap_true "$1: a second pass" [ "$(statistic second_passes)" -gt 0 ]
	module_unload
}

[ "$CLOCK" = instructions ] ||
	ktap_skip_all "the clock of this guest does not count instructions"
gigantic_begin
rehearse
[ "$(gigantic_had 1)" -eq 1 ] || ktap_skip_all "no 1 GiB page can be had at all"
exec 3>&1
ktap_plan 8

module_load
alternate
stock=$(measure cat "$WORK/off")
plain=$(measure cat "$WORK/on")
at_most "nothing to be moved" "$plain" "$stock" $PLAIN_PERCENT
one=$(measure among $ONE)
few=$(measure among $FEW)
more=$(measure among $MORE)
many=$(measure among $MANY)
module_unload
echo "# 1 GiB page with 0, $ONE, $FEW, $MORE, $MANY pages of 2 MiB:" \
     "$plain $one $few $more $many"
# What is left of a GiB costs less the more of it has to be moved, which may outweigh that.
[ "${more:-0}" -gt "${few:-0}" ] || more=$few
line=$((few + (more - few) * (MANY - FEW) / (MORE - FEW)))
at_most "$MANY pages of 2 MiB among them" "$many" $line $LINEAR_PERCENT

scatter_start 3 spread pin
hopeless "all ranges pinned" $HOPELESS_PERCENT
user_stop
scatter_start 3 low pin
hopeless "all ranges pinned at once" 100 \
	"$((HOPELESS_EACH_GIB * $(awk '$1 == "MemTotal:" { print int($2 / 1048576) + 2 }' /proc/meminfo)))"
user_stop
pool_resize 0
pool_resize "$(awk '$1 == "MemFree:" { print int($2 / 2048) - 64 }' /proc/meminfo)"
hopeless "no memory left" $HOPELESS_PERCENT

ktap_finish
