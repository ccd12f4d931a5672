#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What tools/fleet has for many hosts: the alerts and the dashboard by themselves, and
# then with what the program prints for files of its own, by way of a real node exporter
# and a real Prometheus, on the loopback interface only.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/ktap.sh"

FLEET=$TESTS/../tools/fleet
TOOLS=$TESTS/../tools
# No server of ours is asked by way of a proxy, and nothing is left in the tree.
unset http_proxy HTTP_PROXY
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$TESTS"

work=$(mktemp -d) || exit 1
exporter=
server=
trap 'kill $exporter $server 2> /dev/null; wait; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# Debian's package is for its own python3.
python=python3
for candidate in python3 /usr/bin/python3; do
	if "$candidate" -c 'import jsonschema' 2> /dev/null; then
		python=$candidate
		jsonschema=yes
		break
	fi
done

program=$work/source/tools/hugecontig
textfile=$work/textfile
metrics=$textfile/hugecontig.prom
mkdir -p "$work/source/tools" "$textfile" "$work/empty" "$work/mutant" "$work/units"

# lacks NEED...: the first that is not there, and why
lacks()
{
	for need; do
		case $need in
		jsonschema)
			[ "$jsonschema" = yes ] ||
				echo "python3-jsonschema is not installed"
			;;
		sources) [ -e "$TOOLS/Makefile" ] || echo "tools has no Makefile" ;;
		program) [ -x "$program" ] || echo "there is no program" ;;
		metrics) [ -s "$metrics" ] || echo "there are no metrics" ;;
		exporter) [ -s "$work/scraped" ] || echo "there is no exporter" ;;
		server) [ -n "$server" ] || echo "there is no Prometheus" ;;
		*)
			command -v "$need" > /dev/null ||
				echo "$need is not installed"
			;;
		esac
	done | head -n 1
}

# check NEEDS NAME COMMAND...: it has to succeed; what it printed is shown if it fails
check()
{
	# shellcheck disable=SC2086 # a list
	check_lacks=$(lacks $1)
	check_name=$2
	shift 2
	if [ -n "$check_lacks" ]; then
		ktap_skip "$check_name" "$check_lacks"
	elif "$@" > "$work/log" 2>&1; then
		ktap_pass "$check_name"
	else
		sed 's/^/# /' "$work/log"
		ktap_fail "$check_name" "failed: $*"
	fi
}

# silent COMMAND...: succeeds if the command prints nothing
silent()
{
	silent_output=$("$@" 2>&1) || true
	[ -z "$silent_output" ] || echo "$silent_output"
	[ -z "$silent_output" ]
}

# fails COMMAND...
fails()
{
	! "$@"
}

# mutant FILE SCRIPT: a copy in $work/mutant that sed has changed
mutant()
{
	sed "$2" "$FLEET/$1" > "$work/mutant/$1"
	! cmp -s "$FLEET/$1" "$work/mutant/$1"
}

# rules_notice SCRIPT: the unit tests, but for the longest, pass for the rules, and fail
# for those that sed has changed
rules_notice()
{
	mutant hugecontig.rules.test.yml '/What takes a day/,$ d' &&
		cp "$FLEET/hugecontig.rules.yml" "$work/mutant" &&
		promtool test rules "$work/mutant/hugecontig.rules.test.yml" &&
		mutant hugecontig.rules.yml "$1" &&
		promtool check rules "$work/mutant/hugecontig.rules.yml" &&
		fails promtool test rules "$work/mutant/hugecontig.rules.test.yml"
}

# dashboard_notices SCRIPT WORDS: it is told, by these words, that sed has changed the
# dashboard
dashboard_notices()
{
	mutant hugecontig.dashboard.json "$1" || return
	fails "$python" "$TESTS/check_dashboard.py" \
		--dashboard "$work/mutant/hugecontig.dashboard.json" > "$work/told"
	cat "$work/told"
	grep -q "$2" "$work/told"
}

# as_rules: what the panels ask for, as Prometheus itself would be asked
as_rules()
{
	"$python" "$TESTS/check_dashboard.py" --as-rules > "$work/dashboard.rules.yml" &&
		promtool check rules "$work/dashboard.rules.yml"
}

