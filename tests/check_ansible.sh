#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# check_ansible.sh CHROOT: what the role of tools/fleet/ansible decides, on three hosts that
# are copies of that chroot, with python3, python3-apt and systemd in it: Ansible, the
# program and apt are real, the kernel and ssh are not. No network is needed.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/ktap.sh"

ROLE=$TESTS/../tools/fleet/ansible
TOOLS=$TESTS/../tools

for need in ansible-playbook gcc make dpkg-deb unshare; do
	command -v $need > /dev/null || ktap_skip_all "$need is not installed"
done
[ -d "$1/usr/lib/python3" ] || ktap_skip_all "usage: check_ansible.sh CHROOT"
[ "$(id -u)" -eq 0 ] || ktap_skip_all "needs root, for mounts"
CHROOT=$(cd "$1" && pwd)

# All mounts and processes are gone with a namespace of their own.
if [ -z "$2" ]; then
	place=$(mktemp -d) || exit 1
	trap 'rm -rf "$place"' EXIT
	trap 'kill -KILL $!; exit 1' HUP INT TERM
	unshare --mount --pid --fork --kill-child --mount-proc "$0" "$CHROOT" "$place" &
	wait $!
	exit
fi
work=$2
mount -t tmpfs -o mode=0755 work "$work" || ktap_skip_all "no tmpfs can be mounted"
. "$TESTS/ansible/hosts.sh"

# No server of ours is asked by way of a proxy, and nothing is left in the tree.
unset http_proxy HTTP_PROXY
export PYTHONDONTWRITEBYTECODE=1 HOME="$work" ANSIBLE_CONFIG="$TESTS/ansible/ansible.cfg" \
	ANSIBLE_SSH_EXECUTABLE="$TESTS/ansible/ssh" ANSIBLE_NOCOLOR=1 \
	ANSIBLE_LOCAL_TEMP="$work/tmp" \
	ANSIBLE_CACHE_PLUGIN=jsonfile ANSIBLE_CACHE_PLUGIN_CONNECTION="$work/facts"

# build: the program, of a copy of its sources, for whatever libc is in the chroot
build()
{
	mkdir -p "$work/source/tools" &&
		cp "$TOOLS"/Makefile "$TOOLS"/*.[ch] "$work/source/tools" &&
		cp "$TESTS/../dkms.conf" "$work/source" &&
		make -s -C "$work/source/tools" LDFLAGS=-static
}

# play [ARGUMENT]...: sets $code; what Ansible says is in $work/out
playbook=hugecontig.yml
play()
{
	forget
	ansible-playbook -i "$TESTS/ansible/hosts.yml" "$ROLE/$playbook" "$@" \
		> "$work/out" 2>&1
	code=$?
}

# shows_out: what Ansible said, for a case that fails
shows_out()
{
	grep -v -e '^ok: ' -e '^skipping: ' -e '^included: ' -e '^$' "$work/out" | tail -n 60 |
		sed 's/^/# | /'
}

# passed NAME [STATES]: the play did, and the hosts are in these states
passed()
{
	if [ $code -ne 0 ]; then
		shows_out
		ktap_fail "$1" "code $code"
	elif [ $# -gt 1 ]; then
		ktap_equal "$1" "$(states)" "$2"
	else
		ktap_pass "$1"
	fi
}

# failed NAME STATES: the play did
failed()
{
	if [ $code -eq 0 ]; then
		shows_out
		ktap_fail "$1" "it should fail"
	else
		ktap_equal "$1" "$(states)" "$2"
	fi
}

# says NAME REGEX: a line of what Ansible said is like that, and one only
says()
{
	if [ "$(grep -c -E -e "$2" "$work/out")" -eq 1 ]; then
		ktap_pass "$1"
	else
		shows_out
		ktap_fail "$1" "not one line, but $(grep -c -E -e "$2" "$work/out"): $2"
	fi
}

# changes HOST: as Ansible counts them
changes()
{
	sed -n "s/^$1 .* changed=\\([0-9]*\\) .*/\\1/p" "$work/out"
}

