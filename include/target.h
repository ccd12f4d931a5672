/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_TARGET_H
#define HUGECONTIG_TARGET_H

#include <linux/types.h>

/* What a target may be written with at most, its end included. */
#define TARGET_SIZE	96

#define TARGET_ANY	(-1)

/**
 * struct target - memory to be explained, and how
 * @start: first pfn
 * @end:   pfn after the last
 * @nid:   on this node only, or TARGET_ANY
 * @zone:  in this zone only (enum zone_type), or TARGET_ANY
 * @range: it was asked for as a range: what is no memory is in it, too
 * @json:  lines of JSON
 * @full:  what is in nobody's way, too
 */
struct target {
	unsigned long start;
	unsigned long end;
	int nid;
	int zone;
	bool range;
	bool json;
	bool full;
};

int target_parse(const char *text, struct target *target);
const char *target_zone_name(int zone);
unsigned long target_end_of_memory(void);

#endif /* HUGECONTIG_TARGET_H */