# units: what systemd says of the examples, on a machine without the program
units()
{
	for unit in service timer; do
		sed 's|^ExecStart=/usr/sbin/hugecontig|ExecStart=/bin/true|' \
			"$FLEET/hugecontig-metrics.$unit" > "$work/units/hugecontig-metrics.$unit"
	done
	silent systemd-analyze verify --man=no "$work"/units/*
}

# build: the program, of a copy of its sources
build()
{
	cp "$TOOLS"/Makefile "$TOOLS"/*.[ch] "$work/source/tools" &&
		cp "$TESTS/../dkms.conf" "$work/source" &&
		make -s -C "$work/source/tools"
}

# put FILE: into the machine that the program is shown, what is on stdin
put()
{
	mkdir -p "$work/root/$(dirname "$1")"
	cat > "$work/root/$1"
}

# put_pool DIRECTORY TOTAL FREE SURPLUS [RESERVED]
put_pool()
{
	echo "$2" | put "$1/nr_hugepages"
	echo "$3" | put "$1/free_hugepages"
	echo "$4" | put "$1/surplus_hugepages"
	[ -z "$5" ] || echo "$5" | put "$1/resv_hugepages"
}

# put_machine: two nodes, both sizes of pages, and 192 MiB of virtio-mem
put_machine()
{
	echo Y | put sys/module/hugecontig/parameters/enabled
	echo act | put sys/module/hugecontig/parameters/mode
	put sys/kernel/debug/hugecontig/status <<- EOF
		version: 0.1
		kernel: 5.10.0-46-amd64
		enabled: Y
		mode: act
		free_pages: provided
		page_in_flight: none
	EOF
	put_pool sys/kernel/mm/hugepages/hugepages-2048kB 1030 400 6 7
	put_pool sys/devices/system/node/node0/hugepages/hugepages-2048kB 520 300 6
	put_pool sys/devices/system/node/node1/hugepages/hugepages-2048kB 510 100 0
	put_pool sys/kernel/mm/hugepages/hugepages-1048576kB 3 2 0 0
	put_pool sys/devices/system/node/node0/hugepages/hugepages-1048576kB 2 1 0
	put_pool sys/devices/system/node/node1/hugepages/hugepages-1048576kB 1 1 0
	put proc/iomem <<- EOF
		00100000-bfffffff : System RAM
		140000000-17fffffff : virtio0
		  140000000-147ffffff : System RAM (virtio_mem)
		  150000000-153ffffff : System RAM (virtio_mem)
	EOF
}

# stats FACTOR: its counters, which grow with the factor; few requests fail
stats()
{
	echo "requests $((1000 * $1))"
	echo "requests_ok $((995 * $1))"
	for name in free_replaced inuse_migrated gigantic_given_up would_replace \
		would_migrate would_give_up settled enomem interrupted second_passes \
		second_passes_ok second_passes_out_of_time busy_pinned busy_gigantic \
		failed_pinned failed_no_memory failed_none ruled_out_slab \
		ruled_out_too_many node0_free_replaced node0_inuse_migrated \
		node1_free_replaced node1_inuse_migrated; do
		echo "$name $1"
	done
	for name in request replace migrate; do
		limit=1
		while [ $limit -le 8388608 ]; do
			echo "${name}_us_lt_$limit $1"
			limit=$((limit * 2))
		done
		echo "${name}_us_more $1"
		echo "${name}_us_sum $((25000123 * $1))"
	done
	echo "last_blocking_pfn 0x100200"
	echo "last_blocking_reason pinned"
}

# write_metrics [FACTOR]: as the timer does; without a factor the module is absent
write_metrics()
{
	root=$work/empty
	if [ -n "$1" ]; then
		root=$work/root
		stats "$1" | put sys/kernel/debug/hugecontig/stats
	fi
	"$program" --root "$root" stats --prometheus --output "$metrics"
}

# first_metrics: nothing but one file, which the exporter may read
first_metrics()
{
	put_machine && write_metrics 1 && cat "$metrics" &&
		[ "$(cd "$textfile" && stat -c '%n %a' ./* .[!.]* 2> /dev/null)" = \
			"./hugecontig.prom 644" ]
}

# has LINE...: of the metrics
has()
{
	for line; do
		grep -q -x -F -e "$line" "$metrics" || {
			echo "no line: $line"
			return 1
		}
	done
}

# of_the_files: a few of them, which are easily taken for others
of_the_files()
{
	has 'hugecontig_loaded 1' 'hugecontig_enabled 1' \
		'hugecontig_requests_total 1000' \
		'hugecontig_requests_failed_total{reason="pinned"} 1' \
		'hugecontig_requests_failed_total{reason="none"} 1' \
		'hugecontig_observed_pages_total{action="give_up"} 1' \
		'hugecontig_ruled_out_total{reason="too_many"} 1' \
		'hugecontig_second_passes_out_of_time_total 1' \
		'hugecontig_pages_migrated_total{node="1"} 1' \
		'hugecontig_request_seconds_bucket{le="+Inf"} 25' \
		'hugecontig_request_seconds_count 25' \
		'hugecontig_request_seconds_sum 25.000123' \
		'hugecontig_pool_configured_pages{size_kb="2048"} 1024' \
		'hugecontig_pool_pages{node="0",size_kb="2048",state="surplus"} 6' \
		'hugecontig_pool_reserved_pages{size_kb="2048"} 7' \
		'hugecontig_virtio_mem_plugged_bytes 201326592'
}

# lint: what Prometheus' own tool has against the metrics
lint()
{
	promtool check metrics < "$metrics"
}

# absent: without the module that is told, and nothing that is not so
absent()
{
	"$program" --root "$work/empty" stats --prometheus > "$work/absent" || return
	cat "$work/absent"
	[ "$(grep -c '^hugecontig_' "$work/absent")" = 1 ] &&
		grep -q -x 'hugecontig_loaded 0' "$work/absent"
}

# fetch URL
fetch()
{
	"$python" -c 'import sys, urllib.request
with urllib.request.urlopen(sys.argv[1], timeout=5) as answer:
    sys.stdout.write(answer.read().decode())' "$1"
}

# free_port: one that nobody has just now
free_port()
{
	"$python" -c 'import socket
with socket.socket() as one:
    one.bind(("127.0.0.1", 0))
    print(one.getsockname()[1])'
}

# within SECONDS COMMAND...: it is tried until it succeeds
within()
{
	within_end=$(($(date +%s) + $1))
	shift
	until "$@"; do
		[ "$(date +%s)" -lt $within_end ] || return
		sleep 0.5
	done
}

# scrape: what the exporter has now
scrape()
{
	fetch "http://$exporter_address/metrics" > "$work/scraped"
}

# start_exporter: it ends by itself if this script is killed
start_exporter()
{
	exporter_address=127.0.0.1:$(free_port)
	timeout 600 prometheus-node-exporter --web.listen-address="$exporter_address" \
		--web.disable-exporter-metrics --collector.disable-defaults \
		--collector.stat --collector.textfile \
		--collector.textfile.directory="$textfile" > "$work/exporter.log" 2>&1 &
	exporter=$!
	within 60 scrape 2> /dev/null || {
		cat "$work/exporter.log"
		return 1
	}
}

# same_values SCRAPED: each of ours is there
same_values()
{
	"$python" - "$metrics" "$1" <<- 'EOF'
		import sys
		from check_dashboard import samples
		ours, theirs = (samples(open(name, encoding="utf-8").read())
		                for name in sys.argv[1:])
		wrong = [f"{key[0]} {dict(key[1])}: {value}, arrived: {theirs.get(key)}"
		         for key, value in ours.items() if theirs.get(key) != value]
		print(len(ours), "samples", *wrong, sep="\n")
		sys.exit(bool(wrong) or len(ours) < 100)
	EOF
}

# wrong_value_noticed: the control
wrong_value_noticed()
{
	sed 's/^\(hugecontig_replace_seconds_bucket{le="0.000128"}\).*/\1 1/' \
		"$work/scraped" > "$work/changed"
	fails same_values "$work/changed"
}

