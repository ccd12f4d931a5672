/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * <linux/mmzone.h>: the largest order of the buddy allocator got its name with
 * 5e0a760b4441 ("mm, treewide: rename MAX_ORDER to MAX_PAGE_ORDER", v6.8). Until
 * 23baf831a32c ("mm, treewide: redefine MAX_ORDER sanely", v6.4) MAX_ORDER was one
 * more than that.
 */
#ifndef HUGECONTIG_COMPAT_MMZONE_H
#define HUGECONTIG_COMPAT_MMZONE_H

#include <linux/mmzone.h>
#include <linux/version.h>

#ifndef MAX_PAGE_ORDER
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#define MAX_PAGE_ORDER		MAX_ORDER
#else
#define MAX_PAGE_ORDER		(MAX_ORDER - 1)
#endif
#endif

#endif /* HUGECONTIG_COMPAT_MMZONE_H */
