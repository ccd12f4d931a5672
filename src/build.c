// SPDX-License-Identifier: GPL-2.0-only
/*
 * The units, in one pass of the compiler: most of what it reads are the headers of memory
 * management, which each of them needs (as in kernel/sched/build_utility.c). Apart are redirect.c,
 * which UBSAN leaves alone, and trace.c, which makes what a header declares elsewhere.
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
