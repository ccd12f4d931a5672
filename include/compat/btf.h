/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * <uapi/linux/btf.h>: the kinds of types that came after 5.10, the last of them with
 * 6089fb325cf7 ("bpf: Add btf enum64 support", v6.0).
 */
#ifndef HUGECONTIG_COMPAT_BTF_H
#define HUGECONTIG_COMPAT_BTF_H

#include <linux/version.h>
#include <uapi/linux/btf.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 0, 0)
#define BTF_KIND_FLOAT		16
#define BTF_KIND_DECL_TAG	17
#define BTF_KIND_TYPE_TAG	18
#define BTF_KIND_ENUM64		19

struct btf_decl_tag {
	__s32 component_idx;
};

struct btf_enum64 {
	__u32 name_off;
	__u32 val_lo32;
	__u32 val_hi32;
};
#endif

#endif /* HUGECONTIG_COMPAT_BTF_H */
