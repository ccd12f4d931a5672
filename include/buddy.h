/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_BUDDY_H
#define HUGECONTIG_BUDDY_H

#include <linux/types.h>

struct page;

/* Blocks can be taken on this kernel; and they are wanted, see control. */
extern bool buddy_has_blocks, buddy_use_blocks;

void buddy_init(void);
struct page *buddy_take_block(int nid, unsigned int order, gfp_t gfp,
			     struct page **second);
bool buddy_give_block(struct page *page, unsigned int order);

#endif /* HUGECONTIG_BUDDY_H */
