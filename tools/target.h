/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_TOOL_TARGET_H
#define HUGECONTIG_TOOL_TARGET_H

#include <stdbool.h>

#define TARGET_VIRTIO_MEM	"virtio-mem"
#define TARGET_LENGTH		64

bool target_parse(char *target, char *const *words, int nr);

#endif /* HUGECONTIG_TOOL_TARGET_H */
