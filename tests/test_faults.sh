#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Every allocation on the way fails once, at every place: the answer is honest,
# the pool and the contents are what they were, nothing is left half done. Needs
# a kernel with fault injection.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"

PAGES=8

# More than there are places at which an allocation can fail.
MOST_PLACES=400

# fail_in N FILE TEXT: the N-th allocation fails while the text is written to the
# file. $reached is no if there are not that many. The shell itself writes: the
# files are open by then, so that there is no other system call.
fail_in()
{
	# shellcheck disable=SC2094 # two files that are never both in use
	exec 4> "$2" 5> /proc/self/fail-nth 6< /proc/self/fail-nth
	echo "$1" >&5
	echo "$3" 2>&- >&4
	read -r left <&6
	echo 0 >&5
	exec 4>&- 5>&- 6<&-
	reached=yes
	[ "$left" -eq 0 ] || reached=no
}

# fail_everywhere FUNCTION: at each place in turn; the function sets $pfn
fail_everywhere()
{
	place=0
	: > "$WORK/codes"
	while [ $place -lt $MOST_PLACES ]; do
		place=$((place + 1))
		$1 || return 1
		# shellcheck disable=SC2031 # set by the function just called
		fail_in $place $CONTIG/alloc "$pfn $PAGES_PER_HUGE"
		cut -d ' ' -f 1 $CONTIG/result >> "$WORK/codes"
		[ $reached = yes ] || break
	done
	[ $place -lt $MOST_PLACES ]
}

# A free page of the pool, wherever it is now.
free_page()
{
	user_start -t private -n 1 && user_stop
	pfn=$(head -n 1 "$WORK/user.pfns")
}

# A page in use, of a user of its own.
used_page()
{
	[ -z "$user_pid" ] || user_stop || echo lost >> "$WORK/lost"
	user_start -t shared -n 1
	pfn=$(head -n 1 "$WORK/user.pfns")
}

# unexpected_codes: a replacement that can not be had is -ENOMEM; where another
# allocation fails the range is busy.
unexpected_codes()
{
	grep -v -x -e 0 -e $ENOMEM -e $EBUSY "$WORK/codes" | sort -u | xargs
}

# test_everywhere NAME FUNCTION
test_everywhere()
{
	state=$(pool_state)
	: > "$WORK/lost"
	ktap_true "$1: all places" fail_everywhere "$2"
	echo "# $1: $place places, codes $(sort "$WORK/codes" | uniq -c | xargs)"
	ktap_equal "$1: codes" "$(unexpected_codes)" ""
	ktap_true "$1: -ENOMEM was one of them" \
		grep -q -x -e $ENOMEM "$WORK/codes"
	[ -z "$user_pid" ] || user_stop || echo lost >> "$WORK/lost"
	ktap_equal "$1: contents" "$(cat "$WORK/lost")" ""
	ktap_equal "$1: pool" "$(pool_state)" "$state"
}

# test_blocks NAME FUNCTION: with free blocks nothing is allocated, so that nothing fails
test_blocks()
{
	if kasan_kernel; then
		ktap_skip "$1, free blocks" "KASAN has to see each allocation"
		return
	fi
	: > "$WORK/lost"
	fail_everywhere "$2"
	[ -z "$user_pid" ] || user_stop || echo lost >> "$WORK/lost"
	ktap_equal "$1, free blocks: there is no allocation" \
		"$place place, code $(cat "$WORK/codes" "$WORK/lost")" "1 place, code 0"
}

# enable_everywhere: the switch, which is on with all functions redirected or off
# with none
enable_everywhere()
{
	place=0
	half=0
	all=$(echo "$FUNCTIONS" | wc -w)
	refused=0
	while [ $place -lt $MOST_PLACES ]; do
		place=$((place + 1))
		fail_in $place $PARAMETER Y
		# Without a trampoline, which may fail too, the file does not
		# tell whose they are; nobody else redirects anything here.
		case "$(cat $PARAMETER) $(wc -l < $TRACING/enabled_functions)" in
		"Y $all") ;;
		"N 0") refused=$((refused + 1)) ;;
		*) half=$((half + 1)) ;;
		esac
		echo N > $PARAMETER
		[ $reached = yes ] || break
	done
	[ $place -lt $MOST_PLACES ]
}

[ -w /proc/self/fail-nth ] || ktap_skip_all "no fault injection in this kernel"
zone_movable || ktap_skip_all "no ZONE_MOVABLE"
contig_load
ktap_plan 15

# Of all orders, and those that may sleep as well.
for capability in fail_page_alloc failslab; do
	echo N > /sys/kernel/debug/$capability/ignore-gfp-wait
	echo 0 > /sys/kernel/debug/$capability/verbose
done
echo N > /sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem
echo 0 > /sys/kernel/debug/fail_page_alloc/min-order

pool_resize $PAGES
module_load
# The first time the shell's own memory is allocated as well.
free_page
fail_in $MOST_PLACES $CONTIG/alloc "$pfn $PAGES_PER_HUGE"
test_blocks "free" free_page
test_blocks "in use" used_page
echo N > $FREE_BLOCKS
test_everywhere "free" free_page
test_everywhere "in use" used_page

echo N > $PARAMETER
ktap_true "switch: all places" enable_everywhere
ktap_true "switch: $refused of $place refused" [ $refused -gt 0 ]
ktap_equal "switch: never half on" $half 0
module_unload

ktap_finish