# what_the_rules_rely_on: metrics that are the exporter's own
what_the_rules_rely_on()
{
	"$python" - "$work/scraped" <<- 'EOF'
		import sys
		from check_dashboard import EXPORTER, printed
		theirs = printed(open(sys.argv[1], encoding="utf-8").read())
		wrong = [name for name, labels in EXPORTER.items()
		         if theirs.get(name) != labels]
		print(*wrong)
		sys.exit(bool(wrong))
	EOF
}

# start_server: Prometheus, with the rules, and the panels as rules
start_server()
{
	server_address=127.0.0.1:$(free_port)
	cat > "$work/prometheus.yml" <<- EOF
		global: {scrape_interval: 1s, evaluation_interval: 1s}
		rule_files: ['$FLEET/hugecontig.rules.yml', '$work/dashboard.rules.yml']
		scrape_configs:
		  - job_name: node
		    static_configs: [{targets: ['$exporter_address']}]
	EOF
	timeout 600 prometheus --config.file="$work/prometheus.yml" \
		--storage.tsdb.path="$work/tsdb" --web.listen-address="$server_address" \
		> "$work/server.log" 2>&1 &
	server=$!
	within 60 fetch "http://$server_address/-/ready" || {
		cat "$work/server.log"
		return 1
	}
}

# no_errors: Prometheus has tried all rules of both files, and none failed
no_errors()
{
	fetch "http://$server_address/api/v1/rules" > "$work/rules" &&
		"$python" - "$work/rules" <<- 'EOF'
			import json
			import sys
			with open(sys.argv[1], encoding="utf-8") as file:
			    groups = json.load(file)["data"]["groups"]
			wrong = [f"{rule['name']}: {rule['health']} {rule.get('lastError')}"
			         for group in groups for rule in group["rules"]
			         if rule["health"] != "ok"]
			print(*wrong, sep="\n")
			sys.exit(bool(wrong) or len(groups) != 2)
		EOF
}

