# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034
#
# The experiments of the upstream series' cover letter: a guest gives 1 GiB of
# virtio-mem in ZONE_MOVABLE back, while its huge pages are in some state. Needs
# QEMU around it (see the command "host"), with 4 GiB of other memory.

VMEM_MIB=1024

# The state of the huge pages, and what shall happen to them: a letter; with a
# plus sign the pool has 100 pages more than are in use.
: "${EXPERIMENTS:=a,b,c,d,a+,b+,c+}"

# describe EXPERIMENT
describe()
{
	case $1 in
	a) echo "512 free" ;;
	b) echo "512 populated, idle" ;;
	c) echo "512 read and written" ;;
	d) echo "2048 free, memory tight" ;;
	a+) echo "612 free" ;;
	b+) echo "512 idle, 100 free" ;;
	c+) echo "512 written, 100 free" ;;
	esac
}

# tight_mib: what experiment d leaves free, which is less than the device's pages
# need elsewhere
tight_mib()
{
	echo $((186 + $(quarantine_mib)))
}

# plugged_mib: how much of the device the guest has
plugged_mib()
{
	echo $(($(host plugged) / 1048576))
}

# known_mib: how much of the device the kernel knows as memory. It learns of a
# block after the device did.
known_mib()
{
	echo $(($(virtio_mem_bytes) / 1048576))
}

# device_working: does the driver's worker do something, and not wait for its next
# attempt? The stack of a task that runs can not be seen, so any worker that runs
# may be the one.
device_working()
{
	grep -q -s virtio_mem_run_wq /proc/[0-9]*/stack ||
		grep -q -s '(kworker.*) R ' /proc/[0-9]*/stat
}

# all_online: the kernel uses all of the device
all_online()
{
	[ "$(plugged_mib)" -eq $VMEM_MIB ] && [ "$(known_mib)" -eq $VMEM_MIB ] &&
	! device_working &&
	! grep -q offline /sys/devices/system/memory/memory*/state
}

# plug: the whole device, and waits until the kernel uses it
plug()
{
	host resize $((VMEM_MIB * 1048576)) > /dev/null || return 1
	for _ in $(seq 300); do
		all_online && return
		sleep 0.1
	done
	return 1
}

# How often in a row nothing happens before the device counts as having given up:
# its driver waits for 50 s then. Not seconds: a busy host can stop for some. Only
# the last looks are at the driver, as they cost more.
QUIET_LOOKS=20
CHEAP_LOOKS=15

# unplug [LOG_NAME]: asks for all of it back; $given_back is how many MiB came.
# With a name each step is logged at the host, with the pool.
unplug()
{
	host resize 0 > /dev/null || return 1
	plugged=$VMEM_MIB
	quiet=0
	while [ "$plugged" -gt 0 ] && [ $quiet -lt $QUIET_LOOKS ]; do
		quiet=$((quiet + 1))
		now=$(plugged_mib)
		if [ "$now" -ne "$plugged" ] ||
		   { [ $quiet -gt $CHEAP_LOOKS ] && device_working; }; then
			quiet=0
		fi
		plugged=$now
		[ -z "$1" ] || host log "$1" "$plugged" \
			"$(cat "$POOL/nr_hugepages")"
		sleep 0.1
	done
	given_back=$((VMEM_MIB - plugged))
}

# stock_outcome EXPERIMENT: how much this kernel can be expected to give back: few;
# all; all, as virtio-mem tries again and again, since what has been migrated is in
# the way once more; or any: one that replaces pages takes all memory for it, and then
# ends processes, as it has none
stock_outcome()
{
	if ! native; then
		echo few
	elif [ "$1" = d ]; then
		echo any
	elif native_with_free_pages; then
		echo all
	else
		case $1 in
		*[!a]+) echo again ;;
		*) echo all ;;
		esac
	fi
}

# count_calls: of alloc_contig_range(), until count_end
count_calls()
{
	echo "p:test/calls $ALLOC_CONTIG" > $TRACING/kprobe_events
	echo > $TRACING/trace
	echo 1 > $TRACING/events/test/enable
}

# count_end: $calls is how many
count_end()
{
	echo 0 > $TRACING/events/test/enable
	calls=$(grep -c ' calls: ' $TRACING/trace)
	echo > $TRACING/kprobe_events
}

# replacements_left: how many huge pages more there is room for, with all zones
# still above their low watermarks and what they keep for other kinds of memory
replacements_left()
{
	awk '
		FILENAME == "/proc/buddyinfo" {
			blocks[$2, $4] = $(NF - 1) + 2 * $NF
			next
		}
		/^Node/ { node = $2; zone = $4; nr[node]++ }
		/^Node/ && zone == "Movable" { movable[node] = nr[node] + 1 }
		$1 == "pages" && $2 == "free" { free[node, zone] = $3 }
		$1 == "low" { low[node, zone] = $2 }
		$1 == "protection:" {
			gsub(/[(),]/, "")
			protection[node, zone] = $0
		}
		END {
			for (key in free) {
				split(key, part, SUBSEP)
				split(protection[key], keep)
				room = int((free[key] - low[key] -
					    keep[movable[part[1]]]) / 512)
				if (room > blocks[key])
					room = blocks[key]
				if (room > 0)
					sum += room
			}
			print sum + 0
		}' /proc/buddyinfo /proc/zoneinfo
}

# experiment_start EXPERIMENT: brings the huge pages into their state
experiment_start()
{
	pool_resize 0 && plug || return 1
	case $1 in
	*+) pool_resize 612 ;;
	d) pool_resize 2048 && eat_start "$(tight_mib)" ;;
	*) pool_resize 512 ;;
	esac || return 1
	case $1 in
	b*) user_start -t private -n 512 ;;
	c*) user_start -t shared -n 512 -w 2 ;;
	esac
}

# experiment_stop EXPERIMENT: succeeds if the contents are as they were
experiment_stop()
{
	case $1 in
	b* | c*) user_stop ;;
	d) eat_stop ;;
	esac
}
