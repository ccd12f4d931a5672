#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# screenshots.sh: what hugecontig(8) shows in a guest that is asked to give memory back,
# with something of each kind in it, for tests/runner/screenshots.py. Its lines begin
# with "explain|" or "watch|", the first of them is the command.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"
. "$TESTS/lib/explain.sh"
. "$TESTS/lib/program.sh"
. "$TESTS/lib/virtio_mem.sh"

VMEM_MIB=256
holders=
trap cleanup_screenshots EXIT

cleanup_screenshots()
{
	[ -z "$holders" ] || kill -TERM $holders
	cleanup
}

# hold WAY: a page that somebody has, until the end
hold()
{
	pin_start "$1" || return 1
	holders="$holders $pin_pid"
	pin_pid=
}

# file NAME MIB: in memory
file()
{
	dd if=/dev/zero of="/tmp/$1" bs=1M count="$2" 2> /dev/null
}

# scene: ZONE_MOVABLE is the device's memory, so that it is where all of this goes
scene()
{
	plug && module_load || return 1
	file first 6
	hold small_vmsplice && hold mlock || return 1
	pool_resize 1 && hold vmsplice && pool_resize 19 || return 1
	user_start -t private -n 8 || return 1
	file second 23
	pool_resize 20 && pool_resize 42 || return 1
	hold vmsplice
	file third 9
	pool_resize 52
	hold mlock
}

# show NAME ARGUMENT...: the command, and what it says
show()
{
	show_name=$1
	shift
	{
		echo "# hugecontig $*"
		"$PROGRAM" --color=always "$@"
	} | sed "s/^/$show_name|/"
}

# show_watch: the second of two blocks, between which the host asks for the memory
show_watch()
{
	"$PROGRAM" --color=always watch -n 5 -c 2 > "$WORK/blocks" &
	wait_for_line "$WORK/blocks" "memory blocks" $!
	host resize 0 > /dev/null
	wait $!
	{
		echo "# hugecontig watch -n 5"
		awk '/ every 5 s$/ { block = "" } { block = block $0 "\n" } END { printf "%s", block }' \
			"$WORK/blocks"
	} | sed "s/^/watch|/"
}

if ! scene; then
	echo "the guest could not be brought into its state: $(cat "$WORK"/*.out)"
	exit 1
fi
show explain explain virtio-mem
show_watch
