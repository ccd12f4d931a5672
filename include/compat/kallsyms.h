/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * <linux/kallsyms.h>: neither function is exported to modules any more since
 * 0bd476e6c671 ("kallsyms: unexport kallsyms_lookup_name() and
 * kallsyms_on_each_symbol()", v5.7).
 */
#ifndef HUGECONTIG_COMPAT_KALLSYMS_H
#define HUGECONTIG_COMPAT_KALLSYMS_H

#include <linux/kallsyms.h>
#include <linux/module.h>
#include <linux/version.h>

/* 3703bd54cd37 ("kallsyms: Delete an unused parameter", v6.4): no module. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#define COMPAT_KALLSYMS_CALLBACK(fn, data, name, addr) \
	int fn(void *data, const char *name, unsigned long addr)

#define COMPAT_KALLSYMS_ON_EACH_PROTOTYPE \
	int (int (*)(void *, const char *, unsigned long), void *)
#else
#define COMPAT_KALLSYMS_CALLBACK(fn, data, name, addr) \
	int fn(void *data, const char *name, struct module *unused, \
	       unsigned long addr)

#define COMPAT_KALLSYMS_ON_EACH_PROTOTYPE \
	int (int (*)(void *, const char *, struct module *, \
		     unsigned long), void *)
#endif

#endif /* HUGECONTIG_COMPAT_KALLSYMS_H */
