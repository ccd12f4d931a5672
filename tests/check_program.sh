#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The program hugecontig(8), against files as the module and the kernel have them: neither
# module nor guest is needed. CC and CFLAGS are those of make.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/ktap.sh"

# Where all of them run as somebody else, too.
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"

root=$work/root
PROGRAM=$work/tools/hugecontig
PARAMETERS=$root/sys/module/hugecontig/parameters
DEBUGFS=$root/sys/kernel/debug/hugecontig
TRACING=$root/sys/kernel/tracing
HUGEPAGES=$root/sys/kernel/mm/hugepages
NODES=$root/sys/devices/system/node
COMMANDS="status enable disable mode stats watch explain failures events doctor"
RELEASE=6.1.0-56-amd64
SYMBOLS="alloc_contig_range alloc_contig_pages isolate_migratepages_block move_hugetlb_state
	hugetlb_vm_op_close remove_inode_hugepages"
ESCAPE=$(printf '\033')
NOBODY=65534

# pool DIRECTORY SIZE_KB TOTAL FREE SURPLUS [RESERVED]
pool()
{
	mkdir -p "$1/hugepages-$2kB"
	echo "$3" > "$1/hugepages-$2kB/nr_hugepages"
	echo "$4" > "$1/hugepages-$2kB/free_hugepages"
	echo "$5" > "$1/hugepages-$2kB/surplus_hugepages"
	[ -z "$6" ] || echo "$6" > "$1/hugepages-$2kB/resv_hugepages"
}

fixture_pools()
{
	pool "$HUGEPAGES" 2048 512 300 2 17
	pool "$HUGEPAGES" 1048576 2 1 0 0
	pool "$NODES/node0/hugepages" 2048 256 200 2
	pool "$NODES/node0/hugepages" 1048576 2 1 0
	pool "$NODES/node1/hugepages" 2048 256 100 0
	pool "$NODES/node1/hugepages" 1048576 0 0 0
}

fixture_iomem()
{
	mkdir -p "$root/proc"
	cat > "$root/proc/iomem" <<-'END'
	00001000-0009fbff : System RAM
	000f0000-000fffff : System ROM
	00100000-7fffffff : System RAM
	  01000000-01e00eb0 : Kernel code
	fe000000-fe003fff : 0000:00:02.0
	  fe000000-fe003fff : virtio-pci-modern
	100000000-2ffffffff : virtio3
	  100000000-107ffffff : System RAM (virtio_mem)
	  108000000-10fffffff : System RAM (virtio_mem)
	  140000000-147ffffff : System RAM (virtio_mem)
	400000000-4ffffffff : virtio4
	  400000000-407ffffff : System RAM (virtio_mem)
	500000000-5ffffffff : virtio5
	END
}

fixture_stats()
{
	cat <<-'END'
	requests 120
	requests_ok 100
	free_replaced 40
	inuse_migrated 9
	gigantic_given_up 1
	would_replace 3
	would_migrate 2
	would_give_up 0
	settled 4
	enomem 1
	interrupted 0
	second_passes 5
	second_passes_ok 4
	second_passes_out_of_time 1
	busy_gigantic 2
	busy_pinned 18
	busy_no_memory 1
	failed_none 1
	failed_pinned 16
	failed_no_memory 1
	failed_gigantic 2
	ruled_out_unmovable 7
	ruled_out_too_many 1
	node0_free_replaced 30
	node0_inuse_migrated 9
	node1_free_replaced 10
	node1_inuse_migrated 0
	END
	for what in request replace migrate; do
		below=1
		while [ $below -le 8388608 ]; do
			case $below in
			128) echo "${what}_us_lt_$below 60" ;;
			256) echo "${what}_us_lt_$below 35" ;;
			1048576) echo "${what}_us_lt_$below 4" ;;
			*) echo "${what}_us_lt_$below 0" ;;
			esac
			below=$((below * 2))
		done
		echo "${what}_us_more 1"
		echo "${what}_us_sum 12000000"
	done
	printf 'last_blocking_pfn 0x100200\nlast_blocking_reason pinned\n'
}

fixture_failures()
{
	cat <<-'END'
	failure time=1764190000.123456 range=0x100000-0x107fff result=-16 reason=pinned pfn=0x100200 duration_us=123 replaced=1 migrated=0 mode=act caller=virtio_mem_sbm_unplug_sb pid=71 comm=kworker/0:2
	failure time=1764190001.500000 range=0x108000-0x10ffff result=-12 reason=no_memory pfn=0x0 duration_us=99 replaced=0 migrated=0 mode=act caller=? pid=72 comm=a b=c "d"
	END
	# Anybody may call a process that.
	printf 'failure time=1764190002.000001 range=0x1-0x2 result=-4 reason=interrupted pfn=0x1 duration_us=1 replaced=0 migrated=0 mode=observe caller=cma_alloc pid=73 comm=\033[31m\303\251\377\n'
}

fixture_blocked()
{
	cat <<-'END'
	target range=0x100000-0x107fff node=any zone=any
	obstacle pfn=0x100000 pages=512 node=0 zone=Movable verdict=huge_free stays=no size_kb=2048 use=free mapped=0 references=0 reserved=no surplus=no
	obstacle pfn=0x100200 pages=512 node=0 zone=Movable verdict=huge_pinned stays=yes size_kb=2048 use=in_use mapped=1 references=2 reserved=no surplus=no
	obstacle pfn=0x100400 pages=3 node=0 zone=Movable verdict=mlocked stays=no
	obstacle pfn=0x100403 pages=509 node=0 zone=Movable verdict=free stays=no
	obstacle pfn=0x100600 pages=1 node=0 zone=Movable verdict=free stays=no
	obstacle pfn=0x100601 pages=1 node=0 zone=Movable verdict=slab stays=yes
	obstacle pfn=0x100602 pages=510 node=0 zone=Movable verdict=movable stays=no
	obstacle pfn=0x100800 pages=512 node=0 zone=Movable verdict=of_tomorrow stays=no
	total verdict=huge_free pages=512 obstacles=1
	total verdict=huge_pinned pages=512 obstacles=1
	total verdict=mlocked pages=3 obstacles=1
	total verdict=slab pages=1 obstacles=1
	total verdict=free pages=510 obstacles=2
	result pages=32768 verdict=blocked stays=2 first=0x100200 replace=1 migrate=0 move_pages=513
	END
}

fixture_emptied()
{
	cat <<-'END'
	target range=0x100000-0x1003ff node=0 zone=any
	obstacle pfn=0x100000 pages=512 node=0 zone=Movable verdict=huge_free stays=no size_kb=2048 use=free mapped=0 references=0 reserved=no surplus=no
	obstacle pfn=0x100200 pages=512 node=0 zone=Movable verdict=huge_in_use stays=no size_kb=2048 use=in_use mapped=1 references=1 reserved=no surplus=no
	total verdict=huge_free pages=512 obstacles=1
	total verdict=huge_in_use pages=512 obstacles=1
	result pages=1024 verdict=can_be_emptied stays=0 first=0x0 replace=1 migrate=1 move_pages=0
	END
}

