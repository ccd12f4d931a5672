/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * <linux/ftrace.h>: how a callback sends a traced function elsewhere.
 *
 * Since d19ad0775dcd ("ftrace: Have the callbacks receive a struct ftrace_regs
 * instead of pt_regs", v5.11) the callback has what a call needs without asking
 * for full pt_regs, and recursion protection is a flag. Before, x86-64 filled the
 * registers in with SAVE_REGS only, and a flag removed the protection. The setter
 * is a macro in each of them, renamed by 94d095ffa0e1 ("ftrace: abstract
 * DYNAMIC_FTRACE_WITH_ARGS accesses", v6.2); on an architecture that lacks it, an
 * empty one.
 */
#ifndef HUGECONTIG_COMPAT_FTRACE_H
#define HUGECONTIG_COMPAT_FTRACE_H

#include <linux/ftrace.h>
#include <linux/ptrace.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 11, 0)

#ifndef CONFIG_HAVE_DYNAMIC_FTRACE_WITH_ARGS
#error "hugecontig needs a kernel with DYNAMIC_FTRACE_WITH_ARGS"
#endif

#define compat_ftrace_regs	ftrace_regs

#define COMPAT_FTRACE_OPS_FLAGS \
	(FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_RECURSION | \
	 FTRACE_OPS_FL_PERMANENT)

#ifdef ftrace_regs_set_instruction_pointer
#define compat_ftrace_set_ip	ftrace_regs_set_instruction_pointer
#else
#define compat_ftrace_set_ip	ftrace_instruction_pointer_set
#endif

#else

#define compat_ftrace_regs	pt_regs

#define COMPAT_FTRACE_OPS_FLAGS \
	(FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_SAVE_REGS | \
	 FTRACE_OPS_FL_PERMANENT)

#define compat_ftrace_set_ip	instruction_pointer_set

#endif

#endif /* HUGECONTIG_COMPAT_FTRACE_H */
