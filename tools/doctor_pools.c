// SPDX-License-Identifier: GPL-2.0-only
/*
 * The doctor's look at the pools of huge pages.
 */
#include "doctor.h"
#include "pool.h"
#include "text.h"

static void tell_pool(struct doctor *doctor, const struct pool *pool)
{
	char size[TEXT_SHORT];

	doctor_say(doctor, pool->surplus ? FINDING_WARN : FINDING_OK, "pool",
		   pool->surplus ? "surplus pages go with their users, unless nr_hugepages grows" :
				   NULL,
		   "%s: %llu pages, %llu free, %llu reserved, %llu surplus",
		   text_bytes(size, pool->size_kb * 1024), pool->total, pool->free,
		   pool->reserved, pool->surplus);
}

static void tell_pool_of_node(struct doctor *doctor, const struct pool *pool)
{
	char size[TEXT_SHORT];

	doctor_say(doctor, FINDING_OK, "pool", NULL,
		   "%s on node %d: %llu pages, %llu free, %llu surplus",
		   text_bytes(size, pool->size_kb * 1024), pool->node, pool->total, pool->free,
		   pool->surplus);
}

/**
 * doctor_pools() - what is in the pools
 * @doctor: the examination
 */
void doctor_pools(struct doctor *doctor)
{
	const struct pool *pool;
	struct pools pools;
	bool any = false;

	pools_read(&pools);
	for (pool = pools.pool; pool < pools.pool + pools.nr; pool++) {
		if (!pool->total)
			continue;
		any = true;
		if (pool->node == POOL_ANY_NODE)
			tell_pool(doctor, pool);
		else
			tell_pool_of_node(doctor, pool);
	}
	if (!any)
		doctor_say(doctor, FINDING_OK, "pool", NULL, "there are no huge pages");
	pools_free(&pools);
}
