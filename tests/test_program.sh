#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The program hugecontig(8) with the module loaded: it says what the files of the module
# say, does what it is told, and leaves nothing behind. What it makes of files that no
# kernel has here is in check_program.sh. Best with virtio-mem. The last of its tests
# locks the kernel down.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/explain.sh"
. "$TESTS/lib/program.sh"

INSTANCES=$TRACING/instances
LOCKDOWN=/sys/kernel/security/lockdown
NOT_LOADED='the module is not loaded: run "modprobe hugecontig"'
PAGES=12
PLUGGED=134217728
# Letters in a row of the map.
ROW=64
trap cleanup_program EXIT
events_pid=

cleanup_program()
{
	[ -z "$events_pid" ] || kill -KILL $events_pid 2> /dev/null
	rmdir $INSTANCES/hugecontig-* 2> /dev/null
	[ ! -d /sys/module/slot_kprobe ] || rmmod slot_kprobe
	[ ! -d /sys/module/slot_livepatch ] || livepatch_remove
	cleanup
}

# pfn_hex PFN
pfn_hex()
{
	printf '0x%x' "$1"
}

# --- requests ---------------------------------------------------------------

# begin: pages of all kinds, and one that a driver has
begin()
{
	kept=$(cat $CONTIG/kept)
	pool_of_all_kinds $PAGES
}

# next_pfn FILE: $pfn is its first one, which it has no more
next_pfn()
{
	pfn=$(head -n 1 "$WORK/$1")
	sed -i 1d "$WORK/$1"
}

# request FILE: its next page; prints the code
request()
{
	next_pfn "$1"
	contig_alloc "$pfn" $PAGES_PER_HUGE
}

# --- without the module -----------------------------------------------------

test_not_loaded()
{
	for command in status "status --json" stats failures watch "watch --json" events \
		enable disable "mode act" "explain all" "explain virtio-mem"; do
		ask $command
		failed "not loaded: $command" 1 ": $NOT_LOADED\$"
	done
	ask stats --prometheus
	says "not loaded: metrics" 0 '^hugecontig_loaded 0$'
	ktap_equal "not loaded: no other metrics of the module" \
		"$(sed -e '/^#/d' -e '/_pool_/d' -e '/_virtio_/d' -e 's/[ {].*//' "$WORK/out" |
			sort -u | xargs)" hugecontig_loaded
	ask doctor
	ktap_true "not loaded: doctor" grep -q -x -e 'fail: module: neither loaded nor .*' \
		-e 'warn: module: installed, but not loaded: .*' "$WORK/out"
	ask enabel
	failed "a command that is none" 2 'there is no command "enabel"'
}

# --- the same as the files --------------------------------------------------

test_status()
{
	ask_while_same status status
	status_lines > "$WORK/lines"
	sed -i -e '/^What is to be had/d' -e '/^Redirected functions/d' "$WORK/out"
	says_words "status" 0 "$WORK/lines"
	ask_while_same status status --json
	ktap_equal "status: JSON" "$code $(cat "$WORK/out")" "0 $(status_json)"
}

test_stats()
{
	ask_while_same stats stats
	{
		grep -v _us_ "$WORK/file"
		histogram_lines
	} > "$WORK/lines"
	sed -i -e '/^[A-Z]/d' -e 's/\( times*\), .*/\1/' "$WORK/out"
	says_words "stats" 0 "$WORK/lines"
	ask_while_same stats stats --json
	sed -e 's/[{}"]//g' -e 's/,/\n/g' "$WORK/out" | tr : ' ' > "$WORK/lines"
	ktap_equal "stats: JSON" "$code $(cmp "$WORK/lines" "$WORK/file" 2>&1)" "0 "
}

test_failures()
{
	ask_while_same failures failures
	failure_lines > "$WORK/lines"
	says_words "failures: $(($(wc -l < "$WORK/lines") - 1))" 0 "$WORK/lines"
	ask_while_same failures failures --json
	sed -e 's/^{"type":"failure"/failure/' -e 's/}$//' -e 's/,"result_name":"EBUSY"//' \
		-e 's/,"\([a-z_]*\)":"*\([^",]*\)"*/ \1=\2/g' "$WORK/out" > "$WORK/lines"
	ktap_equal "failures: JSON" "$code $(cmp "$WORK/lines" "$WORK/file" 2>&1)" "0 "
}

