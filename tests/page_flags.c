// SPDX-License-Identifier: GPL-2.0-only
/*
 * page_flags FLAG FIRST_PFN NR_PAGES: prints the pfns of the pages in that range that
 * have the flag, one a line: hwpoison, those that memory failure has marked; buddy, the
 * first one of each free block; slab, pgtable, reserved, those of the kernel. Needs root.
 */
#include <fcntl.h>
#include <linux/kernel-page-flags.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *name;
	int bit;
} flags_of_pages[] = {
	{ "hwpoison",	KPF_HWPOISON },
	{ "buddy",	KPF_BUDDY },
	{ "slab",	KPF_SLAB },
	{ "pgtable",	KPF_PGTABLE },
	/* The kernel has it for its own tools only. */
	{ "reserved",	32 },
};

static int find_flag(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(flags_of_pages) / sizeof(flags_of_pages[0]); i++)
		if (!strcmp(flags_of_pages[i].name, name))
			return flags_of_pages[i].bit;
	return -1;
}

int main(int argc, char **argv)
{
	int fd = open("/proc/kpageflags", O_RDONLY);
	int flag = argc == 4 ? find_flag(argv[1]) : -1;
	unsigned long pfn, end;
	uint64_t flags;

	if (flag < 0 || fd < 0) {
		fprintf(stderr, "usage: page_flags FLAG FIRST_PFN NR_PAGES\n");
		return 2;
	}
	pfn = strtoul(argv[2], NULL, 10);
	end = pfn + strtoul(argv[3], NULL, 10);
	for (; pfn < end; pfn++) {
		if (pread(fd, &flags, sizeof(flags), pfn * sizeof(flags)) !=
		    sizeof(flags)) {
			perror("/proc/kpageflags");
			return 2;
		}
		if (flags >> flag & 1)
			printf("%lu\n", pfn);
	}
	return 0;
}
