/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM hugecontig

#if !defined(HUGECONTIG_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define HUGECONTIG_TRACE_H

#include <linux/tracepoint.h>

#include "obstacle.h"
#include "stats.h"

TRACE_EVENT(hugecontig_request,

	TP_PROTO(unsigned long start, unsigned long end, int ret),

	TP_ARGS(start, end, ret),

	TP_STRUCT__entry(
		__field(unsigned long,	start)
		__field(unsigned long,	end)
		__field(int,		ret)
	),

	TP_fast_assign(
		__entry->start = start;
		__entry->end = end;
		__entry->ret = ret;
	),

	TP_printk("range=[%#lx, %#lx) ret=%d",
		  __entry->start, __entry->end, __entry->ret)
);

TRACE_DEFINE_ENUM(BUSY_NONE);
TRACE_DEFINE_ENUM(BUSY_GIGANTIC);
TRACE_DEFINE_ENUM(BUSY_PINNED);
TRACE_DEFINE_ENUM(BUSY_POISONED);
TRACE_DEFINE_ENUM(BUSY_NOT_MIGRATABLE);
TRACE_DEFINE_ENUM(BUSY_ISOLATED_BY_OTHER);
TRACE_DEFINE_ENUM(BUSY_RACED);
TRACE_DEFINE_ENUM(BUSY_NO_MEMORY);
TRACE_DEFINE_ENUM(BUSY_INTERRUPTED);
TRACE_DEFINE_ENUM(BUSY_OUT_OF_TIME);

#define show_busy_reason(reason) __print_symbolic(reason, \
	{ BUSY_NONE,		  "none" }, \
	{ BUSY_GIGANTIC,	  "gigantic" }, \
	{ BUSY_PINNED,		  "pinned" }, \
	{ BUSY_POISONED,	  "poisoned" }, \
	{ BUSY_NOT_MIGRATABLE,	  "not_migratable" }, \
	{ BUSY_ISOLATED_BY_OTHER, "isolated_by_other" }, \
	{ BUSY_RACED,		  "raced" }, \
	{ BUSY_NO_MEMORY,	  "no_memory" }, \
	{ BUSY_INTERRUPTED,	  "interrupted" }, \
	{ BUSY_OUT_OF_TIME,	  "out_of_time" })

TRACE_EVENT(hugecontig_huge_page,

	TP_PROTO(unsigned long pfn, int busy),

	TP_ARGS(pfn, busy),

	TP_STRUCT__entry(
		__field(unsigned long,	pfn)
		__field(int,		busy)
	),

	TP_fast_assign(
		__entry->pfn = pfn;
		__entry->busy = busy;
	),

	TP_printk("pfn=%#lx busy=%s",
		  __entry->pfn, show_busy_reason(__entry->busy))
);

TRACE_DEFINE_ENUM(OBSTACLE_NONE);
TRACE_DEFINE_ENUM(OBSTACLE_HUGE_PAGE);
TRACE_DEFINE_ENUM(OBSTACLE_MOVABLE);
TRACE_DEFINE_ENUM(OBSTACLE_GIGANTIC);
TRACE_DEFINE_ENUM(OBSTACLE_PINNED);
TRACE_DEFINE_ENUM(OBSTACLE_POISONED);
TRACE_DEFINE_ENUM(OBSTACLE_NOT_MIGRATABLE);
TRACE_DEFINE_ENUM(OBSTACLE_RESERVED);
TRACE_DEFINE_ENUM(OBSTACLE_UNMOVABLE);
TRACE_DEFINE_ENUM(OBSTACLE_OFF_LRU);
TRACE_DEFINE_ENUM(OBSTACLE_ISOLATED);
TRACE_DEFINE_ENUM(OBSTACLE_CMA);
TRACE_DEFINE_ENUM(OBSTACLE_HOLE);

#define show_obstacle(obstacle) __print_symbolic(obstacle, \
	{ OBSTACLE_NONE,	   "none" }, \
	{ OBSTACLE_HUGE_PAGE,	   "huge_page" }, \
	{ OBSTACLE_MOVABLE,	   "movable" }, \
	{ OBSTACLE_GIGANTIC,	   "gigantic" }, \
	{ OBSTACLE_PINNED,	   "pinned" }, \
	{ OBSTACLE_POISONED,	   "poisoned" }, \
	{ OBSTACLE_NOT_MIGRATABLE, "not_migratable" }, \
	{ OBSTACLE_RESERVED,	   "reserved" }, \
	{ OBSTACLE_UNMOVABLE,	   "unmovable" }, \
	{ OBSTACLE_OFF_LRU,	   "off_lru" }, \
	{ OBSTACLE_ISOLATED,	   "isolated" }, \
	{ OBSTACLE_CMA,		   "cma" }, \
	{ OBSTACLE_HOLE,	   "hole" })

TRACE_EVENT(hugecontig_candidate,

	TP_PROTO(unsigned long start, unsigned long end, bool accepted,
		 unsigned long to_move, int obstacle, unsigned long pfn),

	TP_ARGS(start, end, accepted, to_move, obstacle, pfn),

	TP_STRUCT__entry(
		__field(unsigned long,	start)
		__field(unsigned long,	end)
		__field(bool,		accepted)
		__field(unsigned long,	to_move)
		__field(int,		obstacle)
		__field(unsigned long,	pfn)
	),

	TP_fast_assign(
		__entry->start = start;
		__entry->end = end;
		__entry->accepted = accepted;
		__entry->to_move = to_move;
		__entry->obstacle = obstacle;
		__entry->pfn = pfn;
	),

	TP_printk("range=[%#lx, %#lx) accepted=%d to_move=%lu last=%s pfn=%#lx",
		  __entry->start, __entry->end, __entry->accepted,
		  __entry->to_move, show_obstacle(__entry->obstacle),
		  __entry->pfn)
);

#endif /* HUGECONTIG_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE hugecontig_trace
#include <trace/define_trace.h>