# metrics NAME: all of them are what the file, and the kernel, say
metrics()
{
	version=$(sed -n 's/^version: //p' $DEBUGFS/status)
	mode=$(cat $PARAMETERS/mode)
	ask_while_same stats stats --prometheus
	{
		echo "hugecontig_loaded 1"
		echo "hugecontig_enabled 1"
		echo "hugecontig_info{version=\"$version\",kernel=\"$(uname -r)\",mode=\"$mode\"} 1"
		counter_metrics
		histogram_metrics
		pool_metrics
		echo "hugecontig_virtio_mem_plugged_bytes $(virtio_mem_bytes)"
	} > "$WORK/lines"
	sed -i '/^#/d' "$WORK/out"
	says_words "$1" 0 "$WORK/lines"
}

# Free ones, some in use, a pinned one, and a page of a driver.
test_requests()
{
	{
		request free
		request free
		request used
		contig_alloc "$pinned" $PAGES_PER_HUGE
		contig_alloc "$kept" 1
	} > "$WORK/codes"
	ktap_equal "requests: codes" "$(xargs < "$WORK/codes")" "0 0 0 $EBUSY $EBUSY"
	test_status
	test_stats
	test_failures
	metrics "metrics"
	ktap_equal "metrics: what was done" \
		"$(grep -e '_requests_total ' -e '_requests_ok_total ' -e 'failed.*"pinned"' \
			-e 'replaced_total{node="0"}' -e 'migrated_total{node="0"}' \
			-e 'request_seconds_count' "$WORK/out" | cut -d ' ' -f 2 | xargs)" \
		"5 3 1 2 1 5"
	ask stats --prometheus --output "$WORK/metrics"
	ktap_equal "metrics: in a file" \
		"$code $(said)$(grep -v '^#' "$WORK/metrics" | sort | diff - "$WORK/expected")" "0 "
}

# --- the switch -------------------------------------------------------------

# switched NAME ENABLED MODE COMMAND...: code, silence, and what is so then
switched()
{
	switched_name=$1
	switched_to="$2 $3"
	functions=
	[ "$2" = N ] || functions=$FUNCTIONS
	shift 3
	ask "$@"
	ktap_equal "$switched_name" \
		"$code $(said) $(cat $PARAMETER) $(cat $PARAMETERS/mode) $(redirected | sort | xargs)" \
		"0  $switched_to $functions"
}

# done_to FILE: its next page is asked for; the code, and what the module has done
done_to()
{
	before="$(statistic requests) $(statistic free_replaced) $(statistic would_replace)"
	request "$1"
	after="$(statistic requests) $(statistic free_replaced) $(statistic would_replace)"
	echo "$before $after" | awk '{ print $4 - $1, $5 - $2, $6 - $3 }'
}

test_control()
{
	alone=$EBUSY
	! native || alone=0
	switched "disable" N act disable
	ktap_equal "disable: the kernel alone" "$(done_to free | xargs)" "$alone 0 0 0"
	ask status --json
	says "disable: shown" 0 '"enabled":false,'
	ask stats --prometheus
	says "disable: a metric" 0 '^hugecontig_enabled 0$'
	switched "enable" Y act enable
	ktap_equal "enable: a page is replaced" "$(done_to free | xargs)" "0 1 1 0"
	switched "mode observe" Y observe mode observe
	ktap_equal "mode observe: nothing is done" "$(done_to free | xargs)" "$alone 1 0 1"
	ask stats --prometheus
	says "mode observe: a metric" 0 '^hugecontig_info\{.*mode="observe"} 1$'
	switched "mode act" Y act mode act
	ktap_equal "mode act: a page is replaced" "$(done_to free | xargs)" "0 1 1 0"
	ask mode watch
	failed "mode: another" 2 'there is no mode "watch": say act or observe'
}

# --- explain ----------------------------------------------------------------

