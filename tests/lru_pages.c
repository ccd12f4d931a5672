// SPDX-License-Identifier: GPL-2.0-only
/*
 * lru_pages NODE COUNT: leaves COUNT small pages of that node in each of two
 * neighbouring pageblocks, prints "pfn FIRST" of the first block, and on SIGTERM
 * proves their content: "ok" or "BAD".
 */
#define _GNU_SOURCE
#include <linux/mempolicy.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pagemap.h"
#include "sigterm.h"

#define PAGE		4096UL
#define BLOCK_PAGES	512UL
#define BLOCKS		16UL
#define PAGES		(BLOCKS * BLOCK_PAGES)

static char *memory;
static unsigned long pfns[PAGES];

static size_t *word(size_t page)
{
	return (size_t *)(memory + page * PAGE);
}

/* How many of our pages lie in that pageblock. */
static size_t pages_in(unsigned long block)
{
	size_t page, nr = 0;

	for (page = 0; page < PAGES; page++)
		nr += pfns[page] / BLOCK_PAGES == block;
	return nr;
}

/* The first of two neighbouring pageblocks that hold nothing but our pages. */
static unsigned long find_blocks(void)
{
	size_t page;

	for (page = 0; page < PAGES; page++) {
		unsigned long block = pfns[page] / BLOCK_PAGES;

		if (pages_in(block) == BLOCK_PAGES &&
		    pages_in(block + 1) == BLOCK_PAGES)
			return block;
	}
	fprintf(stderr, "lru_pages: no two neighbouring pageblocks\n");
	exit(2);
}

/* Drops all pages but so many of each of the blocks. */
static void keep(unsigned long block, size_t count)
{
	size_t left[2] = { count, count };
	size_t page;

	for (page = 0; page < PAGES; page++) {
		unsigned long which = pfns[page] / BLOCK_PAGES - block;

		if (which < 2 && left[which]) {
			left[which]--;
			continue;
		}
		madvise(word(page), PAGE, MADV_DONTNEED);
		pfns[page] = 0;
	}
}

static void populate(unsigned long node)
{
	unsigned long mask = 1UL << node;
	size_t page;

	memory = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED ||
	    madvise(memory, PAGES * PAGE, MADV_NOHUGEPAGE) ||
	    syscall(SYS_mbind, memory, PAGES * PAGE, MPOL_BIND, &mask,
		    sizeof(mask) * 8, 0)) {
		perror("lru_pages: memory of the node");
		exit(2);
	}
	for (page = 0; page < PAGES; page++) {
		*word(page) = page + 1;
		pfns[page] = pfn_of(word(page));
	}
}

int main(int argc, char **argv)
{
	size_t page, wrong = 0;
	unsigned long block;

	if (argc != 3) {
		fprintf(stderr, "usage: lru_pages NODE COUNT\n");
		return 2;
	}
	block_sigterm();
	populate(strtoul(argv[1], NULL, 10));
	block = find_blocks();
	keep(block, strtoul(argv[2], NULL, 10));
	printf("pfn %lu\n", block * BLOCK_PAGES);
	fflush(stdout);
	wait_for_sigterm();
	for (page = 0; page < PAGES; page++)
		wrong += pfns[page] && *word(page) != page + 1;
	puts(wrong ? "BAD" : "ok");
	return wrong != 0;
}
