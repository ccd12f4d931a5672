// SPDX-License-Identifier: GPL-2.0-only
/*
 * Includes the units, as kernel/sched/build_utility.c does: most of the time of a build goes into
 * headers of memory management, which the compiler reads once here. redirect.c is apart, as UBSAN
 * must leave it alone. trace.c is apart, as CREATE_TRACE_POINTS would define events of the kernel
 * as well, where a unit includes their headers.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "buddy.c"
#include "caller.c"
#include "capability.c"
#include "contig.c"
#include "control.c"
#include "convert.c"
#include "examine.c"
#include "explain.c"
#include "explanation.c"
#include "explanation_lines.c"
#include "failures.c"
#include "gigantic.c"
#include "hugetlb.c"
#include "isolate.c"
#include "layout.c"
#include "main.c"
#include "migrate.c"
#include "obstacle.c"
#include "reason.c"
#include "second_pass.c"
#include "stats.c"
#include "supply.c"
#include "symbols.c"
#include "target.c"
#include "typeinfo.c"
#include "verdict.c"
