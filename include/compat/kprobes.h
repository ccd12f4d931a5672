/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * <linux/kprobes.h>: since cc66bb914578 ("x86/ibt,kprobes: Cure sym+0 equals fentry
 * woes", v5.18) a probe at a function of a kernel with IBT is behind its ENDBR.
 */
#ifndef HUGECONTIG_COMPAT_KPROBES_H
#define HUGECONTIG_COMPAT_KPROBES_H

#include <linux/kprobes.h>

#ifdef CONFIG_X86_KERNEL_IBT
#include <asm/ibt.h>
#define COMPAT_KPROBE_OFFSET	ENDBR_INSN_SIZE
#else
#define COMPAT_KPROBE_OFFSET	0
#endif

/* symbol + 0 of a probe at a function. */
static inline unsigned long compat_kprobe_function(const struct kprobe *probe)
{
	return (unsigned long)probe->addr - COMPAT_KPROBE_OFFSET;
}

#endif /* HUGECONTIG_COMPAT_KPROBES_H */