# fixture_json VERDICT
fixture_json()
{
	cat <<-END
	{"type":"target","range":"0x100000-0x1003ff","node":"0","zone":"any"}
	{"type":"obstacle","pfn":"0x100200","pages":512,"node":0,"zone":"Movable","verdict":"huge_pinned","stays":true}
	{"type":"total","verdict":"huge_pinned","pages":512,"obstacles":1}
	{"type":"result","pages":1024,"verdict":"$1","stays":1,"first":"0x100200","replace":0,"migrate":0,"move_pages":0}
	END
}

# fixture_scattered OBSTACLES PAGES: one in the first page of each so many
fixture_scattered()
{
	awk -v nr="$1" -v pages="$2" 'BEGIN {
		printf "target range=0x0-0x%x node=any zone=any\n", nr * pages - 1
		for (i = 0; i < nr; i++)
			printf "obstacle pfn=0x%x pages=1 node=0 zone=Normal verdict=slab stays=yes\n", i * pages
		printf "total verdict=slab pages=%d obstacles=%d\n", nr, nr
		printf "result pages=%d verdict=blocked stays=%d first=0x0 replace=0 migrate=0 move_pages=0\n", nr * pages, nr
	}'
}

fixture_module()
{
	mkdir -p "$PARAMETERS" "$DEBUGFS"
	echo Y > "$PARAMETERS/enabled"
	echo act > "$PARAMETERS/mode"
	echo > "$PARAMETERS/explain_target"
	echo OE > "$root/sys/module/hugecontig/taint"
	cat > "$DEBUGFS/status" <<-END
	version: 0.1
	kernel: $RELEASE
	enabled: Y
	mode: act
	free_pages: provided, as the kernel's way lets counters move
	target_outside_range: native
	gigantic_pages: unavailable, nothing can replace them, see give_up_gigantic
	redirect_alloc_contig_range: 120 calls
	redirect_isolate_migratepages_block: 4711 calls
	page_in_flight: 1, last pfn 0x100600
	END
	fixture_stats > "$DEBUGFS/stats"
	fixture_failures > "$DEBUGFS/failures"
	fixture_blocked > "$DEBUGFS/explanation"
}

fixture_kernel()
{
	mkdir -p "$root/proc/sys/kernel" "$root/proc/sys/vm" "$root/boot" \
		"$root/sys/kernel/btf" "$TRACING/instances" "$root/sys/kernel/security" \
		"$root/sys/module/module/parameters" \
		"$root/lib/modules/$RELEASE/updates/dkms"
	echo $RELEASE > "$root/proc/sys/kernel/osrelease"
	echo 1 > "$root/proc/sys/kernel/ftrace_enabled"
	echo 0 > "$root/proc/sys/vm/hugetlb_optimize_vmemmap"
	echo "BOOT_IMAGE=/boot/vmlinuz-$RELEASE ro quiet" > "$root/proc/cmdline"
	for option in KPROBES KALLSYMS_ALL DYNAMIC_FTRACE_WITH_REGS DEBUG_INFO_BTF \
		HUGETLB_PAGE CONTIG_ALLOC; do
		echo "CONFIG_$option=y"
	done > "$root/boot/config-$RELEASE"
	: > "$root/sys/kernel/btf/vmlinux"
	for symbol in $SYMBOLS isolate_migratepages_block.cold; do
		echo "ffffffff81234560 T $symbol"
	done > "$root/proc/kallsyms"
	echo "ffffffff82345670 D hugetlb_lock" >> "$root/proc/kallsyms"
	printf 'ffffffffc0234560 t move_hugetlb_state\t[hugecontig]\n' >> "$root/proc/kallsyms"
	for symbol in $SYMBOLS; do
		printf '%s (1) R I     \ttramp: ftrace_trampoline+0x0/0x1000 [__builtin__ftrace] (redirect_callback+0x0/0x90 [hugecontig]) ->ftrace_ops_assist_func+0x0/0xe0\n' $symbol
	done > "$TRACING/enabled_functions"
	echo "[none] integrity confidentiality" > "$root/sys/kernel/security/lockdown"
	echo N > "$root/sys/module/module/parameters/sig_enforce"
	: > "$root/lib/modules/$RELEASE/updates/dkms/hugecontig.ko.xz"
}

# fixture: a host that has everything
fixture()
{
	rm -rf "$root"
	fixture_pools
	fixture_iomem
	fixture_module
	fixture_kernel
}

# unload: takes the module out of it
unload()
{
	rm -r "$root/sys/module/hugecontig" "$DEBUGFS"
	: > "$TRACING/enabled_functions"
}

# ask ARGUMENT...: sets $code; what it says is in $work/out and $work/err
ask()
{
	code=0
	"$PROGRAM" --root "$root" "$@" > "$work/out" 2> "$work/err" < /dev/null || code=$?
}

# shows_all NAME: what was said, for a case that failed
shows_all()
{
	ktap_fail "$1" "code $code"
	head -n 40 "$work/out" "$work/err" | sed 's/^/# /'
}

# answers NAME CODE REGEX ARGUMENT...: no error, and a line of the output is like that
answers()
{
	answers_name=$1
	answers_code=$2
	answers_regex=$3
	shift 3
	ask "$@"
	if [ $code = "$answers_code" ] && [ ! -s "$work/err" ] &&
		grep -q -E -e "$answers_regex" "$work/out"; then
		ktap_pass "$answers_name"
	else
		shows_all "$answers_name"
	fi
}

# refuses NAME CODE REGEX ARGUMENT...: one line of error, which is like that
refuses()
{
	refuses_name=$1
	refuses_code=$2
	refuses_regex=$3
	shift 3
	ask "$@"
	if [ $code = "$refuses_code" ] && [ "$(wc -l < "$work/err")" -eq 1 ] &&
		grep -q -E -e "^hugecontig: .*$refuses_regex" "$work/err"; then
		ktap_pass "$refuses_name"
	else
		shows_all "$refuses_name"
	fi
}

# json NAME CODE EXPRESSION ARGUMENT...: of Python, true of d, the object, or with more
# than one line of l, the objects
json()
{
	json_name=$1
	json_code=$2
	json_expression=$3
	shift 3
	ask "$@" --json
	if [ $code = "$json_code" ] && [ ! -s "$work/err" ] && python3 -c '
import json, sys
def pairs(members):
    assert len(dict(members)) == len(members), "a key twice"
    return dict(members)
l = [json.loads(line, object_pairs_hook=pairs)
     for line in open(sys.argv[1], encoding="utf-8")]
d = l[0] if l else None
assert eval("(" + sys.argv[2] + ")"), l' "$work/out" "$json_expression" 2> "$work/python"; then
		ktap_pass "$json_name"
	else
		cat "$work/python" >> "$work/err"
		shows_all "$json_name"
	fi
}

# has TOOL: whether it is installed
has()
{
	command -v "$1" > /dev/null
}

# on_terminal COMMAND: of the shell, on a terminal that can do everything
on_terminal()
{
	TERM=xterm script -qec "$1" /dev/null < /dev/null
}

# commands_in FILE: of the completions, as it names them
commands_in()
{
	case $1 in
	*/_hugecontig) sed -n "s/^\t\t'\([a-z]*\):.*/\1/p" "$1" ;;
	*) sed -n 's/^\tlocal commands="\(.*\)"$/\1/p' "$1" ;;
	esac | xargs
}

