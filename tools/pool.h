/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_TOOL_POOL_H
#define HUGECONTIG_TOOL_POOL_H

#include <stddef.h>

/* Of all nodes. */
#define POOL_ANY_NODE	(-1)

/**
 * struct pool - huge pages of one size on one node, or on all of them
 * @node:     the node, or POOL_ANY_NODE
 * @size_kb:  of a page
 * @total:    pages
 * @free:     those of them that nobody uses
 * @surplus:  those that the administrator has not asked for
 * @reserved: promised to mappings; of all nodes only
 */
struct pool {
	int node;
	unsigned long long size_kb;
	unsigned long long total;
	unsigned long long free;
	unsigned long long surplus;
	unsigned long long reserved;
};

/**
 * struct pools - all of them, those of all nodes first, then by node and size
 * @pool: the pools
 * @nr:   how many
 */
struct pools {
	struct pool *pool;
	size_t nr;
};

void pools_read(struct pools *pools);
void pools_free(struct pools *pools);

#endif /* HUGECONTIG_TOOL_POOL_H */
