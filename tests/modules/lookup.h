/* SPDX-License-Identifier: GPL-2.0-only */
/* For test modules: where a symbol of the kernel is that is not exported. */
#ifndef TESTS_MODULES_LOOKUP_H
#define TESTS_MODULES_LOOKUP_H

#include <linux/kprobes.h>

#include "compat/kprobes.h"

static unsigned long lookup(const char *name)
{
	struct kprobe probe = { .symbol_name = "kallsyms_lookup_name" };
	static unsigned long (*lookup_name)(const char *name);

	if (!lookup_name) {
		if (register_kprobe(&probe))
			return 0;
		unregister_kprobe(&probe);
		lookup_name = (void *)compat_kprobe_function(&probe);
	}
	return lookup_name(name);
}

#endif /* TESTS_MODULES_LOOKUP_H */
