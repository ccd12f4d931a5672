// SPDX-License-Identifier: GPL-2.0-only
/*
 * poisoned_pages FIRST_PFN NR_PAGES: prints the pfns of the pages in that range
 * that memory failure has marked, one a line. Needs root.
 */
#include <fcntl.h>
#include <linux/kernel-page-flags.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int fd = open("/proc/kpageflags", O_RDONLY);
	unsigned long pfn, end;
	uint64_t flags;

	if (argc != 3 || fd < 0) {
		fprintf(stderr, "usage: poisoned_pages FIRST_PFN NR_PAGES\n");
		return 2;
	}
	pfn = strtoul(argv[1], NULL, 10);
	end = pfn + strtoul(argv[2], NULL, 10);
	for (; pfn < end; pfn++) {
		if (pread(fd, &flags, sizeof(flags), pfn * sizeof(flags)) !=
		    sizeof(flags)) {
			perror("/proc/kpageflags");
			return 2;
		}
		if (flags >> KPF_HWPOISON & 1)
			printf("%lu\n", pfn);
	}
	return 0;
}
