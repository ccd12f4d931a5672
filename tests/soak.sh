#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Everything that the tests do to the pool, its users, its memory and the module,
# mixed at random: in each step somebody works with huge pages and somebody else
# is in the way, while all of ZONE_MOVABLE is emptied, range by range. SOAK_SEED is
# the mix: the same seed makes the same steps again. SOAK_SECONDS is how long.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/attacks.sh"
. "$TESTS/lib/virtio_mem.sh"

: "${SOAK_SECONDS:=600}" "${SOAK_SEED:=$(date +%s)}"

# Who works with huge pages, and who is in the way.
USERS="private shared resize storm_fork storm_exit storm_protect storm_unmap
storm_pmd storm_uring storm_debugger storm_move reserve_reserved reserve_noreserve
reserve_together reserve_steal"
# See test_reservations.sh.
! native_with_free_pages || USERS=$(echo "$USERS" | sed 's/reserve_[a-z]*//g')
! warns_of_pins || USERS=$(echo "$USERS" | sed 's/storm_uring//')
NEIGHBOURS="nobody toggle reload compact eat blocks plug probes kill resize_other"

# The pool, at the end of each step: resize_round() leaves as many.
PAGES=64
VMEM_MIB=256
GIGANTIC=/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages
RANGE_PAGES=$((PAGES_PER_HUGE * 4))

trap cleanup_soak EXIT

cleanup_soak()
{
	rm -f "$WORK/busy"
	events_off
	cleanup
	[ ! -d /sys/module/pool_walk ] || rmmod pool_walk
}

# steps COUNT: "USER NEIGHBOUR SECONDS" each. Where others take memory, or blocks
# take free pages along, one may rightly not get what one asks for; and where the
# module is off meanwhile, on a kernel that replaces pages itself with fewer in the
# pool.
steps()
{
	native=0
	! native || native=1
	awk -v count="$1" -v seed="$SOAK_SEED" -v users="$USERS" \
		-v neighbours="$NEIGHBOURS" -v native=$native '
		function pick(names,  name) {
			return name[1 + int(rand() * split(names, name))]
		}
		BEGIN {
			srand(seed)
			while (count-- > 0) {
				user = pick(users)
				neighbour = pick(neighbours)
				seconds = 5 + int(rand() * 10)
				if (user == "resize" &&
				    neighbour ~ /^(eat|resize_other)$/ ||
				    user !~ /^(private|shared)$/ &&
				    neighbour == "blocks" ||
				    native && user ~ /^reserve_/ &&
				    neighbour ~ /^(toggle|reload)$/)
					neighbour = "compact"
				print user, neighbour, seconds
			}
		}'
}

# --- users: each prints what is wrong ---------------------------------------

pages_in_use()
{
	user_start -t "$1" -n $((PAGES / 2)) -w 2 || echo "no user"
	sleep "$2"
	user_stop || echo "contents"
}

# resize_for SECONDS: no page of the pool is in use
resize_for()
{
	resize_end=$(($(date +%s) + $1))
	while [ "$(date +%s)" -lt $resize_end ]; do
		resize_round 0
	done
}

storm()
{
	"$TESTS/hugetlb_storm" "$2" "$1" > "$WORK/storm" 2>&1
	grep -q -e "^$1 ok" -e "^$1 SKIP" "$WORK/storm" || cat "$WORK/storm"
}

# reserve CASE SECONDS: on all of the pool, and nothing has to be tried again
reserve()
{
	"$TESTS/hugetlb_reserve" "$1" $PAGES "$2" > "$WORK/reserve" 2>&1
	if ! grep -q "wrong 0$" "$WORK/reserve" ||
	   ! grep -q "^late 0 " "$WORK/reserve"; then
		cat "$WORK/reserve"
	fi
}

# work USER SECONDS
work()
{
	case $1 in
	private | shared) pages_in_use "$1" "$2" ;;
	resize) resize_for "$2" ;;
	storm_*) storm "${1#storm_}" "$2" ;;
	reserve_*) reserve "${1#reserve_}" "$2" ;;
	esac
}

# --- neighbours: once is done again as long as there is a file "busy" -------

toggle_once()
{
	echo N > $PARAMETER
	echo Y > $PARAMETER
}

# An open file of debugfs holds the module.
reload_once()
{
	rmmod hugecontig 2> /dev/null || return
	module_load
}

eat_once()
{
	"$TESTS/eat_memory" $((PAGES * 2)) > "$WORK/eater" &
	eater=$!
	sleep 1
	kill -TERM $eater
	wait $eater
}

# The pages in use of a block move; it may stay on line, if it can not be had now.
blocks_once()
{
	for block in $(movable_blocks); do
		[ -e "$WORK/busy" ] || break
		echo offline > $MEMORY/memory$block/state
		echo online_movable > $MEMORY/memory$block/state
	done 2> /dev/null
}

plug_once()
{
	if plug 2> /dev/null; then
		unplug
	else
		sleep 1
	fi
}

probes_once()
{
	events_on p
	events_off
}

kill_once()
{
	while read -r pfn pages; do
		contig_alloc "$pfn" "$pages" > /dev/null &
		usleep 2000
		kill -KILL $!
		wait $!
		[ -e "$WORK/busy" ] || break
	done < "$WORK/ranges" 2> /dev/null
}

# A pool of another size: nobody else uses that one.
resize_other_once()
{
	if [ -e $GIGANTIC ]; then
		echo 1 > $GIGANTIC
		echo 0 > $GIGANTIC
	else
		sleep 1
	fi
}

compact_once()
{
	compact_and_drop
}

nobody_once()
{
	sleep 1
}

# --- a step -----------------------------------------------------------------

be_in_the_way()
{
	while [ -e "$WORK/busy" ]; do
		"$1_once"
	done
}

# step USER NEIGHBOUR SECONDS: prints what is wrong, at its end as well
step()
{
	touch "$WORK/busy"
	be_in_the_way "$2" &
	neighbour_pid=$!
	work "$1" "$3"
	rm "$WORK/busy"
	wait $neighbour_pid
	module_loaded || echo "the module is not loaded"
	echo Y > $PARAMETER || echo "the module is not enabled"
	# The kernel takes the free pages of a block that goes off line out of the pool.
	[ "$2" != blocks ] || pool_resize $PAGES
	disagreements
	[ "$(pool_state)" = "$PAGES $PAGES 0 0" ] || echo "pool: $(pool_state)"
}

zone_movable || ktap_skip_all "no ZONE_MOVABLE"
contig_load
walk_load
pool_resize $PAGES
zone_ranges $RANGE_PAGES
steps $((SOAK_SECONDS / 5 + 1)) > "$WORK/steps"
echo "TAP version 13"
echo "# SOAK_SEED=$SOAK_SEED SOAK_SECONDS=$SOAK_SECONDS"
end=$(($(date +%s) + SOAK_SECONDS))
kills=$(oom_kills)
module_load
hammer_start
while [ "$(date +%s)" -lt $end ] && read -r user neighbour seconds; do
	step "$user" "$neighbour" "$seconds" > "$WORK/wrong" 2>&1
	ktap_equal "$user, $neighbour, $seconds s" "$(cat "$WORK/wrong")" ""
done < "$WORK/steps"
hammer_stop
ktap_true "ranges were had: $(grep -c -x 0 "$WORK/codes")" \
	grep -q -x 0 "$WORK/codes"
ktap_equal "processes killed for want of memory" $(($(oom_kills) - kills)) 0
module_unload
ktap_equal "nothing is redirected" "$(redirected)" ""
echo "1..$ktap_number"

ktap_finish
