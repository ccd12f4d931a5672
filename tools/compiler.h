/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel's headers have for its own code only.
 */
#ifndef HUGECONTIG_TOOL_COMPILER_H
#define HUGECONTIG_TOOL_COMPILER_H

#define __printf(text, first) \
	__attribute__((__format__ \
		       (printf, text, first)))

#endif /* HUGECONTIG_TOOL_COMPILER_H */
