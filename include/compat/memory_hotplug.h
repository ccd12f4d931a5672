/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * <linux/memory_hotplug.h>: get_online_mems(), which is not exported, and has no form that
 * only tries. Without MEMORY_HOTPLUG there is no lock: struct pages stay where they are.
 */
#ifndef HUGECONTIG_COMPAT_MEMORY_HOTPLUG_H
#define HUGECONTIG_COMPAT_MEMORY_HOTPLUG_H

#include <linux/memory_hotplug.h>
#include <linux/percpu-rwsem.h>

extern struct percpu_rw_semaphore *kernel_mem_hotplug_lock;

#ifdef CONFIG_MEMORY_HOTPLUG

#define COMPAT_HAS_MEM_HOTPLUG		true

static inline void compat_get_online_mems(void)
{
	percpu_down_read(kernel_mem_hotplug_lock);
}

static inline bool compat_try_get_online_mems(void)
{
	return percpu_down_read_trylock(kernel_mem_hotplug_lock);
}

static inline void compat_put_online_mems(void)
{
	percpu_up_read(kernel_mem_hotplug_lock);
}

#else /* CONFIG_MEMORY_HOTPLUG */

#define COMPAT_HAS_MEM_HOTPLUG		false

static inline void compat_get_online_mems(void)
{
}

static inline bool compat_try_get_online_mems(void)
{
	return true;
}

static inline void compat_put_online_mems(void)
{
}

#endif /* CONFIG_MEMORY_HOTPLUG */

#endif /* HUGECONTIG_COMPAT_MEMORY_HOTPLUG_H */
