#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The build for a kernel that lacks what the module needs ends, and names it.

TESTS=$(cd "$(dirname "$0")" && pwd)
. "$TESTS/lib/ktap.sh"

FEATURES=$TESTS/../include/compat/features.mk
HEADERS="gfp.h:alloc_contig_range hugetlb.h:isolate_hugetlb
	hugetlb.h:move_hugetlb_state hugetlb.h:hugetlb_fault_mutex_hash
	migrate.h:migrate_pages rmap.h:rmap_walk"
CONFIGS="X86_64 HUGETLBFS COMPACTION CONTIG_ALLOC MIGRATION KPROBES KALLSYMS_ALL
	FUNCTION_TRACER DYNAMIC_FTRACE DYNAMIC_FTRACE_WITH_REGS DEBUG_INFO_BTF"

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# build_without [HEADER:NAME|CONFIG]: of a kernel that has all but this; prints what
# the build says
build_without()
{
	rm -rf "$work/include"
	mkdir -p "$work/include/linux"
	for entry in $HEADERS; do
		[ "$entry" = "$1" ] || echo "${entry#*:}" >> "$work/include/linux/${entry%:*}"
	done
	for config in MODULES $CONFIGS; do
		[ "$config" = "$1" ] || echo "CONFIG_$config := y"
	done > "$work/Makefile"
	printf 'include %s\nall:;@echo builds\n' "$FEATURES" >> "$work/Makefile"
	make -s -C "$work" srctree="$work" 2>&1 | sed 's/.*\*\*\* //; s/  *Stop\.$//'
}

# shellcheck disable=SC2086 # lists
set -- $HEADERS $CONFIGS
ktap_plan $(($# + 1))

ktap_equal "a kernel that lacks nothing" "$(build_without)" builds
for lacking; do
	case $lacking in
	*:*) what="${lacking#*:} in <linux/${lacking%:*}>" ;;
	CONTIG_ALLOC)
		what="CONFIG_CONTIG_ALLOC (of CONFIG_MEMORY_HOTPLUG or CONFIG_CMA)"
		;;
	*) what=CONFIG_$lacking ;;
	esac
	ktap_equal "$what" "$(build_without "$lacking")" \
		"hugecontig: this kernel lacks $what, which the module needs."
done

ktap_finish
