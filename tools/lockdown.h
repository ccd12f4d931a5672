/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_TOOL_LOCKDOWN_H
#define HUGECONTIG_TOOL_LOCKDOWN_H

enum lockdown {
	LOCKDOWN_UNKNOWN,	/* the file can not be read, or securityfs is not mounted */
	LOCKDOWN_ABSENT,	/* the kernel has no such file */
	LOCKDOWN_NONE,
	LOCKDOWN_INTEGRITY,
	LOCKDOWN_CONFIDENTIALITY,
};

enum lockdown lockdown_read(void);

#endif /* HUGECONTIG_TOOL_LOCKDOWN_H */