# row_of PFN [LETTERS]: of the map that was shown, the row that has it. A line of the list
# may begin with the same pfn, and has blanks further on.
row_of()
{
	pages=$((${2:-$ROW} * PAGES_PER_HUGE))
	sed -n "s/^ *$(pfn_hex $(($1 / pages * pages)))  \([^ ]*\)\$/\1/p" "$WORK/out"
}

# letter_of PFN [LETTERS]: in the map that was shown
letter_of()
{
	row_of "$1" "$2" | cut -c $(($1 / PAGES_PER_HUGE % ${2:-$ROW} + 1))
}

# letters_of FILE: in the maps of the blocks that have its pages
letters_of()
{
	while read -r page; do
		ask explain "memory$((page / block_pages))"
		letter_of "$page"
	done < "$WORK/$1" | sort | uniq -c | xargs
}

# ends_as_answer NAME TARGET: the code, and what is asked for, are those of the answer of
# the module
ends_as_answer()
{
	explain "$2" > "$WORK/answer"
	expected=0
	! grep -q '^result .* verdict=blocked' "$WORK/answer" || expected=3
	expected="$expected $(sed -n '1s/^target range=//p' "$WORK/answer")"
	ask explain $2 --no-map
	ktap_equal "$1" \
		"$code $(sed -n '1s/^pfns \(.*\), .*, node \(.*\), zone /\1 node=\2 zone=/p' "$WORK/out") $(sum_of_pages)" \
		"$expected $(grep ^result "$WORK/answer" | value_of pages)"
}

# sum_of_pages: of all that there is
sum_of_pages()
{
	awk '
		$1 == "IN" { inside = 1; next }
		!NF { inside = 0 }
		inside { sum += $2 }
		END { print sum }' "$WORK/out"
}

# blocked NAME: by the pinned page only
blocked()
{
	says "$1" 3 "^blocked by 1 obstacle, at pfn $(pfn_hex "$pinned"): huge_pinned\$"
}

test_explain()
{
	block_pages=$((0x$(cat /sys/devices/system/memory/block_size_bytes) / 4096))
	target=$(pfn_range "$pinned" $PAGES_PER_HUGE)
	ask explain $target
	blocked "explain: pinned"
	ktap_equal "explain: pinned, the map" \
		"$(sed -n 's/^ *\(0x[0-9a-f]*  .\)$/\1/p' "$WORK/out")" "$(pfn_hex "$pinned")  H"
	ktap_true "explain: pinned, what helps" \
		grep -q '^  huge_pinned: end what pins it: ' "$WORK/out"
	ask explain "memory$((pinned / block_pages))"
	ktap_equal "explain: its block, the map" "$code $(letter_of "$pinned")" "3 H"
	ktap_true "explain: its block, the list" \
		grep -q "^  $(pfn_hex "$pinned") .* huge_pinned: 2048 kB, in_use, mapped 1, " "$WORK/out"
	ask explain "memory$((pinned / block_pages))" --width 16
	ktap_equal "explain: a narrow map" "$code $(letter_of "$pinned" 16)" "3 H"
	ktap_equal "explain: free pages in maps" "$(letters_of free)" "$(wc -l < "$WORK/free") f"
	ktap_equal "explain: used pages in maps" "$(letters_of used)" "$(wc -l < "$WORK/used") u"
	explain "$target json" > "$WORK/answer"
	ask explain $target --json
	ktap_equal "explain: JSON" "$code $(cat "$WORK/out")" "3 $(cat "$WORK/answer")"
	ask explain "address $(pfn_range $((pinned * 4096)) $((PAGES_PER_HUGE * 4096)))"
	blocked "explain: address"
	ask explain "$(busy_line)"
	blocked "explain: a line of the log"
	test_clean
	ends_as_answer "explain: a block" "memory$((pinned / block_pages))"
	ends_as_answer "explain: node0" node0
	ends_as_answer "explain: zone Movable" "zone Movable"
	ends_as_answer "explain: node0 zone Movable" "node0 zone Movable"
	ends_as_answer "explain: all" all
	ask explain node99
	failed "explain: no such node" 1 'there is no memory "node99": dmesg says more'
	ask explain 0x10
	failed "explain: no target" 2 "this is no target"
}

