// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test only: what happens to the pool under hugetlb_lock lasts a while, so that whoever
 * reads its counters sees one that moves meanwhile. The functions that the parameter names
 * wait where they are called with interrupts off.
 */
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/module.h>

#include "compat/ftrace.h"
#include "../lookup.h"

#define MOST_FUNCTIONS	1024

static char *functions[MOST_FUNCTIONS];
static unsigned int nr_functions;
module_param_array(functions, charp, &nr_functions, 0444);
MODULE_PARM_DESC(functions, "that wait, of a module as MODULE:FUNCTION");

static unsigned long instants;
module_param(instants, ulong, 0444);
MODULE_PARM_DESC(instants, "how often one has waited");

static void notrace wait_a_while(unsigned long ip, unsigned long parent_ip,
				 struct ftrace_ops *ops,
				 struct compat_ftrace_regs *regs)
{
	if (!irqs_disabled())
		return;
	instants++;
	mdelay(2);
}

static struct ftrace_ops ops = { .func = wait_a_while };

/* Without a filter all functions of the kernel would wait. */
static int __init slow_counters_init(void)
{
	unsigned int i;
	int ret = -EINVAL;

	for (i = 0; i < nr_functions; i++) {
		unsigned long address = lookup(functions[i]);

		if (!address)
			return -ENOENT;
		ret = ftrace_set_filter_ip(&ops, address, 0, 0);
		if (ret)
			return ret;
	}
	return ret ? ret : register_ftrace_function(&ops);
}

static void __exit slow_counters_exit(void)
{
	unregister_ftrace_function(&ops);
}

module_init(slow_counters_init);
module_exit(slow_counters_exit);

MODULE_DESCRIPTION("Test of hugecontig: a slow pool of HugeTLB pages");
MODULE_LICENSE("GPL");