# options_of COMMAND: that its help lists
options_of()
{
	"$PROGRAM" "$1" --help | sed -n '/^General/q; s/^  \(-.*\)/\1/p' | sed 's/   .*//' |
		sed 's/, /\n/' | sed 's/ .*//' | sort | xargs
}

# completes WORD...: what bash makes of the last one
completes()
{
	bash -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _hugecontig
		echo "${COMPREPLY[*]}"' bash "$work/tools/completion/hugecontig" \
		hugecontig "$@"
}

# files_in DIRECTORY
files_in()
{
	find "$1" -mindepth 1 -printf '%f\n' | sort | xargs
}

# metric NAME_AND_LABELS VALUE
metric()
{
	ktap_true "metric $1" grep -q -x -F "$1 $2" "$work/out"
}

build()
{
	cp -r "$TESTS/../tools" "$TESTS/../dkms.conf" "$work" || return 1
	make -C "$work/tools" clean > /dev/null
	make -C "$work/tools" ${CC:+"CC=$CC"} \
		CFLAGS="${CFLAGS:--O2 -Wall -Wextra -Werror}" > "$work/log" 2>&1 && return
	sed 's/^/# /' "$work/log"
	return 1
}

check_build()
{
	ktap_true "builds without a warning" build
	make -s -C "$work/tools" install DESTDIR="$work/installed" PREFIX=/usr
	ktap_equal "installs" "$(cd "$work/installed" && find . -type f | sort | xargs)" \
		"./usr/sbin/hugecontig ./usr/share/bash-completion/completions/hugecontig ./usr/share/man/man8/hugecontig.8 ./usr/share/zsh/vendor-completions/_hugecontig"
	ktap_equal "version" "$("$PROGRAM" --version)" \
		"hugecontig $(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' "$TESTS/../dkms.conf")"
}

check_usage()
{
	ktap_equal "help names all commands" "$("$PROGRAM" --help |
		sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' | xargs)" "$COMMANDS"
	for command in $COMMANDS; do
		answers "help of $command" 0 "^Example" $command --help
	done
	refuses "no command" 2 "a command is missing"
	refuses "a command that is none" 2 "there is no command \"frobnicate\"" frobnicate
	refuses "an option that is none" 2 "frobnicate" status --frobnicate
	refuses "an option of another command" 2 "there is no --all" status --all
	refuses "a mode that is none" 2 "say act or observe" mode frobnicate
	refuses "no mode" 2 "act.observe is missing" mode
	refuses "too much" 2 "\"now\" is too much" enable now
	for target in "0x10-0x1" "10-20" "0x10" "node" "memoryx" "zone" "address all" \
		"node0 zone" "node0 memory1" "[100400, 100000)" "all full" ""; do
		refuses "no target: '$target'" 2 "this is no target" explain "$target"
	done
	refuses "an interval that is none" 2 "say 0.1 to" watch -n 0
	refuses "an interval that is no number" 2 "say 0.1 to" watch -n nan
	refuses "a count that is none" 2 "say 1 to" watch -c -1
	refuses "a width that is none" 2 "say 1 to" explain all --width 0
	refuses "a colour that is none" 2 "say always" --color=green status
	refuses "a root that is none" 1 "can not look below" --root /nonexistent status
	refuses "metrics as JSON" 2 "leave out one" stats --prometheus --json
	refuses "output without metrics" 2 "add that" stats --output "$work/metrics"
}

check_status()
{
	answers "status" 0 "^  redirect|^  isolate_migratepages_block +4711 calls" status
	answers "status: capability" 0 "^  free_pages +provided +as the kernel's way" status
	json "status: JSON" 0 "d['enabled'] is True and d['mode'] == 'act'
		and d['capabilities']['target_outside_range'] == {'state': 'native', 'why': ''}
		and d['redirects']['alloc_contig_range'] == 120
		and d['page_in_flight'] == {'pages': 1, 'last_pfn': '0x100600'}" status
	sed -i 's/^page_in_flight: .*/page_in_flight: none/' "$DEBUGFS/status"
	json "status: nothing in flight" 0 "d['page_in_flight'] == {'pages': 0}" status
}

check_control()
{
	ask disable
	ktap_equal "disable" "$code $(cat "$PARAMETERS/enabled")" "0 N"
	ask enable
	ktap_equal "enable" "$code $(cat "$PARAMETERS/enabled")" "0 Y"
	ask mode observe
	ktap_equal "observe" "$code $(cat "$PARAMETERS/mode")" "0 observe"
	ask mode act
	ktap_equal "act" "$code $(cat "$PARAMETERS/mode")" "0 act"
	rm "$PARAMETERS/mode"
	refuses "an older module" 1 "the module has no such file" mode act
	fixture
}

check_stats()
{
	answers "stats" 0 "^  busy_pinned +18$" stats
	answers "stats: percentiles" 0 \
		"^  request_us +100 times, 120 ms on average, 50% below 128 us, 90% below 256 us, 99% below 1.0 s$" \
		stats
	ktap_equal "stats: no bars in a file" "$(grep -c '#' "$work/out")" 0
	json "stats: JSON" 0 "d['busy_pinned'] == 18 and d['last_blocking_pfn'] == '0x100200'
		and d['request_us_lt_256'] == 35 and len(d) == 27 + 3 * 26 + 2" stats
}

check_metrics()
{
	answers "metrics" 0 "^hugecontig_loaded 1$" stats --prometheus
	metric 'hugecontig_enabled' 1
	metric 'hugecontig_info{version="0.1",kernel="6.1.0-56-amd64",mode="act"}' 1
	metric 'hugecontig_requests_total' 120
	metric 'hugecontig_requests_ok_total' 100
	metric 'hugecontig_requests_failed_total{reason="pinned"}' 16
	metric 'hugecontig_pages_replaced_total{node="1"}' 10
	metric 'hugecontig_pages_migrated_total{node="0"}' 9
	metric 'hugecontig_gigantic_given_up_total' 1
	metric 'hugecontig_observed_pages_total{action="replace"}' 3
	metric 'hugecontig_observed_pages_total{action="give_up"}' 0
	metric 'hugecontig_settled_total' 4
	metric 'hugecontig_enomem_total' 1
	metric 'hugecontig_interrupted_total' 0
	metric 'hugecontig_busy_total{reason="no_memory"}' 1
	metric 'hugecontig_ruled_out_total{reason="too_many"}' 1
	metric 'hugecontig_second_passes_total' 5
	metric 'hugecontig_second_passes_ok_total' 4
	metric 'hugecontig_second_passes_out_of_time_total' 1
	metric 'hugecontig_request_seconds_bucket{le="6.4e-05"}' 0
	metric 'hugecontig_request_seconds_bucket{le="0.000256"}' 95
	metric 'hugecontig_replace_seconds_bucket{le="8.388608"}' 99
	metric 'hugecontig_migrate_seconds_bucket{le="+Inf"}' 100
	metric 'hugecontig_request_seconds_sum' 12.000000
	metric 'hugecontig_request_seconds_count' 100
	metric 'hugecontig_pool_pages{node="0",size_kb="2048",state="surplus"}' 2
	metric 'hugecontig_pool_pages{node="1",size_kb="2048",state="free"}' 100
	metric 'hugecontig_pool_reserved_pages{size_kb="2048"}' 17
	metric 'hugecontig_pool_configured_pages{size_kb="2048"}' 510
	metric 'hugecontig_virtio_mem_plugged_bytes' 536870912
	ktap_equal "each metric has its type and help" \
		"$(sed -n 's/^\(hugecontig_[a-z_]*\).*/\1/p' "$work/out" |
			sed 's/_seconds_\(bucket\|sum\|count\)$/_seconds/' | sort -u | xargs)" \
		"$(sed -n 's/^# TYPE \([a-z_]*\) .*/\1/p' "$work/out" | sort | xargs)"
	if has promtool; then
		ktap_equal "promtool" "$(promtool check metrics < "$work/out" 2>&1)" ""
	else
		ktap_skip "promtool" "not installed"
	fi
}