# calls HOST: what was called there that changes something
calls()
{
	on "$1" machine/log | grep -e '^modprobe' -e '^rmmod' -e ' mode ' -e able$ |
		sed 's/^hugecontig //' | xargs
}

# silent COMMAND...: succeeds if the command prints nothing
silent()
{
	silent_output=$("$@" 2>&1) || true
	[ -z "$silent_output" ] || echo "$silent_output"
	[ -z "$silent_output" ]
}

# check NEED NAME COMMAND...: it has to succeed; what it printed is shown if it fails
check()
{
	check_need=$1
	check_name=$2
	shift 2
	if ! command -v "$check_need" > /dev/null; then
		ktap_skip "$check_name" "$check_need is not installed"
	elif "$@" > "$work/log" 2>&1; then
		ktap_pass "$check_name"
	else
		sed 's/^/# | /' "$work/log"
		ktap_fail "$check_name" "failed: $*"
	fi
}

# lint DIRECTORY: ansible-lint looks at all that the playbooks have
lint()
{
	(cd "$1" && ansible-lint --offline -p hugecontig.yml remove.yml roles/hugecontig)
}

# notices TOOL FILE SCRIPT: it fails once sed has changed the file
notices()
{
	rm -rf "$work/mutant"
	cp -r "$ROLE" "$work/mutant"
	sed "$3" "$ROLE/$2" > "$work/mutant/$2"
	! cmp -s "$ROLE/$2" "$work/mutant/$2" && ! (cd "$work/mutant" && $1 .)
}

# described: the options have the same defaults where they are specified, and each is in
# the documentation
described()
{
	python3 - "$1" "$TESTS/../docs/ansible.md" <<- 'EOF'
		import sys
		import yaml
		role, document = sys.argv[1:]
		def load(name):
		    with open(f"{role}/roles/hugecontig/{name}", encoding="utf-8") as file:
		        return yaml.safe_load(file)
		defaults = load("defaults/main.yml")
		options = load("meta/argument_specs.yml")["argument_specs"]["main"]["options"]
		specified = {name: option["default"] for name, option in options.items()}
		with open(document, encoding="utf-8") as file:
		    words = file.read()
		wrong = [name for name in defaults.keys() | specified.keys()
		         if defaults.get(name) != specified.get(name) or f"`{name}`" not in words]
		print(*wrong)
		sys.exit(bool(wrong) or not defaults)
	EOF
}

# as_the_rules: what is a failing share, and how many have to, is as in the alert
as_the_rules()
{
	share=$(sed -n 's/^hugecontig_failing_share: //p' "$ROLE/$DEFAULTS")
	least=$(sed -n 's/^hugecontig_failing_requests: //p' "$ROLE/$DEFAULTS")
	sed -n '/alert: HugecontigRequestsFailing/,/for:/p' \
		"$TESTS/../tools/fleet/hugecontig.rules.yml" > "$work/rule"
	grep -q -x " *> $share" "$work/rule" && grep -q -x ".*) >= $least" "$work/rule"
}

# judge GROUP: the filters find what they shall
judge()
{
	python3 "$TESTS/ansible/judge.py" "$ROLE/$FILTERS" "$1"
}

# judge_notices GROUP SCRIPT: it is told, if sed has changed the filters
judge_notices()
{
	sed "$2" "$ROLE/$FILTERS" > "$work/filters.py"
	! cmp -s "$ROLE/$FILTERS" "$work/filters.py" &&
		! python3 "$TESTS/ansible/judge.py" "$work/filters.py" "$1"
}

build || ktap_skip_all "the program can not be built"
make_machine
make_repository 1
fresh_hosts

DEFAULTS=roles/hugecontig/defaults/main.yml
FILTERS=roles/hugecontig/filter_plugins/hugecontig.py
AT_ONCE='{"hugecontig_batches": ["100%"]}'
ONE_BY_ONE='{"hugecontig_batches": [1, 1, 1]}'
TWO_BATCHES='{"hugecontig_batches": [1, "100%"]}'

ktap_plan 73

# --- what can be seen without a host ------------------------------------------

