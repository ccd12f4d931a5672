// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signals, for what has to tidy up before it ends. They only arrive while it waits.
 */
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

#include "signals.h"

/* The last two are of use to who has the screen only. */
static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH };

#define NR_SIGNALS	(sizeof(signals) / sizeof(*signals))
#define NR_OF_SCREEN	2

static volatile sig_atomic_t ending;
static volatile sig_atomic_t resized;
static volatile sig_atomic_t stopped;
static sigset_t while_waiting;

static void note(int signal)
{
	switch (signal) {
	case SIGWINCH:
		resized = 1;
		break;
	case SIGTSTP:
		stopped = 1;
		break;
	default:
		ending = signal;
	}
}

/**
 * signals_catch() - from here on, wait for signals with signals_wait() only
 * @screen: whether to know of another size of the terminal, and of Ctrl-Z
 *
 * A pipe that nobody reads any more is an error of the stream, and the end.
 */
void signals_catch(bool screen)
{
	size_t nr = screen ? NR_SIGNALS : NR_SIGNALS - NR_OF_SCREEN, i;
	struct sigaction action = { .sa_handler = note };
	sigset_t block;

	sigemptyset(&block);
	for (i = 0; i < nr; i++) {
		sigaddset(&block, signals[i]);
		sigaction(signals[i], &action, NULL);
	}
	/* Comes when it is written to, and at no other time. */
	sigaction(SIGPIPE, &action, NULL);
	sigprocmask(SIG_BLOCK, &block, &while_waiting);
	for (i = 0; i < nr; i++)
		sigdelset(&while_waiting, signals[i]);
}

/**
 * signals_wait() - wait for input, a signal, or the time
 * @fd:         what is read from, or -1
 * @timeout_ms: how long to wait
 *
 * Return: whether there is input.
 */
bool signals_wait(int fd, int timeout_ms)
{
	struct timespec timeout = {
		.tv_sec = timeout_ms / 1000,
		.tv_nsec = timeout_ms % 1000 * 1000000L,
	};
	struct pollfd poll = { .fd = fd, .events = POLLIN };

	return ppoll(&poll, 1, &timeout, &while_waiting) > 0;
}

/**
 * signals_ending() - whether a signal wants the end
 *
 * Return: whether.
 */
bool signals_ending(void)
{
	return ending;
}

/**
 * signals_resized() - whether the terminal has another size since the last time
 *
 * Return: whether.
 */
bool signals_resized(void)
{
	bool was = resized;

	resized = 0;
	return was;
}

/**
 * signals_stopped() - whether the user wants the program to stop for now
 *
 * Return: whether. The caller stops it with SIGSTOP.
 */
bool signals_stopped(void)
{
	bool was = stopped;

	stopped = 0;
	return was;
}

/**
 * signals_die() - end by the signal that wanted it, if one did
 *
 * Whoever waits for the program, as a shell with a loop, has to know.
 */
void signals_die(void)
{
	sigset_t deadly;

	if (!ending)
		return;
	signal(ending, SIG_DFL);
	raise(ending);
	sigemptyset(&deadly);
	sigaddset(&deadly, ending);
	sigprocmask(SIG_UNBLOCK, &deadly, NULL);
}