check_output()
{
	mkdir -p "$work/collector"
	echo old > "$work/collector/hugecontig.prom"
	ln "$work/collector/hugecontig.prom" "$work/collector/old"
	ask stats --prometheus --output "$work/collector/hugecontig.prom"
	ktap_equal "output: another file, as a whole" \
		"$code $(cat "$work/collector/old") $(grep -c '^hugecontig_loaded 1$' "$work/collector/hugecontig.prom") $(stat -c %a "$work/collector/hugecontig.prom")" \
		"0 old 1 644"
	ktap_equal "output: no other file is left" "$(files_in "$work/collector")" \
		"hugecontig.prom old"
	refuses "output: no directory" 1 "No such file or directory" \
		stats --prometheus --output "$work/nonexistent/hugecontig.prom"
	mkdir "$work/collector/directory"
	refuses "output: a directory" 1 "can not write" \
		stats --prometheus --output "$work/collector/directory"
	ktap_equal "output: nor after an error" "$(files_in "$work/collector")" \
		"directory hugecontig.prom old"
	rm "$DEBUGFS/stats"
	echo before > "$work/collector/hugecontig.prom"
	refuses "output: no stats" 1 "no such file" \
		stats --prometheus --output "$work/collector/hugecontig.prom"
	ktap_equal "output: the file stays then" "$(cat "$work/collector/hugecontig.prom")" before
	fixture
}

check_explain()
{
	answers "explain: blocked" 3 \
		"^blocked by 2 obstacles, the first at pfn 0x100200: huge_pinned" explain memory32
	ktap_equal "explain: what was asked" "$(cat "$PARAMETERS/explain_target")" "memory32 full"
	ktap_true "explain: map" grep -q '^0x100000  fHlS?-' "$work/out"
	ktap_true "explain: legend" grep -q '^  H  huge_pinned ' "$work/out"
	ktap_equal "explain: no other letter in the legend" \
		"$(grep -c '^  [NGKR]  ' "$work/out")" 0
	ktap_equal "explain: obstacles that stay" \
		"$(sed -n 's/^  \(0x[0-9a-f]*\) .*/\1/p' "$work/out" | xargs)" "0x100200 0x100601"
	ktap_true "explain: hint" grep -q '^  slab: .*drop_caches' "$work/out"
	answers "explain: width" 3 "^0x100000  .{15}$" explain memory32 --width 15
	ktap_equal "explain: rows without anything are left out" \
		"$(sed -n '/^ *0x100000  /,/^$/p' "$work/out" | sed 1d | xargs)" ...
	ask explain memory32 --no-map
	ktap_equal "explain: no map" "$code $(grep -c 'a letter is' "$work/out")" "3 0"
	ktap_true "explain: no map, so what a verdict means is said" \
		grep -q ' at pfn 0x100200: huge_pinned (huge page that .*)$' "$work/out"
	fixture_emptied > "$DEBUGFS/explanation"
	sed 's/^target.*/target range=0x1-0x13ffff node=0 zone=Movable/' "$DEBUGFS/explanation" \
		> "$work/zone"
	mv "$work/zone" "$DEBUGFS/explanation"
	answers "explain: a zone, and what it has" 0 \
		"^pfns 0x1-0x13ffff, 4 MiB, node 0, zone Movable$" explain node0 zone Movable
	ktap_equal "explain: a zone, its map" \
		"$(sed -n '/^ *[0.x]*  */,/^$/p' "$work/out" | sed -n '/^ *\(\.\.\.\|0x\)/p' | tr -d '-' | xargs)" \
		"... 0x100000 fu ..."
	fixture_emptied > "$DEBUGFS/explanation"
	answers "explain: can be emptied" 0 \
		"^can be emptied: 1 huge page to replace, 1 to migrate, 0 small pages to move$" \
		explain memory32
}

# asks WORD...: what the module is asked for then
asks()
{
	ask explain "$@"
	cat "$PARAMETERS/explain_target"
}

check_targets()
{
	ktap_equal "target: as the kernel prints it" "$(asks '[100000, 100400)')" \
		"0x100000-0x1003ff full"
	ktap_equal "target: a line of the log" \
		"$(asks '[  12.345678] alloc_contig_range: [100000, 100400) PFNs busy')" \
		"0x100000-0x1003ff full"
	ktap_equal "target: from the first page" "$(asks '[0, 200)')" "0x0-0x1ff full"
	ktap_equal "target: pfns" "$(asks 0x100000-0x1003ff)" "0x100000-0x1003ff full"
	ktap_equal "target: addresses" "$(asks address 0x100000000-0x107ffffff)" \
		"address 0x100000000-0x107ffffff full"
	ktap_equal "target: zone of a node" "$(asks 'node1  zone' Movable)" \
		"node1 zone Movable full"
	ktap_equal "target: all" "$(asks all)" "all full"
	ktap_equal "target: virtio-mem, the last range" "$(asks virtio-mem)" \
		"address 0x400000000-0x407ffffff full"
	ktap_equal "target: virtio-mem, all ranges" \
		"$(sed -n 's/^\(virtio.*\)/\1/p' "$work/out" | xargs)" \
		"virtio3: 256 MiB at address 0x100000000 virtio3: 128 MiB at address 0x140000000 virtio4: 128 MiB at address 0x400000000"
	check_given_back
	sed -i 's/^\( *\)[0-9a-f]*-[0-9a-f]*/\100000000-00000000/' "$root/proc/iomem"
	refuses "target: virtio-mem, addresses are hidden" 1 "can not read addresses" \
		explain virtio-mem
	fixture_iomem
	sed -i /virtio_mem/d "$root/proc/iomem"
	refuses "target: virtio-mem, nothing is plugged" 1 "no device has memory plugged" \
		explain virtio-mem
	fixture
}

# A part of a memory block is given back: nobody asks for it once more.
check_given_back()
{
	fixture_blocked | sed 's/verdict=\(huge_pinned\|slab\)/verdict=offline/' \
		> "$DEBUGFS/explanation"
	answers "target: virtio-mem, some was given back" 0 \
		"^can be emptied: 1 huge page to replace" explain virtio-mem
	ktap_true "target: virtio-mem, the map of that" grep -q '^0x100000  fvlm?-' "$work/out"
	answers "target: pfns, some was given back" 3 "^blocked by 2 obstacles, .* 0x100200: offline$" \
		explain 0x100000-0x107fff
	fixture_blocked | sed 's/verdict=huge_pinned/verdict=offline/' > "$DEBUGFS/explanation"
	answers "target: virtio-mem, and something is in the way" 3 \
		"^blocked by 1 obstacle, at pfn 0x100601: slab$" explain virtio-mem
	fixture_json blocked | sed 's/huge_pinned/offline/' > "$DEBUGFS/explanation"
	json "target: virtio-mem, JSON, some was given back" 0 "len(l) == 12" explain virtio-mem
	json "target: pfns, JSON, some was given back" 3 "len(l) == 4" explain 0x100000-0x107fff
	fixture_json blocked > "$DEBUGFS/explanation"
	json "target: virtio-mem, JSON" 3 "len(l) == 12" explain virtio-mem
	fixture_blocked > "$DEBUGFS/explanation"
}

