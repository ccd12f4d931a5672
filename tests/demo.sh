#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# SIDE=stock|hugecontig demo.sh: runs the experiments in a guest and reports all
# of it through the host's log, for tests/runner/demo.py:
#
#   phase E WHAT              what happens now in experiment E
#   E PLUGGED_MIB HUGEPAGES   the first one just before the request
#   before|after E TOTAL FREE RESERVED SURPLUS
#   expected E few|all|...    what the stock kernel can do, see stock_outcome()
#   calls E N                 of alloc_contig_range()
#   counters E [WORDS]        those that moved
#   contents E intact|lost
#   failed E WORDS            the experiment did not happen

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/virtio_mem.sh"

# aside COMMAND...: what it starts gives way to the kernel's worker that gives
# memory back, and to this script. How two processors are shared out among them,
# two writers and two threads of the sampler is not what is to be shown.
aside()
{
	renice -n 10 -p $$ > /dev/null
	"$@"
	aside_result=$?
	renice -n -10 -p $$ > /dev/null
	return $aside_result
}

# sample EXPERIMENT: one point of the picture
sample()
{
	host log "$1" "$(plugged_mib)" "$(cat "$POOL/nr_hugepages")"
}

# pool BEFORE_OR_AFTER EXPERIMENT
pool()
{
	# shellcheck disable=SC2046 # words are what is wanted
	host log "$1" "$2" $(pool_state)
}

# failed EXPERIMENT WHY: and on to the next one
failed()
{
	[ -z "$sampler_pid" ] || sampler_stop
	experiment_stop "$1"
	module_unload
	host log failed "$@"
}

# watch_start: the module, and who watches the counters and the calls
watch_start()
{
	[ "$SIDE" = stock ] || module_load || return 1
	sampler_start || return 1
	[ "$SIDE" = hugecontig ] || count_calls
}

# watch_stop EXPERIMENT
watch_stop()
{
	sampler_stop
	# shellcheck disable=SC2046 # words are what is wanted
	host log counters "$1" $(sampler_moved)
	if [ "$SIDE" = stock ]; then
		count_end
	else
		calls=$(statistic requests)
	fi
	host log calls "$1" "$calls"
	module_unload
}

# experiment EXPERIMENT
experiment()
{
	host log phase "$1" preparing
	if ! aside experiment_start "$1"; then
		failed "$1" "the huge pages could not be brought into their state"
		return
	fi
	if ! aside watch_start; then
		failed "$1" "the module or its sampler did not start:" \
			"$(dmesg | sed -n 's/.*hugecontig: //p' | tail -n 1)"
		return
	fi
	host log expected "$1" "$(stock_outcome "$1")"
	pool before "$1"
	host log phase "$1" unplugging
	sample "$1"
	unplug "$1"
	pool after "$1"
	host log phase "$1" checking
	watch_stop "$1"
	if experiment_stop "$1"; then
		host log contents "$1" intact
	else
		host log contents "$1" lost
	fi
	# It stays what it was: the picture's lines need not end at the last step.
	sample "$1"
}

host plugged > /dev/null || ktap_skip_all "no QEMU with virtio-mem around this"
for experiment in $(echo "$EXPERIMENTS" | tr , ' '); do
	experiment "$experiment"
done
