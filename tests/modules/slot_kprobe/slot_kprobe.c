// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes a function's one IPMODIFY slot, with a kprobe that has a post handler.
 *
 * For tests only: never install it.
 */
#include <linux/kprobes.h>
#include <linux/module.h>

static char *symbol;
module_param(symbol, charp, 0444);
MODULE_PARM_DESC(symbol, "Function to probe");

static void probe_post(struct kprobe *probe, struct pt_regs *regs,
		       unsigned long flags)
{
}

static struct kprobe probe = { .post_handler = probe_post };

static int __init slot_kprobe_init(void)
{
	if (!symbol)
		return -EINVAL;
	probe.symbol_name = symbol;
	return register_kprobe(&probe);
}

static void __exit slot_kprobe_exit(void)
{
	unregister_kprobe(&probe);
}

module_init(slot_kprobe_init);
module_exit(slot_kprobe_exit);

MODULE_DESCRIPTION("Test of hugecontig: a kprobe with a post handler");
MODULE_LICENSE("GPL");