# busy_line: what the kernel has said of the pinned page, if it does
busy_line()
{
	range="[$(printf '%x, %x' "$pinned" $((pinned + PAGES_PER_HUGE)))) PFNs busy"
	line=$(dmesg | grep -F "$range" | tail -n 1)
	echo "${line:-$ALLOC_CONTIG: $range}"
}

test_clean()
{
	pfn=$(head -n 1 "$WORK/free")
	range="[$(printf '%x, %x)' "$pfn" $((pfn + PAGES_PER_HUGE)))"
	ask explain "$range"
	says "explain: $range, free" 0 \
		"^can be emptied: 1 huge page to replace, 0 to migrate, 0 small pages to move\$"
	ktap_equal "explain: $range, what was asked" "$(head -n 1 "$WORK/out")" \
		"pfns $(pfn_range "$pfn" $PAGES_PER_HUGE), 2 MiB, node any, zone any"
	range=$(pfn_range "$(head -n 1 "$WORK/used")" $PAGES_PER_HUGE)
	ask explain $range
	says "explain: in use" 0 \
		"^can be emptied: 0 huge pages to replace, 1 to migrate, 0 small pages to move\$"
	ask explain $range --json
	says "explain: in use, JSON" 0 '^\{"type":"result",.*"verdict":"can_be_emptied",'
}

# --- virtio-mem -------------------------------------------------------------

# plugged BYTES: waits until the kernel has that
plugged()
{
	for _ in $(seq 150); do
		[ "$(host plugged)" != "$1" ] || [ "$(virtio_mem_bytes)" != "$1" ] || return 0
		sleep 0.2
	done
	return 1
}

# A part of the memory block is given back, and then the rest of it.
test_given_back()
{
	host resize $((PLUGGED / 4)) > /dev/null
	for _ in $(seq 150); do
		[ "$(host plugged)" != $((PLUGGED / 4)) ] || break
		sleep 0.2
	done
	ask explain virtio-mem
	says "virtio-mem: some was given back" 0 "^  v  given_back "
	ktap_equal "virtio-mem: the map of that" \
		"$(row_of $((0x$start / 4096)) | tr m . | fold -w 1 | sort | uniq -c | xargs)" "16 . 48 v"
	ask explain "address 0x$start-$(printf '0x%x' $((0x$start + PLUGGED - 1)))" --no-map
	says "explain: memory that was given back" 3 "^  offline  *24576  96 MiB\$"
}

test_virtio_mem()
{
	if ! host resize $PLUGGED > "$WORK/host"; then
		for result in "none is plugged" plugged "all is free" JSON metric watch \
			"some was given back" "the map of that" "the range" "given back"; do
			ktap_skip "virtio-mem: $result" "no virtio-mem: $(cat "$WORK/host")"
		done
		return
	fi
	host resize 0 > /dev/null
	plugged 0
	ask explain virtio-mem
	failed "virtio-mem: none is plugged" 1 "no device has memory plugged"
	host resize $PLUGGED > /dev/null
	ktap_true "virtio-mem: plugged" plugged $PLUGGED
	# What is just on its way is not, after a moment.
	for _ in $(seq 10); do
		ask explain virtio-mem
		[ $code -ne 0 ] || break
		sleep 0.5
	done
	start=$(sed -n 's/^ *\([0-9a-f]*\)-.* : System RAM (virtio_mem)/\1/p' /proc/iomem |
		head -n 1)
	says "virtio-mem: all is free" 0 "^virtio[0-9]+: 128 MiB at address 0x$start\$"
	ask explain virtio-mem --json
	says "virtio-mem: JSON" 0 \
		"^\{\"type\":\"target\",\"range\":\"$(pfn_range $((0x$start / 4096)) $((PLUGGED / 4096)))\","
	metrics "virtio-mem: metric"
	ask watch -c 1
	says "virtio-mem: watch" 0 "^memory blocks of virtio-mem: 128 MiB\$"
	test_given_back
	host resize 0 > /dev/null
	ktap_true "virtio-mem: given back" plugged 0
}

