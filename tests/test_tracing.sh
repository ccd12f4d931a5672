#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The one-liners of docs/tracing.md, word for word, in a Debian that has the tools: each
# tells what was done while it listened. One that has no expectation here fails.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/userland.sh"

DOCUMENT=$TESTS/../docs/tracing.md
ONE_LINERS=14
USERLAND=$TESTS/suites.d/tracing
# In the way of the programs of that name in the userland.
INSTEAD=$USERLAND/instead
EVENTS=$TRACING/events/hugecontig
GIGANTIC=/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages
# Its number on x86_64.
EPOLL_WAIT=232
# 50 of them are a second, or more.
PATIENCE=$(limit 3000)

# --- the document -----------------------------------------------------------

# extract: NUMBER.caption and NUMBER.sh for each, in $WORK/one-liners
extract()
{
	mkdir "$WORK/one-liners"
	awk -v to="$WORK/one-liners/" '
		/^```$/ { inside = 0 }
		inside { print > (to number ".sh") }
		/^```sh$/ { inside = 1; number++; print caption > (to number ".caption") }
		/^### / { caption = substr($0, 5) }' "$DOCUMENT"
}

# --- while one of them listens ----------------------------------------------

# The sleep of the one-liners: as long as the test takes.
instead_of_sleep()
{
	mkdir "$INSTEAD"
	cat > "$INSTEAD/sleep" <<- 'END'
		#!/bin/sh
		touch /instead/listening
		while [ ! -e /instead/over ]; do
			/bin/sleep 0.05
		done
	END
	chmod +x "$INSTEAD/sleep"
}

# child: what the shell of the one-liner runs now: "NAME PID"
child()
{
	child_pid=$(cut -d ' ' -f 1 /proc/$shell_pid/task/$shell_pid/children 2>/dev/null)
	[ -z "$child_pid" ] || echo "$(cat /proc/$child_pid/comm 2>/dev/null) $child_pid"
}

# listening: bpftrace waits for something to print once all is attached, and a pipe of
# events has those that came before its reader.
listening()
{
	[ ! -e "$INSTEAD/listening" ] || return 0
	case $(child) in
	timeout*) ;;
	bpftrace*) grep -q -s "^$EPOLL_WAIT " "/proc/$(child | cut -d ' ' -f 2)/syscall" ;;
	*) return 1 ;;
	esac
}

# listen FILE: starts what it has, and returns once it listens, or has ended
listen()
{
	rm -f "$INSTEAD/listening" "$INSTEAD/over"
	cp "$1" "$INSTEAD/one-liner"
	PATH=/instead:/usr/sbin:/usr/bin:/sbin:/bin \
		chroot "$USERLAND" bash /instead/one-liner > "$WORK/said" 2>&1 &
	shell_pid=$!
	tries=0
	while kill -0 $shell_pid 2>/dev/null && ! listening &&
	      [ $tries -lt "$PATIENCE" ]; do
		tries=$((tries + 1))
		usleep 20000
	done
	# perf stat starts the program that it counts for first.
	usleep 300000
}

# listen_no_more: nobody has to wait for its end; its code
listen_no_more()
{
	touch "$INSTEAD/over"
	case $(child) in
	timeout* | bpftrace*) kill -INT "$(child | cut -d ' ' -f 2)" ;;
	esac
	wait $shell_pid
}

# --- what is done meanwhile -------------------------------------------------

# requests: a page in use, one that is free, and one that stays
requests()
{
	contig_alloc $used $PAGES_PER_HUGE
	user_stop
	contig_alloc $freed $PAGES_PER_HUGE
	contig_alloc $pinned $PAGES_PER_HUGE
}

# search: for 1 GiB pages, until no range will do
search()
{
	echo 7 > $GIGANTIC
	echo 0 > $GIGANTIC
}

# counted NAME: since the one-liner began
counted()
{
	echo $(($(statistic "$1") - $(sed -n "s/^$1 //p" "$WORK/stats")))
}

# hex PFN
hex()
{
	printf '0x%x' "$1"
}

# number NAME: of a reason, or of what was done
number()
{
	sed -n "s/.*{ \([0-9]*\), \"$1\" }.*/\1/p" $EVENTS/page/format
}

# --- what they have to say: what is printed is missing -----------------------

# says PATTERN...: each of them is in a line
says()
{
	for pattern; do
		grep -q -e "$pattern" "$WORK/said" || echo "no '$pattern'"
	done
}

# says_times PATTERN COUNT: so many lines have it
says_times()
{
	times=$(grep -c -e "$1" "$WORK/said")
	[ "$times" -eq "$2" ] || echo "'$1' $times times"
}

