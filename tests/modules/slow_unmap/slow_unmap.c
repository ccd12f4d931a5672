// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test only: the instant in which the entry of a HugeTLB page is gone from the
 * page table, and that of its migration not yet there, lasts a while. Faults do
 * come in it.
 */
#include <linux/delay.h>
#include <linux/hugetlb.h>
#include <linux/kprobes.h>
#include <linux/module.h>

static unsigned long instants;
module_param(instants, ulong, 0444);
MODULE_PARM_DESC(instants, "how many there were");

/* Returns 0 if the return is of interest: the page is a HugeTLB page. */
static int is_huge(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct vm_area_struct *vma;

	vma = (struct vm_area_struct *)regs_get_kernel_argument(regs, 0);
	return !is_vm_hugetlb_page(vma);
}

static int wait_a_while(struct kretprobe_instance *instance,
			struct pt_regs *regs)
{
	instants++;
	mdelay(3);
	return 0;
}

static struct kretprobe probe = {
	.kp.symbol_name = "ptep_clear_flush",
	.entry_handler = is_huge,
	.handler = wait_a_while,
};

static int __init slow_unmap_init(void)
{
	return register_kretprobe(&probe);
}

static void __exit slow_unmap_exit(void)
{
	unregister_kretprobe(&probe);
}

module_init(slow_unmap_init);
module_exit(slow_unmap_exit);

MODULE_DESCRIPTION("Test of hugecontig: slow migration of HugeTLB pages");
MODULE_LICENSE("GPL");
