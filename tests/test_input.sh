#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Whatever is written to a file of the module or given to insmod, and whoever
# does it: only a switch position switches, and nobody learns what harms.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"

WRITERS=4
ALL_FILES=
for file in enabled explain explanation failures stats status; do
	ALL_FILES="$ALL_FILES $DEBUGFS/$file"
done
for parameter in enabled explain_target free_blocks give_up_gigantic mode \
	second_pass_attempts second_pass_ms second_pass_pages; do
	ALL_FILES="$ALL_FILES $PARAMETERS/$parameter"
done

# A pointer as the kernel prints it, hashed or not.
ADDRESS='\(0000\|ffff\)[0-9a-f]\{12\}'

trap cleanup_input EXIT
debugfs_mode=$(stat -c %a /sys/kernel/debug)

cleanup_input()
{
	chmod "$debugfs_mode" /sys/kernel/debug
	[ ! -d /sys/module/slot_kprobe ] || rmmod slot_kprobe
	cleanup
}

# left: what a module that was not loaded has left
left()
{
	ls -d /sys/module/hugecontig $DEBUGFS $TRACING/events/hugecontig \
		2>/dev/null
	redirected
	cat /sys/kernel/debug/kprobes/list
}

# files: those that are the module's own
files()
{
	find $DEBUGFS $PARAMETERS -type f | sort
}

# --- garbage ----------------------------------------------------------------

# numbers FILE: what of the garbage is right there
numbers()
{
	case $1 in
	*/second_pass_*) echo "signed number digits hexadecimal" ;;
	esac
}

# test_garbage Y|N: nothing is taken, and the switch stays where it is
test_garbage()
{
	echo "$1" > $PARAMETER
	for file in $(files); do
		ktap_equal "garbage, switched $1: $file" \
			"$("$TESTS/scribble" "$file" | xargs), $(switch_state)" \
			"$(numbers "$file"), $1"
	done
}

# scribble_start: on each switch several writers
scribble_start()
{
	scribble_pids=
	for file in $PARAMETER $DEBUGFS/enabled; do
		for _ in $(seq $WRITERS); do
			"$TESTS/scribble" "$file" >> "$WORK/taken" &
			scribble_pids="$scribble_pids $!"
		done
	done
}

scribble_wait()
{
	# shellcheck disable=SC2086 # a list
	wait $scribble_pids
}

test_writers()
{
	: > "$WORK/taken"
	echo Y > $PARAMETER
	scribble_start
	scribble_wait
	ktap_equal "garbage of $((WRITERS * 2)) writers" \
		"$(cat "$WORK/taken"), $(switch_state)" ", Y"
	scribble_start
	for _ in $(seq 5); do
		echo N > $PARAMETER
		echo Y > $DEBUGFS/enabled
	done
	echo N > $PARAMETER
	scribble_wait
	ktap_equal "garbage while somebody switches" \
		"$(cat "$WORK/taken"), $(switch_state)" ", N"
}

# Positions without an end, at an offset, and with a NUL for an end: as for every
# parameter, and the same for both files.
test_positions()
{
	for file in $PARAMETER $DEBUGFS/enabled; do
		printf N > "$file"
		states=$(switch_state)
		printf on > "$file"
		states="$states $(switch_state)"
		printf N | dd of="$file" bs=1 seek=7 conv=notrunc 2>/dev/null
		states="$states $(switch_state)"
		printf 'Y\0foo' > "$file"
		states="$states $(switch_state)"
		ktap_equal "positions without an end: $file" "$states" "N Y N Y"
	done
}

# Reads in pieces give what a read of all gives.
test_reads()
{
	for file in $(files); do
		dd if="$file" bs=1 of="$WORK/pieces" 2>/dev/null
		ktap_equal "read byte by byte: $file" "$(cat "$WORK/pieces")" \
			"$(cat "$file")"
	done
}

# insmod_refuses NAME MESSAGE ARGUMENT...: with the message, or if that is empty
# with one of the kernel's only
insmod_refuses()
{
	name=$1
	message=$2
	shift 2
	dmesg -c > /dev/null
	if module_load "$@" 2>/dev/null; then
		ktap_fail "insmod: $name" "was loaded, $(switch_state)"
		module_unload
		return
	fi
	ktap_equal "insmod: $name" "$(said_since 0), left: $(left)" "$message, left: "
}

# no_position VALUE: what the module says about it
no_position()
{
	echo "enabled: '$1' is no switch position, write Y or N"
}

test_insmod()
{
	for value in foo 2 -1 0x0 never Yy '%s%n' "$(printf '\303\244')"; do
		insmod_refuses "enabled=$value" "$(no_position "$value")" \
			"enabled=$value"
	done
	insmod_refuses "enabled=" "$(no_position '')" enabled=
	insmod_refuses "enabled" '' enabled
	insmod_refuses "two words" "$(no_position 'Y N')" 'enabled="Y N"'
	insmod_refuses "64 KiB" "$(no_position NNNNNNNNNNNNNNNN)" \
		"enabled=$(head -c 65536 /dev/zero | tr '\0' N)"
	insmod_refuses "free_blocks=foo" \
		"free_blocks: 'foo' is no switch position, write Y or N" \
		free_blocks=foo
	insmod_refuses "second_pass_attempts=9" \
		"second_pass_attempts: '9' is no such number, write 0 to 8" \
		second_pass_attempts=9
	insmod_refuses "mode=foo" "mode: 'foo' is no mode, write act or observe" \
		mode=foo
	insmod_refuses "explain_target=foo" \
		"explain: 'foo' is no target, write one as 0x100000-0x1001ff, memory32, node0, zone Movable or all" \
		explain_target=foo
	insmod_refuses "one of two" "$(no_position foo)" enabled=Y enabled=foo
	module_load enabled=Y enabled=N
	ktap_equal "insmod: the last one counts" "$(switch_state)" N
	module_unload
}

