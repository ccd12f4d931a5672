/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_SIGTERM_H
#define TESTS_SIGTERM_H

#include <signal.h>
#include <stddef.h>

/*
 * The test programs hold what they have until SIGTERM. It is blocked before they
 * say that they are ready, and before there are threads, which inherit that:
 * whoever is told so early to stop does it in order.
 */
static inline sigset_t sigterm_set(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	return set;
}

static inline void block_sigterm(void)
{
	sigset_t set = sigterm_set();

	sigprocmask(SIG_BLOCK, &set, NULL);
}

static inline void wait_for_sigterm(void)
{
	sigset_t set = sigterm_set();
	int signal;

	sigwait(&set, &signal);
}

#endif /* TESTS_SIGTERM_H */