# --- what happens just now --------------------------------------------------

# listen ARGUMENT...: starts "events", and returns once it listens
listen()
{
	"$PROGRAM" events "$@" > "$WORK/events" 2> "$WORK/err" &
	events_pid=$!
	instance=$INSTANCES/hugecontig-$events_pid
	for _ in $(seq 300); do
		! grep -q -s 1 "$instance/events/hugecontig/enable" || return 0
		kill -0 $events_pid 2> /dev/null || return 1
		usleep 50000
	done
	return 1
}

# listen_end: its end, for which it has half a minute; $code
listen_end()
{
	for _ in $(seq 300); do
		kill -0 $events_pid 2> /dev/null || break
		usleep 100000
	done
	kill -KILL $events_pid 2> /dev/null
	wait $events_pid 2> /dev/null
	code=$?
	events_pid=
}

# left: what it has left behind
left()
{
	find $INSTANCES -mindepth 1 -name 'hugecontig-*' -prune
}

# interrupt SIGNAL: once it has told of the end of a request
interrupt()
{
	wait_for_line "$WORK/events" ".*request_end" $events_pid
	kill -$1 $events_pid
	listen_end
}

# event_lines PFN FOUND DONE REASON RESULT: what it has to tell of a request for that page
event_lines()
{
	range=$(pfn_range "$1" $PAGES_PER_HUGE)
	echo "request_begin range=$range mode=act"
	echo "page pfn=$(pfn_hex "$1") order=9 node=0 found=$2 done=$3 reason=$4"
	echo "request_end range=$range ret=$5"
}

# events_told: the same, as it was told. Pages that stay are looked at more than once. Of
# the first event of a task the kernel may not know yet what the task is called.
events_told()
{
	sed -e "s/^[0-9]*\.[0-9]* \(${0##*/}\|<\.\.\.>\)\[$$\] //" -e 's/ caller=alloc_range[^=]*\( [a-z]*=\)/\1/' \
		-e 's/ duration=[0-9.]* [mun]*s//' "$WORK/events" | uniq
}

test_events()
{
	ktap_true "events: listens" listen -c 6
	request free > "$WORK/codes"
	free=$pfn
	request used >> "$WORK/codes"
	used=$pfn
	listen_end
	ktap_equal "events: those of two requests" "$(events_told)" "$(
		event_lines "$free" free replaced none \
			"ok replaced=1 migrated=0 pfn=0x0 reason=none"
		event_lines "$used" in_use migrated none \
			"ok replaced=0 migrated=1 pfn=0x0 reason=none")"
	ktap_equal "events: the end" "$(xargs < "$WORK/codes") $code $(cat "$WORK/err") $(left)" \
		"0 0 0  "
	listen
	contig_alloc "$pinned" $PAGES_PER_HUGE > /dev/null
	interrupt INT
	ktap_equal "events: of the pinned page" "$(events_told)" "$(
		event_lines "$pinned" busy stays pinned \
			"EBUSY replaced=0 migrated=0 pfn=$(pfn_hex "$pinned") reason=pinned")"
	ktap_equal "events: SIGINT" "$code $(cat "$WORK/err")$(left)" "130 "
	for signal in TERM:143 HUP:129; do
		listen --json
		contig_alloc "$kept" 1 > /dev/null
		interrupt ${signal%:*}
		ktap_equal "events: JSON, SIG${signal%:*}" \
			"$(json_events), $code $(cat "$WORK/err")$(left)" \
			"request_begin $(pfn_hex "$kept") request_end $(pfn_hex "$kept"), ${signal#*:} "
	done
	ktap_equal "events: nothing listens any more" \
		"$(cat $TRACING/events/hugecontig/enable)" 0
}

# json_events: which, and where they begin
json_events()
{
	tr -d '"' < "$WORK/events" |
		sed -n "s/^{type:\([a-z_]*\),time:[0-9.]*,comm:[^,]*,pid:$$,cpu:[0-9]*,start:\([^,]*\),.*}\$/\1 \2/p" |
		xargs
}

