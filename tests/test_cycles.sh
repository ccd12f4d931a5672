#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# virtio-mem is plugged and unplugged, over and over, while the memory next to it
# is emptied: all of it is given back each time, with the pool and its users as
# if nothing had happened. CYCLES=200 takes its time.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/virtio_mem.sh"

: "${CYCLES:=20}"

# Half of the pool is in use. It is larger than ZONE_MOVABLE without the device:
# so some of it always is on the device.
VMEM_MIB=256
PAGES=128
RANGE_PAGES=$((PAGES_PER_HUGE * 4))

# pages_on_device: how many of the user's pages
pages_on_device()
{
	first=$(sed -n 's/^ *\(.*\)-.* : System RAM (virtio_mem)$/\1/p' \
		/proc/iomem | head -n 1)
	awk -v first=$((0x$first / 4096)) '$1 >= first { count++ }
		END { print count + 0 }' "$WORK/user.pfns"
}

# cycle TYPE: the pool is made anew when the device is there. Prints what is not
# right; $given_back is how many MiB came back.
cycle()
{
	pool_resize 0
	plug || echo "$(plugged_mib) MiB plugged"
	pool_resize $PAGES || echo "no pool"
	user_start -t $1 -n $((PAGES / 2)) -w 1 || echo "no user"
	[ "$(pages_on_device)" -gt 0 ] || echo "no page on the device"
	unplug
	[ "$(pool_state)" = "$PAGES $((PAGES / 2)) 0 0" ] ||
		echo "pool $(pool_state)"
	user_stop || echo "contents"
}

# cycles: of private and shared pages in turn
cycles()
{
	for number in $(seq $CYCLES); do
		type=private
		[ $((number % 2)) -eq 0 ] || type=shared
		cycle $type > "$WORK/cycle"
		[ $given_back -eq $VMEM_MIB ] ||
			echo "$given_back MiB given back" >> "$WORK/cycle"
		sed "s/^/cycle $number, $type: /" "$WORK/cycle"
	done
}

host plugged > /dev/null || ktap_skip_all "no QEMU with virtio-mem around this"
zone_movable || ktap_skip_all "no ZONE_MOVABLE without virtio-mem"
[ $(($(movable_managed all) / PAGES_PER_HUGE)) -lt $PAGES ] ||
	ktap_skip_all "ZONE_MOVABLE is too large without virtio-mem"
contig_load
zone_ranges $RANGE_PAGES
ktap_plan 8

cycle private > "$WORK/cycle"
ktap_equal "stock" "$(cat "$WORK/cycle")" ""
all_by_stock=false
! native || all_by_stock=true
ktap_equal "stock: $given_back of $VMEM_MIB MiB given back, all" \
	"$([ $given_back -eq $VMEM_MIB ] && echo true || echo false)" $all_by_stock

kills=$(oom_kills)
module_load
hammer_start
cycles > "$WORK/wrong"
hammer_stop
ktap_equal "$CYCLES cycles: all given back, pool and contents as they were" \
	"$(cat "$WORK/wrong")" ""
ktap_equal "processes killed for want of memory" $(($(oom_kills) - kills)) 0
ktap_true "pages were replaced: $(statistic free_replaced)" \
	[ "$(statistic free_replaced)" -gt 0 ]
ktap_true "pages were migrated: $(statistic inuse_migrated)" \
	[ "$(statistic inuse_migrated)" -gt 0 ]
ktap_equal "codes of alloc_contig_range()" "$(hammer_codes)" "$EBUSY 0"
ktap_equal "requests without memory" "$(statistic enomem)" 0
module_unload

ktap_finish