check_explain_json()
{
	fixture_json blocked > "$DEBUGFS/explanation"
	json "explain: JSON, blocked" 3 "[o['type'] for o in l] ==
		['target', 'obstacle', 'total', 'result']" explain all
	ktap_equal "explain: JSON, what was asked" "$(cat "$PARAMETERS/explain_target")" "all json"
	ask explain all --json --all
	ktap_equal "explain: all JSON" "$(cat "$PARAMETERS/explain_target")" "all json full"
	fixture_json can_be_emptied | sed 's/":/": /g' > "$DEBUGFS/explanation"
	json "explain: JSON, can be emptied" 0 "l[3]['verdict'] == 'can_be_emptied'" explain all
	ktap_equal "explain: JSON, as it comes" "$(cat "$work/out")" "$(cat "$DEBUGFS/explanation")"
	sed -i '$d' "$DEBUGFS/explanation"
	refuses "explain: JSON without its end" 1 "no whole answer" explain all --json
	fixture_blocked | sed '$d' > "$DEBUGFS/explanation"
	refuses "explain: no end" 1 "no whole answer" explain all
	echo "0x0-0x1ff full" > "$DEBUGFS/explain"
	refuses "explain: by one file, which is none of the module" 1 "no whole answer" \
		explain 0x0-0x1ff
	rm "$DEBUGFS/explain" "$DEBUGFS/explanation"
	refuses "explain: no file" 1 "the module has no such file" explain all
	fixture
}

check_large()
{
	# 1 TiB, and a page of slab in each huge page
	fixture_scattered 524288 512 > "$DEBUGFS/explanation"
	code=0
	prlimit --as=16777216 "$PROGRAM" --root "$root" explain all > "$work/out" 2> "$work/err" ||
		code=$?
	ktap_equal "1 TiB: one letter for more" "$code $(sed -n 's/, and the worst.*//p' "$work/out")" \
		"3 a letter is 256 MiB (2 MiB would be too many)"
	ktap_equal "1 TiB: rows" "$(grep -c '^ *0x[0-9a-f]*  S\{64\}$' "$work/out")" 64
	ktap_equal "1 TiB: the first obstacles" "$(grep -c '^  0x.*slab' "$work/out")" 20
	ktap_true "1 TiB: and the rest" grep -q '^  and 524268 more, which --all lists$' "$work/out"
	code=0
	prlimit --as=16777216 "$PROGRAM" --root "$root" explain all --all --no-map \
		> "$work/out" 2> "$work/err" || code=$?
	ktap_equal "1 TiB: all obstacles" "$code $(grep -c '^  0x.*slab' "$work/out")" "3 524288"
	fixture_scattered 1 100 > "$DEBUGFS/explanation"
	answers "less than a letter" 3 "^ *0x0  S$" explain all
	fixture
}

check_failures()
{
	export TZ=UTC
	answers "failures" 0 \
		"^2025-11-26 20:46:40.123 +EBUSY +pinned +0x100200 +0x100000-0x107fff +virtio_mem_sbm_unplug_sb +kworker/0:2$" \
		failures
	answers "failures: nothing that a terminal obeys" 0 "cma_alloc +[?]\[31m[?]{3}$" failures
	json "failures: JSON" 0 "len(l) == 3 and d['result'] == -16 and d['result_name'] == 'EBUSY'
		and d['time'] == 1764190000.123456 and l[1]['comm'] == 'a b=c \"d\"'
		and l[2]['comm'] == '\\x1b[31m\\u00e9\\ufffd' and d['pid'] == 71" failures
	: > "$DEBUGFS/failures"
	answers "failures: none" 0 "^no request has failed$" failures
	json "failures: JSON of none" 0 "l == []" failures
	fixture
}

# wait_for LINES: until that many are in $work/out, for ten seconds at most
wait_for()
{
	tries=0
	until [ "$(wc -l < "$work/out")" -ge "$1" ] || [ $tries -ge 200 ]; do
		sleep 0.05
		tries=$((tries + 1))
	done
}

check_watch()
{
	answers "watch" 0 "^failed: pinned +16 +0\.0$" watch -c 2 -n 0.1
	ktap_equal "watch: blocks" "$(grep -c '^requests  ' "$work/out")" 2
	ktap_true "watch: no rate at first" grep -q '^requests  *120  *-$' "$work/out"
	ktap_true "watch: pools" grep -q '^2 MiB  *1  *256  *100  *0$' "$work/out"
	ktap_true "watch: memory" grep -q '^memory blocks of virtio-mem: 512 MiB$' "$work/out"
	ktap_true "watch: failures" grep -q '^2025-11-26 .*kworker/0:2$' "$work/out"
	sed -i "s/^failure time=[0-9]*/failure time=$(date +%s)/" "$DEBUGFS/failures"
	answers "watch: failures of today" 0 \
		"^[0-9:]{8}\.123 EBUSY  pinned      0x100200 0x100000-0x107fff virtio_mem_sbm_unplug_sb kworker/0:2$" \
		watch -c 1
	fixture_failures > "$DEBUGFS/failures"
	json "watch: JSON" 0 "len(l) == 2 and d['loaded'] and d['enabled']
		and d['counters']['requests'] == {'total': 120, 'per_second': None}
		and l[1]['counters']['free_replaced']['per_second'] == 0
		and l[1]['failed']['pinned']['total'] == 16 and len(d['pools']) == 4
		and d['virtio_mem_plugged_bytes'] == 512 << 20
		and len(d['failures']) == 3 and l[1]['time'] - d['time'] > 0.05" watch -c 2 -n 0.1
	# While it watches: 10 more, and then the module goes.
	: > "$work/out"
	(
		wait_for 1
		sed 's/^requests 120/requests 130/' "$DEBUGFS/stats" > "$work/stats"
		mv "$work/stats" "$DEBUGFS/stats"
		wait_for 2
		rm -r "$DEBUGFS"
	) &
	json "watch: rates" 0 "9 < l[1]['counters']['requests']['per_second'] <= 10
		and not l[2]['loaded'] and 'counters' not in l[2]" watch -c 3 -n 1
	wait
	fixture
}

