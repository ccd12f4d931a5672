/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_TOOL_IOMEM_H
#define HUGECONTIG_TOOL_IOMEM_H

#include <stddef.h>

/**
 * struct plugged - memory that a virtio-mem device has plugged, without a gap
 * @device: name of the device
 * @start:  physical address
 * @end:    its last one
 */
struct plugged {
	char device[32];
	unsigned long long start;
	unsigned long long end;
};

/**
 * struct iomem - what /proc/iomem has of virtio-mem
 * @plugged:    memory, in the order of addresses
 * @nr:         how many such ranges
 * @nr_devices: devices, those without memory as well
 */
struct iomem {
	struct plugged *plugged;
	size_t nr;
	size_t nr_devices;
};

int iomem_read(struct iomem *iomem);
void iomem_free(struct iomem *iomem);
unsigned long long iomem_bytes(const struct iomem *iomem);

#endif /* HUGECONTIG_TOOL_IOMEM_H */