# watched NAME: the numbers of that line, of each block
watched()
{
	sed -n "s/^ *$1  *\([0-9]*\)  *\([-0-9.]*\)\$/\1 \2/p" "$WORK/out" | xargs
}

# json_watched: requests per second, of each block
json_watched()
{
	tr -d '"' < "$WORK/out" |
		sed -n 's/^{time:[0-9.]*,loaded:true,enabled:true,mode:act,counters:{requests:{total:[0-9]*,per_second:\([^}]*\)}.*}$/\1/p' |
		sed 's/^[1-9][0-9]*\.[0-9]*$/many/'
}

# While two ask, again and again.
test_watch()
{
	echo "$kept 1" > "$WORK/ranges"
	hammer_start
	ask watch -c 2 -n 1
	hammer_stop
	ktap_equal "watch: two blocks" \
		"$code $(cat "$WORK/err")$(grep -c '^hugecontig  .*  every 1 s$' "$WORK/out")" "0 2"
	requests=$(watched requests)
	ktap_equal "watch: requests, and how many per second: $requests" \
		"$(echo "$requests" | awk '{ print NF, $2, ($4 > 0 && $4 <= $3 - $1) }')" "4 - 1"
	ktap_equal "watch: the pool" \
		"$(sed -n 's/^2 MiB  *0  *//p' "$WORK/out" | tail -n 1 | xargs)" \
		"$(cat $POOL/nr_hugepages) $(cat $POOL/free_hugepages) $(cat $POOL/surplus_hugepages)"
	ktap_equal "watch: failures" \
		"$(tail -n 5 "$WORK/out" | grep -c "unmovable .*$(pfn_hex "$kept").*${0##*/}\$")" 5
	hammer_start
	ask watch --json -c 2 -n 1
	hammer_stop
	ktap_equal "watch: JSON" "$code $(cat "$WORK/err")$(json_watched | xargs)" "0 null many"
}

# --- doctor -----------------------------------------------------------------

# findings REGEX: how many lines of the doctor are like that
findings()
{
	grep -c -E -e "$1" "$WORK/out"
}

# redirected_findings: functions that it says are redirected
redirected_findings()
{
	sed -n 's/^ok: function \(.*\): redirected by the module$/\1/p' "$WORK/out" | sort | xargs
}

test_doctor()
{
	ask doctor
	ktap_equal "doctor: nothing fails" \
		"$code $(cat "$WORK/err") $(findings '^fail: ') $(redirected_findings)" "0  0 $FUNCTIONS"
	for line in "kernel: $(uname -r), the module is tested on " \
		"type information: /sys/kernel/btf/vmlinux is there" "symbol $ALLOC_CONTIG: there" \
		"switch: on" "mode: act" "ftrace: on" \
		"functions: nobody else has one of those that the module redirects"; do
		ktap_true "doctor: ${line%%:*}" grep -q -F "ok: $line" "$WORK/out"
	done
	ktap_equal "doctor: the sum" "$(tail -n 1 "$WORK/out")" \
		"$(findings '^ok: ') ok, $(findings '^warn: ') warn, 0 fail, $(findings '^unknown: ') unknown"
	ask doctor --json
	says "doctor: JSON" 0 \
		'^\{"findings":\[\{"finding":"ok","what":"kernel",.*,"fail":0,"unknown":[0-9]*}$'
	echo "$FUNCTIONS" > $TRACING/set_ftrace_filter
	echo function > $TRACING/current_tracer
	ask doctor
	ktap_equal "doctor: with a tracer beside it" \
		"$code $(findings '^fail: ') $(redirected_findings)" "0 0 $FUNCTIONS"
	echo nop > $TRACING/current_tracer
	echo > $TRACING/set_ftrace_filter
}

# taken NAME FUNCTION HOLDER: somebody else has it; the module is off
taken()
{
	grep "^$2 " $TRACING/enabled_functions | sed 's/^/# /'
	ask doctor
	says "doctor: $1" 1 "^fail: function $2: taken by $3: the module can not be enabled until"
	ktap_equal "doctor: $1, and nothing else" "$(findings '^fail: ')" 1
	ask enable
	failed "enable: $1" 1 'somebody else has a function: see "hugecontig doctor" and dmesg$'
}

test_taken()
{
	ask disable
	for function in $ALLOC_CONTIG move_hugetlb_state; do
		insmod "$TESTS/modules/slot_kprobe/slot_kprobe.ko" symbol=$function
		taken "kprobe on $function" $function "a kprobe with a post handler"
		rmmod slot_kprobe
	done
	insmod "$TESTS/modules/slot_livepatch/slot_livepatch.ko"
	taken "livepatch" "$ALLOC_CONTIG" "the live patch slot_livepatch"
	livepatch_remove
	test_ftrace_off
	ask doctor
	ktap_equal "doctor: off" \
		"$code $(findings '^fail: ') $(findings '^warn: switch: off: run "hugecontig enable"$')" \
		"0 0 1"
	switched "enable afterwards" Y act enable
}

test_ftrace_off()
{
	if ! echo 0 2> /dev/null > /proc/sys/kernel/ftrace_enabled; then
		ktap_skip "doctor: ftrace is off" "this kernel does not switch ftrace off"
		return
	fi
	ask doctor
	says "doctor: ftrace is off" 1 '^fail: ftrace: off: nothing can be redirected: run "sysctl '
	echo 1 > /proc/sys/kernel/ftrace_enabled
}

# --- lockdown ---------------------------------------------------------------

# lock_down: or $reason says why not
lock_down()
{
	reason="only in a guest: it lasts until the next boot"
	[ -f /arguments ] || return 1
	reason="the kernel has no lockdown"
	ask doctor
	unmounted=$(findings '^unknown: lockdown: ')
	mount -t securityfs securityfs /sys/kernel/security && grep -q integrity $LOCKDOWN ||
		return 1
	ask doctor
	mounted=$(findings '^ok: lockdown: none$')
	# A file that is open can be written to, later on, too.
	exec 4> $CONTIG/alloc
	echo integrity > $LOCKDOWN
}

# test_lockdown: the last one, as only a reboot ends it
test_lockdown()
{
	if ! lock_down; then
		for result in "securityfs" "explain" "explain: by the parameter" "explain: JSON" \
			"disable" "enable" "mode" "metrics" "watch" "events" "doctor"; do
			ktap_skip "lockdown: $result" "$reason"
		done
		return
	fi
	ktap_equal "lockdown: securityfs, before it was mounted, and then" "$unmounted $mounted" "1 1"
	ask explain "$(pfn_range "$pinned" $PAGES_PER_HUGE)"
	blocked "lockdown: explain"
	ktap_equal "lockdown: explain: by the parameter" "$(cat $PARAMETERS/explain_target)" \
		"$(pfn_range "$pinned" $PAGES_PER_HUGE) full"
	ask explain "$(pfn_range "$(head -n 1 "$WORK/free")" $PAGES_PER_HUGE)" --json
	says "lockdown: explain: JSON" 0 '^\{"type":"result",.*"verdict":"can_be_emptied",'
	switched "lockdown: disable" N act disable
	switched "lockdown: enable" Y act enable
	switched "lockdown: mode" Y observe mode observe
	ask mode act
	metrics "lockdown: metrics"
	ask watch -c 1
	says "lockdown: watch" 0 '^switch on  mode act  '
	listen -c 2
	echo "$kept 1" >&4
	listen_end
	exec 4>&-
	ktap_equal "lockdown: events" "$code $(cut -d ' ' -f 3 "$WORK/events" | xargs)$(left)" \
		"0 request_begin request_end"
	ask doctor
	says "lockdown: doctor" 0 \
		'^ok: lockdown: integrity: this program does by parameters what debugfs forbids$'
}

[ -x "$PROGRAM" ] || ktap_skip_all "tools/hugecontig is not built"
zone_movable || ktap_skip_all "no ZONE_MOVABLE"
contig_load
ktap_plan 118
test_not_loaded
module_load
begin
test_requests
test_control
test_explain
test_virtio_mem
test_events
test_watch
test_doctor
test_taken
test_lockdown
pin_stop
ktap_true "contents" user_stop

ktap_finish