check_watch_on_terminal()
{
	on_terminal "$PROGRAM --root $root watch -n 0.1 -c 2; stty -a" > "$work/out"
	ktap_equal "terminal: another screen, and back" \
		"$(grep -o "$ESCAPE\[?1049[hl]" "$work/out" | tr -d "$ESCAPE" | xargs)" \
		"[?1049h [?1049l"
	ktap_true "terminal: as it was" grep -q ' icanon.* echo ' "$work/out"
	: > "$work/out"
	begin=$(date +%s)
	{
		wait_for 5
		printf q
		sleep 1
	} | TERM=xterm script -qec "$PROGRAM --root $root watch -n 600; echo code=\$?" /dev/null \
		> "$work/out"
	ktap_true "terminal: q ends it" grep -q 'code=0' "$work/out"
	ktap_true "terminal: at once" [ $(($(date +%s) - begin)) -lt 60 ]
	for signal in HUP:129 INT:130 TERM:143; do
		code=${signal#*:}
		signal=${signal%:*}
		: > "$work/out"
		(
			wait_for 5
			kill -$signal "$(cat "$work/pid")"
		) &
		on_terminal "sh -c 'echo \$\$ > $work/pid
			exec $PROGRAM --root $root watch -n 600'
			echo code=\$?; stty -a" > "$work/out"
		ktap_equal "terminal: as it was after SIG$signal" \
			"$(grep -o "$ESCAPE\[?1049l\|code=[0-9]*\| icanon\| echo " "$work/out" |
				tr -d "$ESCAPE" | xargs)" \
			"[?1049l code=$code icanon echo"
	done
	on_terminal "stty rows 8 columns 30; $PROGRAM --root $root watch -n 0.1 -c 1" > "$work/out"
	ktap_equal "terminal: what does not fit is left out" \
		"$(tr -d '\r' < "$work/out" | sed "s/$ESCAPE\[[?0-9]*[a-zA-Z]//g" |
			awk '{ if (length > 30) long++ } END { print NR, long + 0 }')" "8 0"
}

# events_with ARGUMENT...: the program, and somebody who plays the kernel for it. As an
# instance that can be removed is empty, its files are as soon as they are open.
events_with()
{
	sh -c '
		root=$1 program=$2 lines=$3 after=$4
		shift 4
		instance=$root/sys/kernel/tracing/instances/hugecontig-$$
		mkdir -p $instance/events/hugecontig
		: > $instance/events/hugecontig/enable
		mkfifo $instance/trace_pipe
		(
			exec 3> $instance/trace_pipe
			cp $instance/events/hugecontig/enable $root/enable
			rm -r $instance/*
			cat $lines >&3
			[ -z "$after" ] || { kill -$after $$; sleep 2; }
		) &
		exec $program --root $root events "$@"' sh "$root" "$PROGRAM" "$work/lines" "$@"
}

check_events()
{
	cat > "$work/lines" <<-'END'
	     kworker/0:2-71      [000] d..1.   123.456789: request_begin: start=0x100000 end=0x108000 caller=virtio_mem_sbm_unplug_sb+0x12/0x90 [virtio_mem] mode=act
	            a: b-72      [001] .....   123.456800: hugecontig_page: pfn=0x100200 order=9 node=0 found=busy done=stays reason=pinned duration=1500
	CPU:1 [LOST 17 EVENTS]
	     kworker/0:2-71      [000] d..1.   123.456912: request_end: range=[0x100000, 0x108000) caller=f ret=-16 duration=123456 replaced=1 migrated=0 pfn=0x100200 reason=pinned
	END
	events_with "" > "$work/out" 2> "$work/err"
	ktap_equal "events: the end of them" "$? $(cat "$root/enable") $(ls "$TRACING/instances")" "0 1 "
	ktap_equal "events: text" "$(cat "$work/out" "$work/err")" \
		"123.456789 kworker/0:2[71] request_begin range=0x100000-0x107fff caller=virtio_mem_sbm_unplug_sb+0x12/0x90 [virtio_mem] mode=act
123.456800 a: b[72] page pfn=0x100200 order=9 node=0 found=busy done=stays reason=pinned duration=1.5 us
CPU:1 [LOST 17 EVENTS]
123.456912 kworker/0:2[71] request_end range=0x100000-0x107fff caller=f ret=EBUSY duration=123.5 us replaced=1 migrated=0 pfn=0x100200 reason=pinned"
	events_with "" --json > "$work/out"
	ktap_equal "events: JSON" "$(python3 -c '
import json, sys
for line in sys.stdin:
    o = json.loads(line)
    print(o["type"], o.get("time"), o.get("comm"), o.get("start"), o.get("end"), o.get("ret"))
' < "$work/out")" "request_begin 123.456789 kworker/0:2 0x100000 0x108000 None
page 123.4568 a: b None None None
other None None None None None
request_end 123.456912 kworker/0:2 0x100000 0x108000 -16"
	events_with "" -c 2 > "$work/out"
	ktap_equal "events: count" "$? $(wc -l < "$work/out") $(ls "$TRACING/instances")" "0 2 "
	for signal in INT TERM HUP; do
		events_with $signal > "$work/out" 2> "$work/err"
		ktap_equal "events: SIG$signal removes the instance, too" \
			"$(($? > 128)) $(wc -l < "$work/out") $(ls "$TRACING/instances")" "1 4 "
	done
	refuses "events: no such event" 1 "can not write .*: the module has no such file" events
	ktap_equal "events: nothing is left then" "$(ls "$TRACING/instances")" ""
	rm -r "$TRACING/instances"
	refuses "events: no tracefs" 1 "tracefs is not mounted: run .mount" events
	echo "none integrity [confidentiality]" > "$root/sys/kernel/security/lockdown"
	refuses "events: lockdown" 1 "closes tracefs" events
	fixture
}

# finds NAME CODE REGEX: a line of the doctor is like that
finds()
{
	answers "doctor: $1" "$2" "$3" doctor
	fixture
}

check_doctor()
{
	sed -i '/^move/s/^/other_/' "$TRACING/enabled_functions"
	for size in 2048 1048576; do
		pool "$HUGEPAGES" $size 2 1 0 0
		pool "$NODES/node0/hugepages" $size 2 1 0
	done
	answers "doctor: all is well" 0 "^ok: kernel: $RELEASE, the module is tested on 6.1$" doctor
	ktap_equal "doctor: and nothing else" "$(grep -v '^ok: ' "$work/out" | xargs)" \
		"$(grep -c '^ok: ' "$work/out") ok, 0 warn, 0 fail, 0 unknown"
	fixture
	json "doctor: JSON" 0 "len(d['findings']) == d['ok'] + d['warn'] and d['fail'] == 0
		and {'finding': 'ok', 'what': 'option CONFIG_KPROBES', 'found': 'set',
		     'advice': None} in d['findings']" doctor

	echo 6.6.1-arch1 > "$root/proc/sys/kernel/osrelease"
	finds "a kernel that is not known" 0 "^warn: kernel: 6.6.1-arch1"
	echo 6.10.1 > "$root/proc/sys/kernel/osrelease"
	finds "one that begins like another" 0 "^warn: kernel: 6.10.1"
	sed -i /KALLSYMS_ALL/d "$root/boot/config-$RELEASE"
	echo "# CONFIG_KALLSYMS_ALL is not set" >> "$root/boot/config-$RELEASE"
	finds "an option" 1 "^fail: option CONFIG_KALLSYMS_ALL: not set: "
	rm "$root/boot/config-$RELEASE"
	finds "no options" 0 "^unknown: kernel options: "
	rm "$root/sys/kernel/btf/vmlinux"
	finds "no type information" 1 "^fail: type information: "
	sed -i 's/isolate_migratepages_block$/&.isra.0/' "$root/proc/kallsyms"
	finds "a clone" 1 "^fail: symbol isolate_migratepages_block: the compiler made isolate_migratepages_block.isra.0 of it"
	sed -i /hugetlb_lock/d "$root/proc/kallsyms"
	finds "no symbol" 1 "^fail: symbol hugetlb_lock: missing"
	grep remove_inode "$root/proc/kallsyms" >> "$root/proc/kallsyms.2"
	cat "$root/proc/kallsyms.2" >> "$root/proc/kallsyms"
	finds "two symbols" 1 "^fail: symbol remove_inode_hugepages: ambiguous"
	sed -i 's/alloc_contig_range$/&_noprof/' "$root/proc/kallsyms"
	finds "another name" 0 "^ok: symbol alloc_contig_range_noprof: there"
	echo "ffffffff81234560 T alloc_contig_frozen_range_noprof" >> "$root/proc/kallsyms"
	finds "the one that the others call" 0 "^ok: symbol alloc_contig_frozen_range_noprof: there"
	sed -i /alloc_contig_pages/d "$root/proc/kallsyms"
	finds "no name at all" 1 "^fail: symbol alloc_contig_pages: missing"
	rm "$root/proc/kallsyms"
	finds "no symbols" 0 "^unknown: symbols: "
}

check_doctor_module()
{
	rm -r "$root/lib/modules"
	finds "not installed" 0 "^warn: module: loaded, but not installed"
	unload
	finds "not loaded" 0 "^warn: module: installed, but not loaded: run .modprobe"
	unload
	rm -r "$root/lib/modules"
	finds "neither" 1 "^fail: module: neither"
	echo N > "$PARAMETERS/enabled"
	finds "off" 0 "^warn: switch: off: run .hugecontig enable"
	echo observe > "$PARAMETERS/mode"
	finds "observes" 0 "^warn: mode: it only observes"
	echo POE > "$root/sys/module/hugecontig/taint"
	finds "taint" 0 "^warn: taint: POE: "
	echo 0 > "$root/proc/sys/kernel/ftrace_enabled"
	finds "ftrace is off" 1 "^fail: ftrace: off: "
	sed -i '/^move/s/redirect_callback.*hugecontig/their_callback+0x0\/0x10 [theirs/' \
		"$TRACING/enabled_functions"
	finds "another module" 1 "^fail: function move_hugetlb_state: taken by the module theirs: "
	sed -i '/^move/s/redirect_callback.*hugecontig./klp_ftrace_handler+0x0\/0x1d0/' \
		"$TRACING/enabled_functions"
	mkdir -p "$root/sys/kernel/livepatch/kpatch_5/vmlinux/move_hugetlb_state,1"
	finds "a live patch" 1 "^fail: function move_hugetlb_state: taken by the live patch kpatch_5: "
	sed -i '/^move/s/tramp: .*/tramp: hugecontig_init+0x0\/0xa3 [hugecontig] (kprobe_ftrace_handler+0x0\/0xf0) ->ftrace_ops_assist_func+0x0\/0x110/' \
		"$TRACING/enabled_functions"
	finds "a kprobe, where the module was initialized" 1 \
		"^fail: function move_hugetlb_state: taken by a kprobe with a post handler: "
	sed -i '/^move/s/\ttramp.*/ ->arch_ftrace_ops_list_func+0x0\/0x180/' \
		"$TRACING/enabled_functions"
	echo "redirect_move_hugetlb_state: 1 calls" >> "$DEBUGFS/status"
	finds "with a tracer" 0 "^ok: function move_hugetlb_state: redirected by the module"
	rm "$TRACING/enabled_functions"
	finds "no functions" 0 "^unknown: functions: "
	echo "none [integrity] confidentiality" > "$root/sys/kernel/security/lockdown"
	unload
	mkdir -p "$root/var/lib/dkms"
	: > "$root/var/lib/dkms/mok.pub"
	finds "lockdown, a key" 0 "^warn: signature: .*: if it is refused, run .mokutil --import /var/lib/dkms/mok.pub"
	echo Y > "$root/sys/module/module/parameters/sig_enforce"
	unload
	finds "signatures, no key" 0 "^warn: signature: .*: see docs/operator.md how dkms"
	echo "none integrity [confidentiality]" > "$root/sys/kernel/security/lockdown"
	finds "confidentiality" 0 "^warn: lockdown: confidentiality"
	rm "$root/sys/kernel/security/lockdown"
	finds "no securityfs" 0 "^unknown: lockdown: can not read .*: run it as root, with securityfs"
	rm "$root/sys/kernel/security/lockdown"
	answers "doctor: no securityfs, so signatures are not known" 0 "^unknown: signature: " doctor
	echo lockdown > "$root/sys/kernel/security/lsm"
	finds "no lockdown" 0 "^ok: lockdown: this kernel has none"
	finds "surplus" 0 "^warn: pool: 2 MiB: 512 pages, 300 free, 17 reserved, 2 surplus: "
	for release in 6.12.117+deb12-amd64 6.12.118+deb13-amd64; do
		echo $release > "$root/proc/sys/kernel/osrelease"
		echo 1 > "$root/proc/sys/vm/hugetlb_optimize_vmemmap"
		finds "memory is corrupted on $release" 0 "^warn: known bugs: "
	done
	echo 6.12.118+deb13-amd64 > "$root/proc/sys/kernel/osrelease"
	echo "ro hugetlb_free_vmemmap=on" > "$root/proc/cmdline"
	finds "by the command line, too" 0 "^warn: known bugs: "
	echo 6.12.118+deb13-amd64 > "$root/proc/sys/kernel/osrelease"
	finds "not if that is off" 0 "^ok: known bugs: that of"
}

check_absence()
{
	unload
	for command in status enable disable "mode act" stats watch "explain all" failures events; do
		# shellcheck disable=SC2086 # words
		refuses "not loaded: $command" 1 "the module is not loaded: run .modprobe hugecontig" \
			$command
	done
	answers "not loaded: metrics" 0 "^hugecontig_loaded 0$" stats --prometheus
	ktap_equal "not loaded: no other metrics of the module" "$(grep -v '^#' "$work/out" |
		sed 's/[ {].*//' | sort -u | xargs)" \
		"hugecontig_loaded hugecontig_pool_configured_pages hugecontig_pool_pages hugecontig_pool_reserved_pages hugecontig_virtio_mem_plugged_bytes"
	fixture
	rm -r "$DEBUGFS"
	for command in status stats watch "explain all" failures; do
		# shellcheck disable=SC2086 # words
		refuses "no debugfs: $command" 1 "debugfs is not mounted: run .mount" $command
	done
	fixture
}

# nobody COMMAND...: as a user without any rights
nobody()
{
	setpriv --reuid=$NOBODY --regid=$NOBODY --clear-groups "$@"
}

check_nobody()
{
	if [ "$(id -u)" -ne 0 ] || ! has setpriv; then
		for command in status stats enable "explain all" doctor; do
			ktap_skip "nobody: $command" "not root, or no setpriv (util-linux)"
		done
		return
	fi
	chmod 700 "$root/sys/kernel/debug" "$TRACING"
	own=$PROGRAM
	PROGRAM="nobody_program"
	refuses "nobody: status" 1 "only root may: run it as root" status
	refuses "nobody: stats" 1 "only root may: run it as root" stats
	refuses "nobody: enable" 1 "only root may: run it as root" enable
	refuses "nobody: explain all" 1 "only root may: run it as root" explain all
	answers "nobody: doctor" 0 "^unknown: functions: can not read .*: run it as root" doctor
	PROGRAM=$own
	fixture
}

nobody_program()
{
	nobody "$own" "$@"
}

# ends NAME ARGUMENT...: in no way but those that are documented
ends()
{
	ends_name=$1
	shift
	ask "$@"
	if [ $code -le 3 ]; then
		ktap_pass "$ends_name"
	else
		shows_all "$ends_name"
	fi
}

# spoil KIND: all files of the tree, but the release, which names others
spoil()
{
	find "$root" -type f ! -name osrelease | while read -r file; do
		case $1 in
		random) head -c 20000 /dev/urandom > "$file" ;;
		empty) : > "$file" ;;
		one-line) tr '\n' ' ' < "$file" > "$work/line" && mv "$work/line" "$file" ;;
		lines) yes "name: failure = [ ) -1 0x 18446744073709551616 obstacle" |
			head -n 1000 > "$file" ;;
		huge) sed -i 's/[0-9]\{1,\}/99999999999999999999999/g; s/0x[0-9a-f]*/0xffffffffffffffff/g' "$file" ;;
		minus) sed -i 's/[0-9a-fx]*[0-9]/-1/g' "$file" ;;
		directories) rm "$file" && mkdir "$file" ;;
		esac
	done
}

