#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What does not fit is refused: one line that names it, and nothing is left.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/hugecontig.sh"

enable()
{
	echo Y > $PARAMETER
}

# slot_taken NAME FUNCTION: what holds the function is loaded
slot_taken()
{
	taken="$2 can not be redirected (-16)"
	refuses "load: $1" unloaded "$taken" module_load
	module_load enabled=N
	refuses "enable: $1" N "$taken" enable
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
ktap_plan $(($(echo "$variants" | wc -l) + 3 + 3 * $(echo "$FUNCTIONS" | wc -w)))

for variant in $variants; do
	message=$(sed -n "s/^$variant : .* : //p" "$TESTS/variants")
	if ! names_there "$message"; then
		ktap_skip "$variant" "this kernel has no such symbols"
	elif [ -f "$TESTS/variants.d/$variant.ko" ]; then
		refuses "$variant" unloaded "$message" \
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
