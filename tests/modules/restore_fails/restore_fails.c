// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test only: the next times that a HugeTLB page is to get its struct pages back there
 * is no memory for them.
 */
#include <linux/errno.h>
#include <linux/kprobes.h>
#include <linux/module.h>

static atomic_t left = ATOMIC_INIT(0);
static int times = 1;
module_param(times, int, 0444);
MODULE_PARM_DESC(times, "how many times");

static int no_memory(void)
{
	return -ENOMEM;
}

/* That instead of the function, with the same caller. */
static int __kprobes fail(struct kprobe *probe, struct pt_regs *regs)
{
	if (atomic_dec_if_positive(&left) < 0)
		return 0;
	instruction_pointer_set(regs, (unsigned long)no_memory);
	return 1;
}

/* The name before and since v6.7. */
static const char *const names[] = {
	"hugetlb_vmemmap_restore", "hugetlb_vmemmap_restore_folio",
};

static struct kprobe probe = { .pre_handler = fail };

static int __init restore_fails_init(void)
{
	unsigned int i;
	int ret;

	atomic_set(&left, times);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		probe.symbol_name = names[i];
		probe.addr = NULL;
		ret = register_kprobe(&probe);
		if (!ret)
			break;
	}
	return ret;
}

static void __exit restore_fails_exit(void)
{
	unregister_kprobe(&probe);
}

module_init(restore_fails_init);
module_exit(restore_fails_exit);

MODULE_DESCRIPTION("Test of hugecontig: no memory for struct pages");
MODULE_LICENSE("GPL");
