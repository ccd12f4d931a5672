/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM hugecontig

#if !defined(HUGECONTIG_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define HUGECONTIG_TRACE_H

#include <linux/tracepoint.h>

#include "contig.h"
#include "examine.h"
#include "hugetlb.h"
#include "reason.h"

TRACE_DEFINE_ENUM(REASON_NONE);
TRACE_DEFINE_ENUM(REASON_HUGE_PAGE);
TRACE_DEFINE_ENUM(REASON_MOVABLE);
TRACE_DEFINE_ENUM(REASON_MLOCKED);
TRACE_DEFINE_ENUM(REASON_GIGANTIC);
TRACE_DEFINE_ENUM(REASON_PINNED);
TRACE_DEFINE_ENUM(REASON_POISONED);
TRACE_DEFINE_ENUM(REASON_NOT_MIGRATABLE);
TRACE_DEFINE_ENUM(REASON_ISOLATED_BY_OTHER);
TRACE_DEFINE_ENUM(REASON_RACED);
TRACE_DEFINE_ENUM(REASON_NO_MEMORY);
TRACE_DEFINE_ENUM(REASON_INTERRUPTED);
TRACE_DEFINE_ENUM(REASON_OUT_OF_TIME);
TRACE_DEFINE_ENUM(REASON_RESERVED);
TRACE_DEFINE_ENUM(REASON_SLAB);
TRACE_DEFINE_ENUM(REASON_PAGE_TABLE);
TRACE_DEFINE_ENUM(REASON_UNMOVABLE);
TRACE_DEFINE_ENUM(REASON_OFF_LRU);
TRACE_DEFINE_ENUM(REASON_ISOLATED);
TRACE_DEFINE_ENUM(REASON_CMA);
TRACE_DEFINE_ENUM(REASON_OFFLINE);
TRACE_DEFINE_ENUM(REASON_HOLE);

TRACE_DEFINE_ENUM(HUGE_PAGE_OF_KERNEL);
TRACE_DEFINE_ENUM(HUGE_PAGE_FREE);
TRACE_DEFINE_ENUM(HUGE_PAGE_TO_GIVE_UP);
TRACE_DEFINE_ENUM(HUGE_PAGE_IN_USE);
TRACE_DEFINE_ENUM(HUGE_PAGE_BUSY);

TRACE_DEFINE_ENUM(HUGE_PAGE_STAYS);
TRACE_DEFINE_ENUM(HUGE_PAGE_REPLACED);
TRACE_DEFINE_ENUM(HUGE_PAGE_MIGRATED);
TRACE_DEFINE_ENUM(HUGE_PAGE_GIVEN_UP);
TRACE_DEFINE_ENUM(HUGE_PAGE_LEFT);
TRACE_DEFINE_ENUM(HUGE_PAGE_GONE);
TRACE_DEFINE_ENUM(HUGE_PAGE_WOULD_REPLACE);
TRACE_DEFINE_ENUM(HUGE_PAGE_WOULD_MIGRATE);
TRACE_DEFINE_ENUM(HUGE_PAGE_WOULD_GIVE_UP);

#define show_reason(reason)	__print_symbolic(reason, REASON_NAMES)

#define show_mode(observe)	__print_symbolic(observe, \
	{ 0, "act" }, { 1, "observe" })

#define show_found(state)	__print_symbolic(state, \
	{ HUGE_PAGE_OF_KERNEL,  "of_kernel" }, \
	{ HUGE_PAGE_FREE,	"free" }, \
	{ HUGE_PAGE_TO_GIVE_UP, "gigantic_free" }, \
	{ HUGE_PAGE_IN_USE,	"in_use" }, \
	{ HUGE_PAGE_BUSY,	"busy" })

#define show_done(done)		__print_symbolic(done, \
	{ HUGE_PAGE_STAYS,	   "stays" }, \
	{ HUGE_PAGE_REPLACED,	   "replaced" }, \
	{ HUGE_PAGE_MIGRATED,	   "migrated" }, \
	{ HUGE_PAGE_GIVEN_UP,	   "given_up" }, \
	{ HUGE_PAGE_LEFT,	   "left" }, \
	{ HUGE_PAGE_GONE,	   "gone" }, \
	{ HUGE_PAGE_WOULD_REPLACE, "would_replace" }, \
	{ HUGE_PAGE_WOULD_MIGRATE, "would_migrate" }, \
	{ HUGE_PAGE_WOULD_GIVE_UP, "would_give_up" })