# says_histogram NAME COUNT: of bpftrace, with so many in it
says_histogram()
{
	times=$(awk -v name="@$1:" '
		$1 ~ /^@/ { inside = $1 == name; next }
		inside && /\|.*\|$/ { sub(/\|.*/, ""); sum += $NF }
		END { print sum + 0 }' "$WORK/said")
	[ "$times" -eq "$2" ] || echo "$times in the histogram $1, not $2"
}

# says_events: of all requests
says_events()
{
	says "request_begin.*range=\[$(hex $used), .*mode=act" \
	     "request_begin.*range=\[$(hex $pinned), .*mode=act" \
	     "page.*pfn=$(hex $used) .*node=0 found=in_use done=migrated reason=none" \
	     "page.*pfn=$(hex $freed) .*node=0 found=free done=replaced reason=none" \
	     "page.*pfn=$(hex $pinned) .*node=0 found=busy done=stays reason=pinned" \
	     "request_end.*range=\[$(hex $used), .*ret=0 .*replaced=0 migrated=1 " \
	     "request_end.*range=\[$(hex $freed), .*ret=0 .*replaced=1 migrated=0 " \
	     "request_end.*range=\[$(hex $pinned), .*ret=-16 .*pfn=$(hex $pinned) reason=pinned"
}

# expected CAPTION
expected()
{
	case $1 in
	"Which requests fail, and because of which page?")
		says "range=\[$(hex $pinned), .* ret=-16 .* pfn=$(hex $pinned) reason=pinned"
		says_times "request_end:" 1
		;;
	"How long do requests take, by who asks and by reason?")
		says "caller: .* alloc_range .*reason: *$(number pinned), duration: .*hitcount: *1\$"
		says "Hits: *3\$"
		;;
	"Which number is which name?")
		says '{ [0-9]*, "in_use" }' '{ 1, "replaced" }' '{ 2, "migrated" }' \
		     "{ $(number pinned), \"pinned\" }"
		;;
	"What happens?")
		says_events
		says "request_begin.*caller=alloc_range "
		;;
	"Why is there no further 1 GiB page?")
		says "candidate: .*range=\[0x[0-9a-f]*, .* accepted=0 .* reason=[a-z]"
		! grep -q accepted=1 "$WORK/said" || echo "accepted=1"
		;;
	"How many events are there?")
		says " $(counted requests)  *hugecontig:request_begin" \
		     " $(counted requests)  *hugecontig:request_end" \
		     " [1-9][0-9]*  *hugecontig:page" " 0  *hugecontig:candidate"
		;;
	"What happens right now?")
		says_events
		;;
	"What becomes of huge pages?")
		says " $(counted inuse_migrated) found=in_use done=migrated reason=none" \
		     " $(counted free_replaced) found=free done=replaced reason=none" \
		     " found=busy done=stays reason=pinned"
		;;
	"How long do requests take, in microseconds?")
		says_histogram us "$(counted requests)"
		;;
	"How long does it take to replace a free page, and to migrate one in use?")
		says_histogram replaced_us "$(counted free_replaced)"
		says_histogram migrated_us "$(counted inuse_migrated)"
		;;
	"How many requests fail, by reason?")
		says "@failed\[$(number pinned)\]: $(counted failed_pinned)\$"
		says_times "@failed" 1
		;;
	"Which page took longest?")
		us=$(sed -n 's/.* took \([0-9]*\) us$/\1/p' "$WORK/said" | tail -n 1)
		says "^\($(hex $used)\|$(hex $freed)\|$(hex $pinned)\) took $us us\$" \
		     "^@ns: ${us}[0-9][0-9][0-9]\$"
		;;
	"Who asks?")
		says "@asked\[$(cat /proc/$$/comm), alloc_range\]: $(counted requests)"
		;;
	"What would be done?")
		says " $(counted would_migrate) found=in_use done=would_migrate reason=none" \
		     " $(counted would_replace) found=free done=would_replace reason=none" \
		     " found=busy done=stays reason=pinned"
		;;
	*)
		echo "tests/test_tracing.sh does not know what this has to say"
		;;
	esac
}

# codes CAPTION: what the requests return
codes()
{
	if [ "$1" = "What would be done?" ] && ! native; then
		echo "$EBUSY $EBUSY $EBUSY"
	else
		echo "0 0 $EBUSY"
	fi
}

# cannot CAPTION FILE: why it can not be done here
cannot()
{
	case $1 in
	*"who asks and by reason?")
		[ -e $EVENTS/request_end/hist ] ||
			echo "no histograms of events in this kernel"
		;;
	*"1 GiB page?")
		[ -e $GIGANTIC ] || echo "no 1 GiB pages"
		;;
	esac
	for tool in trace-cmd perf bpftrace; do
		! grep -q "^$tool " "$2" || [ -x "$USERLAND/usr/bin/$tool" ] ||
			echo "no $tool"
	done
}

# try NUMBER
try()
{
	caption=$(cat "$WORK/one-liners/$1.caption")
	why=$(cannot "$caption" "$WORK/one-liners/$1.sh")
	if [ -n "$why" ]; then
		ktap_skip "$caption" "$why"
		return
	fi
	user_start -t private -n 2
	used=$(head -n 1 "$WORK/user.pfns")
	freed=$(tail -n 1 "$WORK/user.pfns")
	cat $DEBUGFS/stats > "$WORK/stats"
	begin=$(cut -d ' ' -f 1 /proc/uptime)
	listen "$WORK/one-liners/$1.sh"
	requests > "$WORK/codes"
	case $caption in
	*"1 GiB page?") search ;;
	esac
	listen_no_more
	code=$?
	echo "# $caption $begin s to $(cut -d ' ' -f 1 /proc/uptime) s"
	missing=$(expected "$caption")
	[ $code -eq 0 ] || missing="$missing; code $code"
	[ "$(xargs < "$WORK/codes")" = "$(codes "$caption")" ] ||
		missing="$missing; requests returned $(xargs < "$WORK/codes")"
	[ -z "$missing" ] || head -n 40 "$WORK/said" | sed 's/^/# | /'
	ktap_equal "$caption" "$missing" ""
}

zone_movable || ktap_skip_all "no ZONE_MOVABLE"
userland_enter
mount -o bind $TRACING "$USERLAND/sys/kernel/tracing"
instead_of_sleep
extract
contig_load
ktap_plan $ONE_LINERS
pool_resize 16
pin_start vmsplice
pinned=$pfn
module_load

number=0
while [ -e "$WORK/one-liners/$((number + 1)).sh" ]; do
	number=$((number + 1))
	try $number
done
pin_stop
module_unload

ktap_finish