check_garbage()
{
	for kind in random empty one-line lines huge minus directories; do
		spoil $kind
		for command in status enable "mode act" stats "stats --prometheus" "watch -c 1" \
			"explain all" "explain virtio-mem" failures doctor; do
			# shellcheck disable=SC2086 # words
			ends "$kind: $command" $command
			case $command in
			enable | mode* | *prometheus) continue ;;
			esac
			# shellcheck disable=SC2086
			ask $command --json
			ktap_true "$kind: $command: JSON" python3 -c '
import json, sys
for line in open(sys.argv[1], encoding="utf-8"):
    json.loads(line)' "$work/out"
		done
		fixture
	done
}

check_memory()
{
	if ! has valgrind; then
		ktap_skip "valgrind" "not installed"
		ktap_skip "valgrind: garbage" "not installed"
		return
	fi
	ktap_equal "valgrind" "$(valgrind_all)" ""
	spoil random
	ktap_equal "valgrind: garbage" "$(valgrind_all)" ""
	fixture
}

# valgrind_all: what it says of each command
valgrind_all()
{
	for command in status "status --json" enable "mode act" stats "stats --json" \
		"stats --prometheus" "watch -c 2 -n 0.1" "watch -c 1 --json" \
		"explain all --all" "explain virtio-mem --json" failures "failures --json" \
		events doctor "doctor --json" --help; do
		# shellcheck disable=SC2086 # words
		valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds=all \
			"$PROGRAM" --root "$root" $command > "$work/out" 2> "$work/err"
		[ $? -ne 99 ] || sed "s/^/$command: /" "$work/err"
	done
}

