// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's pools of huge pages, as sysfs shows them.
 */
#include <stdio.h>
#include <stdlib.h>

#include "memory.h"
#include "pool.h"
#include "source.h"

#define ALL_NODES	"/sys/kernel/mm/hugepages"
#define NODES		"/sys/devices/system/node"

static unsigned long long number_in(const char *directory, unsigned long long size_kb,
				    const char *name)
{
	unsigned long long number;
	char path[192];

	snprintf(path, sizeof(path), "%s/hugepages-%llukB/%s", directory, size_kb, name);
	return source_read_number(path, &number) ? 0 : number;
}

static void add_pool(struct pools *pools, int node, unsigned long long size_kb,
		     const char *directory)
{
	struct pool *pool;

	pools->pool = memory_grow(pools->pool, pools->nr, sizeof(*pool));
	pool = &pools->pool[pools->nr++];
	pool->node = node;
	pool->size_kb = size_kb;
	pool->total = number_in(directory, size_kb, "nr_hugepages");
	pool->free = number_in(directory, size_kb, "free_hugepages");
	pool->surplus = number_in(directory, size_kb, "surplus_hugepages");
	pool->reserved = 0;
	if (node == POOL_ANY_NODE)
		pool->reserved = number_in(directory, size_kb, "resv_hugepages");
}

static void add_pools(struct pools *pools, int node, const char *path)
{
	DIR *directory = source_opendir(path);
	unsigned long long size_kb;
	struct dirent *entry;

	if (!directory)
		return;
	while ((entry = readdir(directory)))
		if (sscanf(entry->d_name, "hugepages-%llukB", &size_kb) == 1)
			add_pool(pools, node, size_kb, path);
	closedir(directory);
}

static int compare(const void *left, const void *right)
{
	const struct pool *a = left, *b = right;

	if (a->node != b->node)
		return a->node < b->node ? -1 : 1;
	if (a->size_kb != b->size_kb)
		return a->size_kb < b->size_kb ? -1 : 1;
	return 0;
}

/**
 * pools_read() - look at all pools
 * @pools: where they go; what can not be read is not there, or 0
 */
void pools_read(struct pools *pools)
{
	DIR *directory = source_opendir(NODES);
	struct dirent *entry;
	char path[64];
	int node, end;

	pools->pool = NULL;
	pools->nr = 0;
	add_pools(pools, POOL_ANY_NODE, ALL_NODES);
	while (directory && (entry = readdir(directory))) {
		end = 0;
		if (sscanf(entry->d_name, "node%9d%n", &node, &end) != 1 ||
		    entry->d_name[end] || node < 0)
			continue;
		snprintf(path, sizeof(path), NODES "/node%d/hugepages", node);
		add_pools(pools, node, path);
	}
	if (directory)
		closedir(directory);
	if (pools->nr)
		qsort(pools->pool, pools->nr, sizeof(*pools->pool), compare);
}

/**
 * pools_free() - forget them
 * @pools: is empty then
 */
void pools_free(struct pools *pools)
{
	free(pools->pool);
	pools->pool = NULL;
	pools->nr = 0;
}
