#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Pages in use while all is done to them that can be done, and their ranges are
# emptied: nobody ever sees a word that is wrong, and nothing is left behind.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"

: "${SECONDS_EACH:=20}"
STORMS="fork exit protect unmap pmd direct uring debugger move"
CGROUP=$WORK/cgroup

# cgroup_start: what follows is charged to a cgroup of its own
cgroup_start()
{
	mkdir "$CGROUP" && mount -t cgroup -o hugetlb hugetlb "$CGROUP" &&
		mkdir "$CGROUP/test" && echo 0 > "$CGROUP/test/cgroup.procs"
}

charged()
{
	cat "$CGROUP/test/hugetlb.2MB.usage_in_bytes"
}

cgroup_stop()
{
	echo 0 > "$CGROUP/cgroup.procs"
	rmdir "$CGROUP/test"
	umount "$CGROUP"
}

# device_start: $device is one that may be written to
device_start()
{
	[ -e /dev/loop0 ] || return 1
	dd if=/dev/zero of="$WORK/disk" bs=1M count=8 2>/dev/null &&
		device=$(losetup -f) && losetup "$device" "$WORK/disk"
}

# storms: one result for each
storms()
{
	raging=$STORMS
	! warns_of_pins || raging=$(echo "$STORMS" | sed 's/uring//')
	# shellcheck disable=SC2086 # a list
	"$TESTS/hugetlb_storm" ${device:+-d "$device"} "$SECONDS_EACH" $raging \
		> "$WORK/storms" 2>&1
	! warns_of_pins || echo "uring SKIP $WARNS_OF_PINS" >> "$WORK/storms"
	for storm in $STORMS; do
		line=$(sed -n "s/^$storm //p" "$WORK/storms" | head -n 1)
		case $line in
		SKIP*) ktap_skip "storm: $storm" "${line#SKIP }" ;;
		*) ktap_true "storm: $storm: $line" [ "${line%% *}" = ok ] ;;
		esac
	done
}

zone_movable || ktap_skip_all "no ZONE_MOVABLE"
contig_load
set -- $STORMS
ktap_plan $(($# + 22))

device=
device_start || echo "# no loop device"
pool_resize 96
module_load

# A fault that sees no entry in the page table, in the instant before that of the
# migration is there: 5.10 takes a page of the pool for it, if only to give it
# back, or reports to a userfaultfd what is there, and the task waits for ever.
insmod "$TESTS/modules/slow_unmap/slow_unmap.ko"
movable_ranges $PAGES_PER_HUGE 128 > "$WORK/ranges"
for options in "private" "private -u" "shared -u"; do
	# shellcheck disable=SC2086 # words
	user_start -n 8 -w 2 -t $options
	sampler_start
	ktap_equal "faults, $options: alloc_contig_range()" \
		"$(contig_alloc_pages "$WORK/user.pfns")" "8x0"
	hammer_start
	sleep 5
	hammer_stop
	sampler_stop
	ktap_equal "faults, $options: counters" "$(sampler_moved)" ""
	ktap_true "faults, $options: no wrong one, contents" user_stop
done
instants=$(cat /sys/module/slow_unmap/parameters/instants)
ktap_true "faults: instants that were long: $instants" [ "$instants" -gt 24 ]
rmmod slow_unmap

if cgroup_start; then
	user_start -t private -n 8 -w 1
	before=$(charged)
	ktap_equal "cgroup: charged for" $((before / 2097152)) 8
	ktap_equal "cgroup: alloc_contig_range()" \
		"$(contig_alloc_pages "$WORK/user.pfns")" "8x0"
	ktap_equal "cgroup: charged after migration" "$(charged)" "$before"
	ktap_true "cgroup: contents" user_stop
	ktap_equal "cgroup: charged at the end" "$(charged)" 0
	ktap_true "cgroup: can be removed" cgroup_stop
else
	for name in "for" "alloc_contig_range()" migration contents end removed; do
		ktap_skip "cgroup: $name" "no hugetlb cgroup"
	done
fi

ktap_equal "before the storms: pool" "$(pool_state)" "96 96 0 0"
hammer_start
storms
hammer_stop
ktap_equal "after the storms: pool" "$(pool_state)" "96 96 0 0"
ktap_true "pages were migrated meanwhile: $(statistic inuse_migrated)" \
	[ "$(statistic inuse_migrated)" -gt 0 ]
ktap_true "pages were replaced meanwhile: $(statistic free_replaced)" \
	[ "$(statistic free_replaced)" -gt 0 ]
ktap_equal "alloc_contig_range() meanwhile" "$(hammer_codes)" "$EBUSY 0"
hammer_succeeds
module_unload
[ -z "$device" ] || losetup -d "$device"

ktap_finish
