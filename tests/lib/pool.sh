# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034
#
# The pool of 2 MiB pages, its sampler and its users. lib/hugecontig.sh reads this
# file, and ends what is still running.

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

# sampler_start [OPTION]...: watch the counters of the pool
sampler_start()
{
	holder_start "$WORK/sampler.out" ready \
		"$TESTS/pool_sampler" -o "$WORK/samples" "$@"
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

# free_pool PAGES: a new pool; the pfns of its pages, which are all free, are in
# user.pfns
free_pool()
{
	pool_resize 0
	pool_resize "$1"
	user_start -t private -n "$1"
	user_stop || echo "# no user"
}

# eat_start LEAVE_MIB [small]: until eat_stop, that much memory is free
eat_start()
{
	holder_start "$WORK/eater.out" ready "$TESTS/eat_memory" "$@"
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

# whole_blocks: of the pfns on stdin those in a block of the largest order without a reserved
# page. 5.10 and 6.1 cannot isolate what is left of a block in which the firmware, or the kernel
# at boot, keeps some.
whole_blocks()
{
	while read -r block_pfn; do
		[ -n "$("$TESTS/page_flags" reserved \
			$((block_pfn - block_pfn % (2 * PAGES_PER_HUGE))) \
			$((2 * PAGES_PER_HUGE)))" ] || echo "$block_pfn"
	done
}

# make_dirty: whatever is free is taken, and has something in it afterwards. It stays
# well above what the kernel keeps (66 MiB of 4 GiB): who eats is not killed for it, so
# somebody else would be.
make_dirty()
{
	eat_start 300
	eat_stop
}

# fragment_start MIB: memory is fragmented until fragment_stop, which fails if it is not as it was
fragment_start()
{
	holder_start "$WORK/fragment.out" ready "$TESTS/fragment" "$1" || return
	fragment_pid=$holder_pid
}

fragment_stop()
{
	kill -TERM "$fragment_pid"
	wait "$fragment_pid"
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

# pool_of_all_kinds PAGES: so many pages in use and as many free ones, whose pfns are in the
# files used, free and, together, all of $WORK; and one that is pinned, $pinned. They are
# given back by user_stop and pin_stop.
pool_of_all_kinds()
{
	pool_resize 0
	pool_resize 1
	pin_start vmsplice || sed 's/^/# /' "$WORK/pin.out"
	pinned=$pfn
	pool_resize $(($1 * 2 + 1))
	user_start -t private -n $(($1 * 2))
	cp "$WORK/user.pfns" "$WORK/all"
	user_stop
	user_start -t private -n $1
	cp "$WORK/user.pfns" "$WORK/used"
	grep -v -x -F -f "$WORK/used" "$WORK/all" > "$WORK/free"
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

# pairs: of the pfns that it reads, the first of each two that make a range of 4 MiB
pairs()
{
	sort -n | awk -v step=$PAGES_PER_HUGE '
		$1 == last + step && last % (2 * step) == 0 { print last }
		{ last = $1 }'
}
