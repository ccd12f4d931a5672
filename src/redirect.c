// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sends calls of kernel functions to functions of this module, with ftrace and
 * livepatch's discipline. Livepatch itself does not fit: its callback has no
 * caller test, so that a replacement could not call the original.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bug.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>

#include "compat/ftrace.h"
#include "redirect.h"

/*
 * Counts before it sets the instruction pointer: a count at the top of the
 * replacement would leave a task that is preempted in between unseen, and the
 * module's text could go away under it. unregister_ftrace_function() waits for
 * callbacks (they run with preemption off), so after it no count goes up.
 */
static void notrace redirect_callback(unsigned long ip, unsigned long parent_ip,
				      struct ftrace_ops *ops,
				      struct compat_ftrace_regs *regs)
{
	struct redirect *redirect = container_of(ops, struct redirect, ops);

	if (within_module(parent_ip, THIS_MODULE))
		return;
	if (redirect->wanted && !atomic_read(redirect->wanted))
		return;
	this_cpu_inc(*redirect->entered);
	compat_ftrace_set_ip(regs, (unsigned long)redirect->replacement);
}

/**
 * redirect_leave() - a redirected call is over
 * @redirect: of the function that was called
 *
 * The last thing a replacement does. From here to its return the task may
 * still be preempted on text of this module: see redirect_wait_for_return().
 *
 * Context: any; pairs with the count in redirect_callback().
 */
void redirect_leave(struct redirect *redirect)
{
	this_cpu_dec(*redirect->entered);
}

/*
 * A call may enter on one CPU and leave on another: only the sum has a meaning,
 * and only once no call can enter any more. It is kept for each function, as
 * calls of one enter while those of another are already drained.
 */
static long redirect_sum_entered(const struct redirect *redirect)
{
	long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(*per_cpu_ptr(redirect->entered, cpu));
	return sum;
}

/* Nobody can enter any more: zero is zero for good. */
static void redirect_drain(const struct redirect *redirect)
{
	unsigned long next_message = jiffies + 10 * HZ;
	long entered;

	while ((entered = redirect_sum_entered(redirect))) {
		if (time_after(jiffies, next_message)) {
			pr_info("disabling: waiting for %ld calls of %s to return\n",
				entered, redirect->name);
			next_message = jiffies + 10 * HZ;
		}
		msleep(20);
	}
}

static int redirect_register(struct redirect *redirect)
{
	int ret;

	redirect->ops.func = redirect_callback;
	redirect->ops.flags = COMPAT_FTRACE_OPS_FLAGS;
	ret = ftrace_set_filter_ip(&redirect->ops, redirect->original, 0, 0);
	if (ret) {
		pr_err("%s can not be redirected (%d): the kernel does not trace it\n",
		       redirect->name, ret);
		return ret;
	}
	ret = register_ftrace_function(&redirect->ops);
	if (!ret)
		return 0;

	ftrace_set_filter_ip(&redirect->ops, redirect->original, 1, 0);
	if (ret == -EBUSY)
		pr_err("%s can not be redirected (%d): a livepatch, a kprobe with a post handler or a BPF program holds it, or kernel.ftrace_enabled is 0; remove that and enable again\n",
		       redirect->name, ret);
	else
		pr_err("%s can not be redirected (%d)\n", redirect->name, ret);
	return ret;
}

/*
 * An ops without a filter traces every function: the filter goes only after
 * the ops is out of use.
 */
static void redirect_unregister(struct redirect *redirect)
{
	WARN_ON(unregister_ftrace_function(&redirect->ops));
	redirect_drain(redirect);
	ftrace_set_filter_ip(&redirect->ops, redirect->original, 1, 0);
}

/**
 * redirect_enable() - redirect all functions of a set, or none
 * @set: redirects, registered in this order
 * @nr:  number of @set
 *
 * Functions switch one after another, and not for a task but call by call. As
 * long as a call of one is on its way, those before it in the set are
 * redirected, too: this is what a replacement may rely on.
 *
 * Context: process context, may sleep. The caller serialises.
 * Return: 0; -EBUSY if a function is taken by a livepatch or the like; other
 *         errors of ftrace. One line in the log names the function.
 */
int redirect_enable(struct redirect *set, unsigned int nr)
{
	unsigned int i;
	int ret;

	for (i = 0; i < nr; i++) {
		ret = redirect_register(&set[i]);
		if (ret) {
			redirect_disable(set, i);
			return ret;
		}
	}
	return 0;
}

/**
 * redirect_disable() - give the functions of a set back to the kernel
 * @set: redirects, unregistered in the reverse order
 * @nr:  number of @set
 *
 * Each is drained before the next one goes, see redirect_enable().
 *
 * When it returns no task is inside a replacement and the functions are free
 * for a livepatch.
 *
 * Context: process context, sleeps until the last redirected call is over.
 *          The caller serialises.
 */
void redirect_disable(struct redirect *set, unsigned int nr)
{
	unsigned int i;

	for (i = nr; i-- > 0;)
		redirect_unregister(&set[i]);
}

/**
 * redirect_wait_for_return() - wait until no task is left on module text
 *
 * A task that has just counted itself out in redirect_leave() may be preempted
 * before it returns. It is a reader of RCU-tasks until it schedules of its own
 * will, which it does not do on the way to its return. Without this grace
 * period the text could be freed under it.
 *
 * Context: module exit, after redirect_disable(). Sleeps.
 */
void redirect_wait_for_return(void)
{
	synchronize_rcu_tasks();
}
