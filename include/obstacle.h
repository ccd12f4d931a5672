/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_OBSTACLE_H
#define HUGECONTIG_OBSTACLE_H

#include <linux/types.h>

struct zone;

/**
 * enum obstacle - what is in the way of a range, at some pfn of it
 * @OBSTACLE_NONE:           nothing: the memory is free, or about to be
 * @OBSTACLE_HUGE_PAGE:      HugeTLB page that can be replaced or migrated
 * @OBSTACLE_MOVABLE:        other memory in use that can be migrated
 * @OBSTACLE_GIGANTIC:       HugeTLB page that the buddy allocator can not provide
 * @OBSTACLE_PINNED:         somebody holds a page beyond its mappings
 * @OBSTACLE_POISONED:       marked by hardware memory failure
 * @OBSTACLE_NOT_MIGRATABLE: HugeTLB page in use in a way that can not be migrated
 * @OBSTACLE_RESERVED:       never was the page allocator's
 * @OBSTACLE_UNMOVABLE:      the kernel's own: slab, page tables, buffers
 * @OBSTACLE_OFF_LRU:        could be migrated, but is on no list of the LRU now: on its
 *                           way to one, or somebody else has isolated it
 * @OBSTACLE_ISOLATED:       somebody else is emptying the pageblock
 * @OBSTACLE_CMA:            the pageblock is for its CMA area only
 * @OBSTACLE_HOLE:           no memory, not online, or of another zone
 * @NR_OBSTACLES:            number of them
 */
enum obstacle {
	OBSTACLE_NONE,
	OBSTACLE_HUGE_PAGE,
	OBSTACLE_MOVABLE,
	OBSTACLE_GIGANTIC,
	OBSTACLE_PINNED,
	OBSTACLE_POISONED,
	OBSTACLE_NOT_MIGRATABLE,
	OBSTACLE_RESERVED,
	OBSTACLE_UNMOVABLE,
	OBSTACLE_OFF_LRU,
	OBSTACLE_ISOLATED,
	OBSTACLE_CMA,
	OBSTACLE_HOLE,
	NR_OBSTACLES
};

/* Does it stay, whoever wants the range? */
static inline bool obstacle_stays(enum obstacle obstacle)
{
	return obstacle > OBSTACLE_MOVABLE;
}

enum obstacle obstacle_at(struct zone *zone, unsigned long pfn,
			  unsigned long *next);
bool obstacle_any_poison(unsigned long start, unsigned long end);

#endif /* HUGECONTIG_OBSTACLE_H */