# colours COMMAND: of the shell; whether there are any
colours()
{
	if eval "$1" | grep -q "$ESCAPE\[[0-9;]*m"; then
		echo yes
	else
		echo no
	fi
}

check_colours()
{
	command="$PROGRAM --root $root"
	ktap_equal "colours: not in a pipe" "$(colours "$command status")" no
	ktap_equal "colours: always" "$(colours "$command --color=always status")" yes
	if ! has script; then
		for case in terminal NO_COLOR dumb never "NO_COLOR, but always" bars; do
			ktap_skip "colours: $case" "no script (bsdutils)"
		done
		return
	fi
	ktap_equal "colours: terminal" "$(colours "on_terminal '$command status'")" yes
	ktap_equal "colours: NO_COLOR" "$(colours "on_terminal 'NO_COLOR=1 $command status'")" no
	ktap_equal "colours: dumb" "$(colours "on_terminal 'TERM=dumb $command status'")" no
	ktap_equal "colours: never" "$(colours "on_terminal '$command status --color never'")" no
	ktap_equal "colours: NO_COLOR, but always" \
		"$(colours "on_terminal 'NO_COLOR=1 $command --color=always stats'")" yes
	on_terminal "$command stats --color=never" > "$work/out"
	ktap_equal "colours: bars" "$(tr -d '\r' < "$work/out" | grep -c '^     < 128 us  *#\{40\} 60$')" 3
}

check_documents()
{
	manual=$work/tools/hugecontig.8
	for file in hugecontig _hugecontig; do
		ktap_equal "completion/$file: commands" \
			"$(commands_in "$work/tools/completion/$file")" "$COMMANDS"
	done
	ktap_equal "manual: commands" "$(sed -n '/^\.Sh COMMANDS/,/^\.Sh OPTIONS/s/^\.It Cm \([a-z]*\).*/\1/p' "$manual" |
		sort | xargs)" "$(echo $COMMANDS | tr ' ' '\n' | sort | xargs)"
	for command in $COMMANDS; do
		options=$(options_of $command)
		missing=
		for option in $options --root --color --help --version; do
			grep -q -w -e "Fl ${option#-}" -e "Fl [a-z] , ${option#-}" "$manual" ||
				missing="$missing $option"
		done
		ktap_equal "manual: options of $command" "$missing" ""
		ktap_equal "completion: options of $command" \
			"$(completes $command - | tr ' ' '\n' | grep -v -x -e --root -e --color \
				-e --help -e --version | sort | xargs)" "$options"
	done
	ktap_true "completion: bash" bash -n "$work/tools/completion/hugecontig"
	ktap_equal "completion: commands" "$(completes --root /x "")" "$COMMANDS"
	ktap_equal "completion: mode" "$(completes mode o)" observe
	ktap_equal "completion: colours" "$(completes --color = a)" "always auto"
	ktap_equal "completion: target" "$(completes explain node0 zone M)" Movable
	if has zsh; then
		ktap_true "completion: zsh" zsh -n "$work/tools/completion/_hugecontig"
	else
		ktap_skip "completion: zsh" "not installed"
	fi
	if has mandoc; then
		ktap_equal "manual: mandoc" "$(mandoc -T lint -W warning "$manual" 2>&1)" ""
	else
		ktap_skip "manual: mandoc" "not installed"
	fi
	if has man && has groff; then
		ktap_equal "manual: groff" "$(man --warnings -l "$manual" 2>&1 > /dev/null)" ""
	else
		ktap_skip "manual: groff" "no man or groff"
	fi
}

has python3 || ktap_skip_all "no python3"
has make || ktap_skip_all "no make"
unset NO_COLOR
ktap_plan 392

check_build
[ -x "$PROGRAM" ] || exit $KSFT_FAIL
fixture
check_usage
check_status
fixture
check_control
check_stats
check_metrics
check_output
check_explain
check_targets
check_explain_json
check_large
check_failures
check_watch
check_events
check_doctor
check_doctor_module
check_absence
check_nobody
check_garbage
check_memory
check_colours
if has script; then
	check_watch_on_terminal
else
	for case in "another screen, and back" "as it was" "q ends it" "at once" \
		"as it was after SIGINT" "as it was after SIGTERM" "as it was after SIGHUP" \
		"what does not fit is left out"; do
		ktap_skip "terminal: $case" "no script (bsdutils)"
	done
fi
check_documents

ktap_finish