# --- who may do what --------------------------------------------------------

# as_nobody COMMAND...
as_nobody()
{
	"$TESTS/nobody" "$@"
}

# opened_by_nobody REDIRECTION: the files of standard input that can be opened
opened_by_nobody()
{
	# shellcheck disable=SC2016 # is expanded by that shell
	as_nobody sh -c 'while read -r file; do
			(eval ": '"$1"' \"\$file\"") 2>/dev/null && echo "$file"
		done'
}

test_modes()
{
	# The root of a guest is a directory that its runner has to itself.
	[ ! -f /arguments ] || chmod 755 /
	ktap_equal "a user without rights" \
		"$(as_nobody id -u) $(as_nobody cat $PARAMETER)" "65534 Y"
	ktap_equal "modes" \
		"$(files | xargs stat -c '%a %u' | xargs)" \
		"600 0 600 0 444 0 444 0 444 0 444 0 644 0 644 0 644 0 644 0 644 0 644 0 644 0 644 0"
	find /sys/module/hugecontig $DEBUGFS $TRACING/events/hugecontig \
		-type f > "$WORK/files"
	ktap_equal "nobody can open for writing" \
		"$(opened_by_nobody '>>' < "$WORK/files")" ""
	ktap_equal "nobody can read beyond /sys/module" \
		"$(opened_by_nobody '<' < "$WORK/files" |
			grep -v '^/sys/module/')" ""
	ktap_equal "nobody can read an address" \
		"$(opened_by_nobody '<' < "$WORK/files" |
			xargs grep -l "$ADDRESS")" ""

	# Some open debugfs to all, for their tools.
	chmod 755 /sys/kernel/debug
	ktap_equal "debugfs is open: nobody can read" \
		"$(files | grep "^$DEBUGFS" | opened_by_nobody '<' | xargs)" \
		"$DEBUGFS/explanation $DEBUGFS/failures $DEBUGFS/stats $DEBUGFS/status"
	ktap_equal "debugfs is open: nobody can open for writing" \
		"$(opened_by_nobody '>>' < "$WORK/files"), $(switch_state)" ", Y"
	chmod "$debugfs_mode" /sys/kernel/debug
}

# --- addresses --------------------------------------------------------------

# use_everything: so that all that can be shown is shown
use_everything()
{
	pool_resize 3
	echo 1 > $TRACING/events/hugecontig/enable
	user_start -t private -n 2
	user_stop
	cp "$WORK/user.pfns" "$WORK/pfns"
	user_start -t private -n 1
	pin_start vmsplice
	echo "$pfn" >> "$WORK/pfns"
	contig_alloc_pages "$WORK/pfns" > "$WORK/codes"
	pin_stop
	user_stop
	echo 0 > $TRACING/events/hugecontig/enable
}

test_addresses()
{
	use_everything
	ktap_equal "addresses: something is shown" \
		"$(statistic last_blocking_reason), $(grep -c ' page: pfn=' \
			$TRACING/trace | sed 's/^[1-9].*/traced/')" \
		"pinned, traced"
	ktap_true "addresses: the kernel's own one is found" \
		grep -q "$ADDRESS" /sys/module/hugecontig/sections/.text
	# Where sections are is shown by the kernel, of each module, to root.
	find /sys/module/hugecontig $DEBUGFS $TRACING/events/hugecontig \
		-type f -perm -0400 ! -path '*/sections/*' > "$WORK/files"
	ktap_equal "addresses: $(wc -l < "$WORK/files") files" \
		"$(xargs grep -l "$ADDRESS" $TRACING/trace < "$WORK/files")" ""
}

# What was quoted above from input, and what is said of a refusal.
test_log()
{
	dmesg -c > /dev/null
	"$TESTS/scribble" $PARAMETER
	"$TESTS/scribble" $DEBUGFS/enabled
	module_unload
	insmod "$TESTS/modules/slot_kprobe/slot_kprobe.ko" \
		symbol="$ALLOC_CONTIG"
	module_load 2>/dev/null
	rmmod slot_kprobe
	said_since 0 > "$WORK/log"
	ktap_true "log: $(wc -l < "$WORK/log") different lines" \
		grep -q 'can not be redirected' "$WORK/log"
	ktap_equal "log: addresses" "$(grep "$ADDRESS" "$WORK/log")" ""
	ktap_equal "log: nothing that a terminal obeys" \
		"$(LC_ALL=C tr -d '\n -~\240-\377' < "$WORK/log" | od -A n -t x1)" ""
}

contig_load
ktap_plan 78

module_load
ktap_equal "files" "$(files | xargs)" "${ALL_FILES# }"
test_garbage Y
test_garbage N
test_writers
test_positions
test_reads
module_unload
test_insmod

module_load
test_modes
test_addresses
test_log

ktap_finish
