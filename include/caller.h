/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_CALLER_H
#define HUGECONTIG_CALLER_H

#include <linux/types.h>

unsigned long caller_find(unsigned long address);
void caller_name(unsigned long address, char *name, size_t size);
bool caller_is_virtio_mem(void);

#endif /* HUGECONTIG_CALLER_H */