TRACE_EVENT(request_begin,

	TP_PROTO(const struct contig_request *req),

	TP_ARGS(req),

	TP_STRUCT__entry(
		__field(unsigned long,	start)
		__field(unsigned long,	end)
		__field(unsigned long,	caller)
		__field(int,		observe)
	),

	TP_fast_assign(
		__entry->start = req->start;
		__entry->end = req->end;
		__entry->caller = req->caller;
		__entry->observe = req->observe;
	),

	TP_printk("range=[%#lx, %#lx) caller=%ps mode=%s",
		  __entry->start, __entry->end, (void *)__entry->caller,
		  show_mode(__entry->observe))
);

TRACE_EVENT(request_end,

	TP_PROTO(const struct contig_request *req, int ret, s64 duration),

	TP_ARGS(req, ret, duration),

	TP_STRUCT__entry(
		__field(unsigned long,	start)
		__field(unsigned long,	end)
		__field(unsigned long,	caller)
		__field(int,		ret)
		__field(long long,	duration)
		__field(unsigned int,	replaced)
		__field(unsigned int,	migrated)
		__field(unsigned long,	pfn)
		__field(int,		reason)
	),

	TP_fast_assign(
		__entry->start = req->start;
		__entry->end = req->end;
		__entry->caller = req->caller;
		__entry->ret = ret;
		__entry->duration = duration;
		__entry->replaced = req->replaced;
		__entry->migrated = req->migrated;
		__entry->pfn = req->blocking_pfn;
		__entry->reason = req->blocking_reason;
	),

	TP_printk("range=[%#lx, %#lx) caller=%ps ret=%d duration=%lld replaced=%u migrated=%u pfn=%#lx reason=%s",
		  __entry->start, __entry->end, (void *)__entry->caller,
		  __entry->ret, __entry->duration, __entry->replaced,
		  __entry->migrated, __entry->pfn, show_reason(__entry->reason))
);

TRACE_EVENT(page,

	TP_PROTO(unsigned long pfn, const struct huge_page *found, int done,
		 int reason, s64 duration),

	TP_ARGS(pfn, found, done, reason, duration),

	TP_STRUCT__entry(
		__field(unsigned long,	pfn)
		__field(unsigned int,	order)
		__field(int,		node)
		__field(int,		found)
		__field(int,		done)
		__field(int,		reason)
		__field(long long,	duration)
	),

	TP_fast_assign(
		__entry->pfn = pfn;
		__entry->order = found->order;
		__entry->node = found->nid;
		__entry->found = found->state;
		__entry->done = done;
		__entry->reason = reason;
		__entry->duration = duration;
	),

	TP_printk("pfn=%#lx order=%u node=%d found=%s done=%s reason=%s duration=%lld",
		  __entry->pfn, __entry->order, __entry->node,
		  show_found(__entry->found), show_done(__entry->done),
		  show_reason(__entry->reason), __entry->duration)
);

TRACE_EVENT(candidate,

	TP_PROTO(unsigned long start, unsigned long end, bool accepted,
		 unsigned long to_move, int reason, unsigned long pfn),

	TP_ARGS(start, end, accepted, to_move, reason, pfn),

	TP_STRUCT__entry(
		__field(unsigned long,	start)
		__field(unsigned long,	end)
		__field(bool,		accepted)
		__field(unsigned long,	to_move)
		__field(int,		reason)
		__field(unsigned long,	pfn)
	),

	TP_fast_assign(
		__entry->start = start;
		__entry->end = end;
		__entry->accepted = accepted;
		__entry->to_move = to_move;
		__entry->reason = reason;
		__entry->pfn = pfn;
	),

	TP_printk("range=[%#lx, %#lx) accepted=%d to_move=%lu reason=%s pfn=%#lx",
		  __entry->start, __entry->end, __entry->accepted,
		  __entry->to_move, show_reason(__entry->reason), __entry->pfn)
);

#endif /* HUGECONTIG_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE hugecontig_trace
#include <trace/define_trace.h>
