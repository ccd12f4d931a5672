/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_REASON_H
#define HUGECONTIG_REASON_H

#include <linux/types.h>

/**
 * enum reason - why memory is in the way of a range, and may stay there
 * @REASON_NONE:              it is not: free, or out of the way
 * @REASON_HUGE_PAGE:         HugeTLB page that can be replaced or migrated
 * @REASON_MOVABLE:           other memory in use that can be migrated
 * @REASON_MLOCKED:           the same, locked in memory by its user
 * @REASON_GIGANTIC:          HugeTLB page that the buddy allocator can not provide
 * @REASON_PINNED:            somebody holds a reference beyond its mappings
 * @REASON_POISONED:          marked by hardware memory failure
 * @REASON_NOT_MIGRATABLE:    HugeTLB page in use in a way that can not be migrated
 * @REASON_ISOLATED_BY_OTHER: HugeTLB page being migrated by somebody else, or being
 *                            faulted in
 * @REASON_RACED:             HugeTLB page that kept changing its state, or whose
 *                            migration failed
 * @REASON_NO_MEMORY:         no memory for a replacement: ends the request
 * @REASON_INTERRUPTED:       a fatal signal is pending: ends the request
 * @REASON_OUT_OF_TIME:       the limit of time is over: ends the request
 * @REASON_RESERVED:          never was the page allocator's
 * @REASON_SLAB:              of the slab allocator
 * @REASON_PAGE_TABLE:        page table
 * @REASON_UNMOVABLE:         the kernel's own in other ways: buffers, stacks
 * @REASON_OFF_LRU:           could be migrated, but is on no list of the LRU now: on
 *                            its way to one, or somebody else has isolated it
 * @REASON_ISOLATED:          somebody else is emptying the pageblock
 * @REASON_CMA:               the pageblock is for its CMA area only
 * @REASON_OFFLINE:           a hypervisor has taken it back
 * @REASON_HOLE:              no memory, not online, or of another zone
 * @NR_REASONS:               number of them
 */
enum reason {
	REASON_NONE,
	REASON_HUGE_PAGE,
	REASON_MOVABLE,
	REASON_MLOCKED,
	REASON_GIGANTIC,
	REASON_PINNED,
	REASON_POISONED,
	REASON_NOT_MIGRATABLE,
	REASON_ISOLATED_BY_OTHER,
	REASON_RACED,
	REASON_NO_MEMORY,
	REASON_INTERRUPTED,
	REASON_OUT_OF_TIME,
	REASON_RESERVED,
	REASON_SLAB,
	REASON_PAGE_TABLE,
	REASON_UNMOVABLE,
	REASON_OFF_LRU,
	REASON_ISOLATED,
	REASON_CMA,
	REASON_OFFLINE,
	REASON_HOLE,
	NR_REASONS
};

/* As users see them; here for tracers, who show them without this module's help. */
#define REASON_NAMES \
	{ REASON_NONE,		    "none" }, \
	{ REASON_HUGE_PAGE,	    "huge_page" }, \
	{ REASON_MOVABLE,	    "movable" }, \
	{ REASON_MLOCKED,	    "mlocked" }, \
	{ REASON_GIGANTIC,	    "gigantic" }, \
	{ REASON_PINNED,	    "pinned" }, \
	{ REASON_POISONED,	    "poisoned" }, \
	{ REASON_NOT_MIGRATABLE,    "not_migratable" }, \
	{ REASON_ISOLATED_BY_OTHER, "isolated_by_other" }, \
	{ REASON_RACED,		    "raced" }, \
	{ REASON_NO_MEMORY,	    "no_memory" }, \
	{ REASON_INTERRUPTED,	    "interrupted" }, \
	{ REASON_OUT_OF_TIME,	    "out_of_time" }, \
	{ REASON_RESERVED,	    "reserved" }, \
	{ REASON_SLAB,		    "slab" }, \
	{ REASON_PAGE_TABLE,	    "page_table" }, \
	{ REASON_UNMOVABLE,	    "unmovable" }, \
	{ REASON_OFF_LRU,	    "off_lru" }, \
	{ REASON_ISOLATED,	    "isolated" }, \
	{ REASON_CMA,		    "cma" }, \
	{ REASON_OFFLINE,	    "offline" }, \
	{ REASON_HOLE,		    "hole" }

/* Does it stay, whoever wants the range? */
static inline bool reason_stays(enum reason reason)
{
	return reason > REASON_MLOCKED;
}

/* Can it be that of a HugeTLB page, and thus of a request? */
static inline bool reason_is_busy(enum reason reason)
{
	return reason >= REASON_GIGANTIC && reason <= REASON_OUT_OF_TIME;
}

/* Can it be known of a range before anything in it is moved? */
static inline bool reason_rules_out(enum reason reason)
{
	return reason_stays(reason) && (reason < REASON_ISOLATED_BY_OTHER ||
					reason > REASON_OUT_OF_TIME);
}

const char *reason_name(enum reason reason);

#endif /* HUGECONTIG_REASON_H */