check yamllint "yamllint" silent yamllint -s -c "$ROLE/.yamllint" "$ROLE" "$TESTS/ansible"
check ansible-lint "ansible-lint" lint "$ROLE"
check ansible-lint "ansible-lint notices" notices lint \
	roles/hugecontig/tasks/remove.yml 's/ansible.builtin.file/file/'
check python3 "each option is described" described "$ROLE"
check python3 "an option that is not is noticed" notices described \
	$DEFAULTS 's/^hugecontig_soak_looks.*/hugecontig_soak_looks: 8/'
check sed "requests fail as in the alert" as_the_rules
for group in pool requests absent prometheus doctor state; do
	check python3 "judges: $group" judge $group
done
while read -r group script; do
	check python3 "notices: $group, $script" judge_notices "$group" "$script"
done <<- 'END'
	pool s/statistics.median(/max(/
	pool s/all(apart)/any(apart)/
	pool s/ and not known//
	pool s/ and served//
	pool s/"surplus": -1/"surplus": 0/
	requests s/failed > share/failed >= share/
	requests s/failed >= least/failed > least/
	absent s/ != "act"/ == ""/
	absent s/not now.value("enabled")/False/
	prometheus s/if last and/if/
	doctor s/finding"\] == "fail"/finding"] != "ok"/
	state s/result.get("unreachable")/False/
	state s/loaded and words/words/
	END

# --- hosts --------------------------------------------------------------------

# on_act HOST: what goes wrong there, once the module acts, is on stdin
on_act()
{
	put_on "$1" machine/on_act
}

# clear HOST: nothing goes wrong there
clear()
{
	for name in on_act can_not_act gone refuses builds_not; do
		rm -f "$HOSTS/$1/root/machine/$name"
	done
	cp -r "$work/machine/proc" "$work/machine/stats" "$HOSTS/$1/root/machine"
	cp -r "$work/machine/sys/module/module" "$HOSTS/$1/root/sys/module"
}

# has_not HOST PACKAGE
has_not()
{
	! chroot "$HOSTS/$1/root" dpkg -s "$2" > /dev/null 2>&1
}

# fetch URL
fetch()
{
	python3 -c 'import sys, urllib.request
with urllib.request.urlopen(sys.argv[1], timeout=5) as answer:
    sys.stdout.write(answer.read().decode())' "$1"
}

# free_port: one that nobody has just now
free_port()
{
	python3 -c 'import socket
with socket.socket() as one:
    one.bind(("127.0.0.1", 0))
    print(one.getsockname()[1])'
}

# write_metrics: of the hosts, each second, as their exporters would have them
write_metrics()
{
	while sleep 1; do
		for host in canary second; do
			"$work/source/tools/hugecontig" --root "$HOSTS/$host/root/machine" \
				stats --prometheus --output "$work/metrics/$host"
		done
	done
}

# start_prometheus: with the rules, which do not wait here
start_prometheus()
{
	mkdir -p "$work/metrics"
	exporter=$(free_port)
	(cd "$work/metrics" && exec python3 -m http.server --bind 127.0.0.1 "$exporter") \
		> "$work/exporter.log" 2>&1 &
	sed 's/^\( *for:\) .*/\1 0s/' "$TESTS/../tools/fleet/hugecontig.rules.yml" \
		> "$work/rules.yml"
	cat > "$work/prometheus.yml" <<- END
		global: {scrape_interval: 1s, evaluation_interval: 1s}
		rule_files: [$work/rules.yml]
		scrape_configs:
		  - job_name: node
		    static_configs:
		      - targets: ['127.0.0.1:$exporter']
		        labels: {instance: 'canary:9100', __metrics_path__: /canary}
		      - targets: ['127.0.0.1:$exporter']
		        labels: {instance: second, __metrics_path__: /second}
	END
	server=127.0.0.1:$(free_port)
	prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/tsdb" \
		--web.listen-address="$server" > "$work/server.log" 2>&1 &
	write_metrics 2> "$work/metrics.log" &
	for _ in $(seq 60); do
		! fetch "http://$server/api/v1/query?query=hugecontig_loaded" 2> /dev/null |
			grep -q -e second || return 0
		sleep 1
	done
	cat "$work/server.log"
	return 1
}

# lacks_prometheus RESULT WHY: of what needs it
lacks_prometheus()
{
	for name in "Prometheus has an alert of the second only" "it is told" \
		"a host that Prometheus does not know does not act" "that is told"; do
		$1 "$name" "$2"
	done
}

fresh=$(files_of canary)
play --check -l canary -e hugecontig_state=act
passed "check mode, of nothing" "absent/none absent/none absent/none"
says "what can not be known is said" \
	'"canary is left alone: it can not be asked before hugecontig-tools is installed"'
ktap_equal "and nothing is there" "$(files_of canary)" "$fresh"

sed -i /hugetlb_lock/d "$HOSTS/second/root/machine/proc/kallsyms"
: | put_on third machine/builds_not
play -e "$AT_ONCE"
passed "all are to observe, and two can not" "observe/observe absent/none absent/none"
ktap_equal "it is loaded to observe" "$(calls canary)" "modprobe hugecontig mode=observe"
ktap_equal "and on no other" "$(calls second) $(calls third)" " "
says "the one that it can not work on is named" \
	'"second is left alone: symbol hugetlb_lock: missing"'
says "and once more at the end" '"second: symbol hugetlb_lock: missing"'
ktap_true "nothing was built there" has_not second hugecontig-dkms
says "the one that has not built it is named, too" '"third is left alone: module: neither '
ktap_true "it is loaded at boot" test -L \
	"$HOSTS/canary/root/etc/systemd/system/multi-user.target.wants/hugecontig.service"

for host in second third; do
	clear $host
done
# As it is when it was built for another kernel only.
chroot "$HOSTS/third/root" dpkg --purge hugecontig-dkms > /dev/null 2>&1
play -e "$AT_ONCE" -e headers_of_second=linux-headers-of-nobody
passed "once more, with a kernel without headers" "observe/observe absent/none observe/observe"
ktap_equal "nothing changes where all is well" "$(changes canary)" 0
says "the one without headers is named" "second is left alone: .*linux-headers-of-nobody.*"
ktap_true "nothing is built there" has_not second hugecontig-dkms

on_act canary <<- 'END'
	cat > /usr/lib/hugecontig/program <<- EOF
		#!/bin/sh
		[ "\$3" != stats ] || exec echo rubbish
		exec /usr/lib/hugecontig/real "\$@"
	EOF
END
cp "$HOSTS/canary/root/usr/lib/hugecontig/program" "$HOSTS/canary/root/usr/lib/hugecontig/real"
play -e "$ONE_BY_ONE" -e hugecontig_state=act --skip-tags install
failed "the canary says rubbish" "observe/observe absent/none observe/observe"
says "this is told in one line" \
	'rolled back to observe: canary: failed: .*no metrics of hugecontig'
ktap_equal "batches after it are not touched" \
	"$(on second machine/log) $(on third machine/log)" " "
mv "$HOSTS/canary/root/usr/lib/hugecontig/real" "$HOSTS/canary/root/usr/lib/hugecontig/program"

clear canary
echo N | put_on canary sys/module/hugecontig/parameters/enabled
on_act second <<- 'END'
	echo 66 > /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
	sed -i 's/^requests .*/requests 120/' /sys/kernel/debug/hugecontig/stats
END
play -e "$ONE_BY_ONE" -e hugecontig_state=act -e hugecontig_rollback_before=true
failed "the pool of the second has moved: the canary is rolled back, too" \
	"observe/observe observe/observe observe/observe"
says "the one that it moved on is told" \
	'rolled back to observe: second: HugecontigPoolMoved: changed: .* 66 pages, and had 64; '
ktap_equal "the canary was switched on, and acted" "$(calls canary)" \
	"enable mode act mode observe"
ktap_equal "the third is not touched" "$(on third machine/log)" ""
echo 64 | put_on second sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages

clear second
echo ": > /machine/gone" | on_act second
: | put_on third machine/can_not_act
# As it is when its soak was interrupted.
echo act | put_on third sys/module/hugecontig/parameters/mode
play -e "$TWO_BATCHES" -e hugecontig_state=act --skip-tags install
failed "one can not be reached any more, one can not act; the canary does" \
	"act/act act/observe observe/observe"
says "both are told, and what is not rolled back" "$(printf %s \
	'rolled back to observe: third: failed: hugecontig: can not write .*' \
	'; NOT rolled back: second: unreachable: ')"
ktap_equal "the one that had not soaked had to observe first" "$(calls third)" \
	"mode observe mode act mode observe"
clear second
clear third

play -l canary -e hugecontig_state=act
passed "once more, the canary acts"
ktap_equal "nothing changes, nothing is called" "$(changes canary) $(calls canary)" "0 "
ktap_equal "nor waited for" "$(grep -c Pausing "$work/out")" 0

play --check -l third -e hugecontig_state=act
passed "check mode, of one that observes" "act/act act/observe observe/observe"
says "it would act" '"third would act, for good after 1 s"'
ktap_equal "but does not" "$(changes third) $(calls third)" "1 "

make_repository 2
play -l canary -e hugecontig_state=act -e hugecontig_package_state=latest \
	-e hugecontig_apt_cache_seconds=0 -e hugecontig_soak_looks=2 -e hugecontig_soak_seconds=2
passed "a new version" "act/act act/observe observe/observe"
ktap_equal "is loaded anew" "$(calls canary)" \
	"mode observe rmmod hugecontig modprobe hugecontig mode=observe mode act"
ktap_equal "is that one" "$(on canary sys/module/hugecontig/version)" 2
ktap_equal "soaks, with two looks" "$(grep -c '^TASK .* Ask the host' "$work/out")" 2

for host in canary second; do
	rm -r "$HOSTS/$host/root/sys/module/hugecontig"
done
echo "Key was rejected by service" | put_on canary machine/refuses
echo Y | put_on canary sys/module/module/parameters/sig_enforce
echo "Invalid argument" | put_on second machine/refuses
play -e "$AT_ONCE" -l canary,second --skip-tags install
failed "one can not be loaded" "absent/observe absent/observe observe/observe"
says "that is an error" '^fatal: \[second\]: .*The module can not be loaded: .*Invalid argument'
says "but not if a signature is missing" \
	'"canary is left alone: .*Key was rejected by service: modules have to be signed'

for host in canary second; do
	clear $host
done
if ! command -v prometheus > /dev/null; then
	lacks_prometheus ktap_skip "prometheus is not installed"
elif ! start_prometheus > "$work/log" 2>&1; then
	sed 's/^/# | /' "$work/log"
	lacks_prometheus ktap_fail "there is no Prometheus"
else
	echo "echo N > \$parameters/enabled" | on_act second
	play -e "$ONE_BY_ONE" -e hugecontig_state=act -l canary,second --skip-tags install \
		-e hugecontig_prometheus_url="http://$server" -e hugecontig_soak_seconds=6
	failed "Prometheus has an alert of the second only" \
		"act/act observe,off/observe observe/observe"
	says "it is told" \
		'to observe: second: HugecontigAbsentOrOff: off: firing in Prometheus"'
	clear second
	play -e hugecontig_state=act -l second --skip-tags install \
		-e hugecontig_prometheus_url="http://$server" \
		-e hugecontig_prometheus_instance=somebody
	failed "a host that Prometheus does not know does not act" \
		"act/act observe/observe observe/observe"
	says "that is told" '"http://.* has no metrics of second: see docs/fleet.md"'
fi

now=$(states)
play -l canary -e hugecontig_state=on
failed "a state that there is not" "$now"
says "that is told, too" 'value of hugecontig_state must be one of: observe, act, absent, got: on'

playbook=remove.yml
play -l canary
passed "it is removed" "absent/none ${now#* }"
ktap_equal "nothing is left" "$(files_of canary)" "$fresh"
play -l canary
passed "once more it is removed"
ktap_equal "which changes nothing" "$(changes canary)" 0

ktap_finish
