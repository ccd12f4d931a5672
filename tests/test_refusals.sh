#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What does not fit is refused: one line that names it, and nothing is left.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"

# log_since LINE: what the module said after that many lines of the log
log_since()
{
	dmesg | tail -n "+$(($1 + 1))" | sed -n 's/^.*hugecontig: //p'
}

# refused NAME MESSAGE COMMAND...: the command fails, the log has the message, in
# which a star stands for what differs between kernels,
# nothing else was said and nothing is redirected
refused()
{
	refused_name=$1
	message=$2
	shift 2
	lines=$(dmesg | wc -l)
	if "$@" 2>/dev/null; then
		ktap_fail "$refused_name" "was not refused"
		return
	fi
	# insmod of busybox tries both system calls: one line each.
	said=$(log_since "$lines" | grep -v 'taint\|verification' | sort -u)
	case $said in
	*$message*)
		ktap_equal "$refused_name" \
			"$(echo "$said" | wc -l) line, $(redirected)" "1 line, "
		;;
	*)
		ktap_fail "$refused_name" "said '$said', expected '$message'"
		;;
	esac
}

enable()
{
	echo Y > $PARAMETER
}

# slot_taken NAME FUNCTION: what holds the function is loaded
slot_taken()
{
	taken="$2 can not be redirected (-16)"
	refused "load: $1" "$taken" module_load
	module_load enabled=N
	refused "enable: $1" "$taken" enable
	ktap_equal "still off: $1" "$(cat $PARAMETER)" N
}

# slot_free NAME: nothing holds it any more
slot_free()
{
	ktap_true "enable afterwards: $1" enable
	module_unload
}

# names_there MESSAGE: does this kernel have the symbols that the message is about?
# They are those of Debian's; others are compiled differently.
names_there()
{
	case $1 in
	*" is ambiguous"*)
		name=${1#symbol }
		[ "$(grep -c " ${name%% *}\$" /proc/kallsyms)" -eq 2 ]
		;;
	*"the compiler made "* | *" has a clone "*)
		grep -q " ${1##* }\$" /proc/kallsyms
		;;
	esac
}

variants=$(sed -n 's/^\([a-z_]*\) : .*/\1/p' "$TESTS/variants")
ktap_plan $(($(echo "$variants" | wc -l) + 4 + 4 * $(echo "$FUNCTIONS" | wc -w)))

for variant in $variants; do
	message=$(sed -n "s/^$variant : .* : //p" "$TESTS/variants")
	if ! names_there "$message"; then
		ktap_skip "$variant" "this kernel has no such symbols"
	elif [ -f "$TESTS/variants.d/$variant.ko" ]; then
		refused "$variant" "$message" \
			insmod "$TESTS/variants.d/$variant.ko"
	else
		ktap_skip "$variant" "variants are only built for the guests"
	fi
done

for function in $FUNCTIONS; do
	insmod "$TESTS/modules/slot_kprobe/slot_kprobe.ko" symbol=$function
	slot_taken "kprobe with a post handler on $function" $function
	rmmod slot_kprobe
	slot_free "kprobe on $function"
done

insmod "$TESTS/modules/slot_livepatch/slot_livepatch.ko"
slot_taken "livepatch" "$ALLOC_CONTIG"
livepatch_remove
slot_free "livepatch"

ktap_finish
