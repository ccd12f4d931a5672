/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Read before each source of the module in a build for bench_locks.sh: how often, and how
 * long the module holds hugetlb_lock, by a clock that counts instructions. Under the lock
 * nobody else counts. contig_range.ko shows the sums.
 */
#ifndef TESTS_HOLD_TIMES_H
#define TESTS_HOLD_TIMES_H

/* As the sources have it, for what is included here does not wait for them. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/hugetlb.h>
#include <linux/interrupt.h>
#include <linux/mm.h>
#include <linux/spinlock.h>
#include <asm/msr.h>

extern spinlock_t *kernel_hugetlb_lock;

/* One of each, for all objects. */
extern u64 hold_begin, hold_nr, hold_total, hold_longest, hold_above;
__weak u64 hold_begin, hold_nr, hold_total, hold_longest, hold_above;

/* What is not to be held for longer, in ns. */
#define HOLD_LIMIT	5000

static inline void hold_lock_irq(spinlock_t *lock)
{
	spin_lock_irq(lock);
	if (lock == kernel_hugetlb_lock)
		hold_begin = rdtsc();
}

static inline void hold_unlock_irq(spinlock_t *lock)
{
	u64 held = rdtsc() - hold_begin;

	if (lock == kernel_hugetlb_lock) {
		hold_nr++;
		hold_total += held;
		hold_longest = max(hold_longest, held);
		hold_above += held > HOLD_LIMIT;
	}
	spin_unlock_irq(lock);
}

/* They are macros in 5.10 with PREEMPT_RT. */
#undef spin_lock_irq
#undef spin_unlock_irq
#define spin_lock_irq	hold_lock_irq
#define spin_unlock_irq	hold_unlock_irq

#endif /* TESTS_HOLD_TIMES_H */
