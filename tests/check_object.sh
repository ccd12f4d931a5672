#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# check_object.sh MODULE: what the compiler must not have done to hugecontig.ko.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/ktap.sh"

module=${1:-$TESTS/../hugecontig.ko}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

[ -f "$module" ] || ktap_skip_all "hugecontig.ko is not built"
command -v objdump > /dev/null || ktap_skip_all "no objdump (binutils)"

disassemble()
{
	objdump --disassemble --reloc --no-show-raw-insn "$1"
}

# uses_of_static_calls: reads a disassembly; for each use of a static call of
# ours "NAME call" or "NAME jmp". The trampolines themselves are jumps, to
# elsewhere.
uses_of_static_calls()
{
	awk '/^ *[0-9a-f]+:\t[a-z]/ { instruction = $2 }
	     match($0, /__SCT__kernel_[a-z_]+/) && /R_X86_64/ {
		print substr($0, RSTART + 14, RLENGTH - 14), instruction
	     }'
}

# The names of the static calls that the module defines; but for those of pages that
# there are none of before v5.14, which the compiler leaves out there.
static_calls()
{
	nm "$module" | sed -n -e '/__SCT__kernel_vmemmap_/d' \
		-e 's/.* __SCT__kernel_\([a-z_]*\)$/\1/p' | sort
}

# indirect_calls: reads a disassembly; the functions that call through a
# pointer. Tracepoints do, to probes that register for it. Calls of paravirt
# operations look alike, and are patched to direct ones at load.
indirect_calls()
{
	awk '/^[0-9a-f]+ </ { function_name = $2 }
	     /__x86_indirect_thunk/ || /\t(call|jmp) +\*%/ {
		print function_name
	     }' | grep -v -e '__traceiter_' -e '__bpf_trace_' | sort -u
}

# calls_of FUNCTION: reads a disassembly; the calls in the function
calls_of()
{
	awk -v function_name="<$1>:" '
		/^[0-9a-f]+ </ { inside = $2 == function_name }
		inside && /\tcall/ { print }'
}

ktap_plan 6

# The call of an original that the compiler has turned into a jump: redirected
# again, for ever, as it seems to come from the caller of the replacement.
printf '%s\n' replacement: 'jmp __SCT__kernel_original' 'call *%rax' |
	as -o "$work/bad.o"
disassemble "$work/bad.o" > "$work/bad"
disassemble "$module" > "$work/module"
uses_of_static_calls < "$work/module" > "$work/uses"

ktap_equal "the check sees a jump" "$(uses_of_static_calls < "$work/bad")" \
	"original jmp"
ktap_equal "originals are called, and not jumped to" \
	"$(grep -v ' call$' "$work/uses")" ""
ktap_equal "each of them is" \
	"$(cut -d ' ' -f 1 "$work/uses" | grep -v '^vmemmap_' | sort -u | xargs)" \
	"$(static_calls | xargs)"

ktap_equal "the check sees a call through a pointer" \
	"$(indirect_calls < "$work/bad")" "<replacement>:"
ktap_equal "nothing is called through a pointer" \
	"$(indirect_calls < "$work/module" | xargs)" ""
# What it called out of line would be traced, and call it again.
ktap_equal "the ftrace callback calls nothing" \
	"$(grep -c '<redirect_callback>:$' "$work/module") $(calls_of redirect_callback < "$work/module")" "1 "

ktap_finish
