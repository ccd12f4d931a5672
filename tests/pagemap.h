/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_PAGEMAP_H
#define TESTS_PAGEMAP_H

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The pfn that an address of this process is mapped to. Needs root. */
static inline unsigned long pfn_of(const volatile void *address)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);
	uint64_t entry;

	if (fd < 0 || pread(fd, &entry, sizeof(entry),
			    (uintptr_t)address / 4096 * sizeof(entry)) !=
	    sizeof(entry)) {
		perror("/proc/self/pagemap");
		exit(2);
	}
	close(fd);
	return entry & ((1UL << 55) - 1);
}

#endif /* TESTS_PAGEMAP_H */
