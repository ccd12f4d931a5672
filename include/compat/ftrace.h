/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * <linux/ftrace.h>: how a callback sends a traced function elsewhere.
 *
 * Up to 5.10 the callback gets full pt_regs, which x86-64 only fills in with
 * SAVE_REGS, and recursion protection is on unless a flag removes it. Since
 * d19ad0775dcd ("ftrace: Have the callbacks receive a struct ftrace_regs
 * instead of pt_regs", v5.11) both are different.
 */
#ifndef HUGECONTIG_COMPAT_FTRACE_H
#define HUGECONTIG_COMPAT_FTRACE_H

#include <linux/ftrace.h>
#include <linux/ptrace.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 11, 0)
#error "hugecontig supports Linux 5.10 only so far"
#endif

#define compat_ftrace_regs	pt_regs

#define COMPAT_FTRACE_OPS_FLAGS \
	(FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_SAVE_REGS | \
	 FTRACE_OPS_FL_PERMANENT)

static __always_inline void
compat_ftrace_set_ip(struct compat_ftrace_regs *regs, unsigned long ip)
{
	instruction_pointer_set(regs, ip);
}

#endif /* HUGECONTIG_COMPAT_FTRACE_H */
