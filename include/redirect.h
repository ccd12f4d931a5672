/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_REDIRECT_H
#define HUGECONTIG_REDIRECT_H

#include <linux/atomic.h>
#include <linux/ftrace.h>

/**
 * struct redirect - a kernel function and the function that runs instead
 * @name:        name of the original, for messages
 * @original:    address of the original, symbol + 0
 * @replacement: a function of this module with the prototype of the original;
 *               it calls redirect_leave() last
 * @wanted:      the original runs, and nothing is counted, while this is zero.
 *               NULL: always redirect
 * @entered:     calls on their way through the replacement, see redirect_leave()
 * @calls:       calls the replacement has acted upon
 * @ops:         private: one ftrace_ops a function, for a trampoline of its own
 *
 * A call that comes from this module is never redirected: this is how a
 * replacement reaches the original.
 */
struct redirect {
	const char *name;
	unsigned long original;
	void *replacement;
	const atomic_t *wanted;
	long __percpu *entered;
	atomic_long_t calls;
	struct ftrace_ops ops;
};

int redirect_enable(struct redirect *set, unsigned int nr);
void redirect_disable(struct redirect *set, unsigned int nr);
void redirect_leave(struct redirect *redirect);
void redirect_wait_for_return(void);

#endif /* HUGECONTIG_REDIRECT_H */