# alerts: those that fire, or will
alerts()
{
	fetch "http://$server_address/api/v1/alerts" > "$work/alerts" &&
		"$python" - "$work/alerts" <<- 'EOF'
			import json
			import sys
			with open(sys.argv[1], encoding="utf-8") as file:
			    for alert in json.load(file)["data"]["alerts"]:
			        labels = alert["labels"]
			        print(labels["alertname"], labels.get("problem", ""))
		EOF
}

# alerts_are TEXT
alerts_are()
{
	alerts_now=$(alerts) || return
	echo "$alerts_now"
	[ "$alerts_now" = "$1" ]
}

# panels_have_data: while counters grow; but for what only shows that something is wrong
panels_have_data()
{
	factor=$((factor + 1))
	write_metrics $factor
	fetch "http://$server_address/api/v1/label/__name__/values" > "$work/names"
	"$python" - "$work/names" "$work/dashboard.rules.yml" <<- 'EOF'
		import json
		import sys
		names, rules = (json.load(open(name, encoding="utf-8"))
		                for name in sys.argv[1:])
		wanted = {rule["record"] for rule in rules["groups"][0]["rules"]
		          if " != 0" not in rule["expr"] and "ALERTS" not in rule["expr"]}
		empty = wanted - set(names["data"])
		print(len(wanted), "wanted, empty:", *sorted(empty))
		sys.exit(bool(empty) or not wanted)
	EOF
}

# absent_is_told: once the module is gone
absent_is_told()
{
	write_metrics && within 60 alerts_are "HugecontigAbsentOrOff absent"
}

ktap_plan 30

check promtool "rules: promtool understands them" \
	promtool check rules --lint-fatal "$FLEET/hugecontig.rules.yml"
check promtool "rules: unit tests" \
	promtool test rules "$FLEET/hugecontig.rules.test.yml"
check promtool "rules: it is noticed if no request is needed" \
	rules_notice 's/increase(hugecontig_requests_total\[20m\]) > 0/&-1/'
check promtool "rules: it is noticed if a difference may be" \
	rules_notice 's/!= 0/> 1/'
check promtool "rules: it is noticed if most may fail" rules_notice 's/> 0\.25/> 0.95/'
check promtool "rules: it is noticed if it may be off" \
	rules_notice 's/hugecontig_enabled == 0/hugecontig_enabled == 2/'

check jsonschema "dashboard" "$python" "$TESTS/check_dashboard.py"
check promtool "dashboard: Prometheus understands its panels" as_rules
check jsonschema "dashboard: an id twice is noticed" \
	dashboard_notices 's/"id": 3,/"id": 2,/' 'id 2 is there twice'
check jsonschema "dashboard: panels on each other are noticed" \
	dashboard_notices 's/"x": 4,/"x": 3,/' 'panels .* overlap'
check jsonschema "dashboard: no description is noticed" \
	dashboard_notices '/"description"/d' "'description' is a required property"
# shellcheck disable=SC2016 # Grafana's variable
check jsonschema "dashboard: another datasource is noticed" \
	dashboard_notices 's/"uid": "${datasource}"/"uid": "P1809"/' 'datasource.uid'
check jsonschema "dashboard: a metric that is none is noticed" \
	dashboard_notices 's/hugecontig_busy_total/hugecontig_busy_pages/' \
	'there is no metric hugecontig_busy_pages'
check jsonschema "dashboard: a metric that is nowhere is noticed" \
	dashboard_notices 's/hugecontig_settled_total/hugecontig_enomem_total/' \
	'no panel and no rule has hugecontig_settled_total'
check jsonschema "dashboard: a label that is none is noticed" \
	dashboard_notices 's/by (reason)/by (why)/' 'none of its metrics has a label why'

check systemd-analyze "units" units

check "sources make cc" "program: is built" build
check program "program: writes metrics, and nothing else" first_metrics
check metrics "program: they are those of its files" of_the_files
check "metrics promtool" "program: Prometheus has nothing against them" lint
check "metrics jsonschema" "program: they are those of the dashboard and the rules" \
	"$python" "$TESTS/check_dashboard.py" "$metrics"
check program "program: without the module" absent

check "metrics prometheus-node-exporter" "exporter: is there" start_exporter
check exporter "exporter: has each of them, with its value" same_values "$work/scraped"
check exporter "exporter: another value is noticed" wrong_value_noticed
check exporter "exporter: could read the file" \
	grep -x 'node_textfile_scrape_error 0' "$work/scraped"
check exporter "exporter: has what the rules rely on" what_the_rules_rely_on

factor=1
check "exporter prometheus promtool" "Prometheus: each panel has data" \
	eval 'start_server && within 120 panels_have_data'
check server "Prometheus: no rule fails, and nobody is alarmed" \
	eval 'within 60 no_errors && within 60 alerts_are ""'
check server "Prometheus: that the module is absent is told" absent_is_told

ktap_finish
