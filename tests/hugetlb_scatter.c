// SPDX-License-Identifier: GPL-2.0-only
/*
 * hugetlb_scatter PAGES KEEP low|spread [pin]: a user of 2 MiB pages all over the memory.
 * Maps as many PAGES, keeps at most KEEP in each physical GiB, the lowest ones or all over
 * it, in pipes too with "pin", gives the others back, prints "ready PAGES_KEPT", and on
 * SIGTERM proves the content of those: "ok" or "BAD".
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "pagemap.h"
#include "sigterm.h"

#define HUGE_SIZE	(2UL << 20)
#define PFNS_PER_GIB	((1UL << 30) / 4096)

static uint64_t word_value(size_t page, size_t word)
{
	return (page << 20 ^ word) * 0x9e3779b97f4a7c15ULL;
}

static void write_page(uint64_t *words, size_t page)
{
	size_t i;

	for (i = 0; i < HUGE_SIZE / sizeof(*words); i++)
		words[i] = word_value(page, i);
}

static bool page_is_right(const uint64_t *words, size_t page)
{
	size_t i;

	for (i = 0; i < HUGE_SIZE / sizeof(*words); i++)
		if (words[i] != word_value(page, i))
			return false;
	return true;
}

struct page {
	unsigned long pfn;
	size_t index;
};

static int by_pfn(const void *one, const void *other)
{
	unsigned long a = ((const struct page *)one)->pfn;
	unsigned long b = ((const struct page *)other)->pfn;

	return (a > b) - (a < b);
}

/* Is it one of those that are kept, as number index of its GiB? */
static bool is_chosen(size_t index, size_t pages, size_t keep, bool low)
{
	if (low || keep > pages)
		return index < keep;
	return index * keep / pages != (index + 1) * keep / pages;
}

static size_t pages_of_gib(const struct page *first, const struct page *end)
{
	const struct page *page = first;

	while (page < end && page->pfn / PFNS_PER_GIB == first->pfn / PFNS_PER_GIB)
		page++;
	return page - first;
}

/* Marks those that are kept. */
static void choose(char *memory, bool *kept, size_t pages, size_t keep, bool low)
{
	struct page *sorted = calloc(pages, sizeof(*sorted));
	size_t page, first, count;

	if (!sorted)
		exit(2);
	for (page = 0; page < pages; page++)
		sorted[page] = (struct page) {
			pfn_of(memory + page * HUGE_SIZE), page
		};
	qsort(sorted, pages, sizeof(*sorted), by_pfn);
	for (first = 0; first < pages; first += count) {
		count = pages_of_gib(sorted + first, sorted + pages);
		for (page = 0; page < count; page++)
			kept[sorted[first + page].index] =
				is_chosen(page, count, keep, low);
	}
	free(sorted);
}

/* Each in a pipe of its own, whose reference nobody takes back. */
static void pin_page(void *address)
{
	struct iovec iov = { .iov_base = address, .iov_len = 4096 };
	int pipes[2];

	if (pipe(pipes) || vmsplice(pipes[1], &iov, 1, 0) != 4096) {
		perror("vmsplice");
		exit(2);
	}
}

/*
 * Each page is a mapping of its own, so that none is split: that asserts a lock on the
 * debug kernels, which 5.10.262 takes too late.
 */
static char *map_pages(size_t pages)
{
	uintptr_t start = (uintptr_t)mmap(NULL, (pages + 1) * HUGE_SIZE, PROT_NONE,
					  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *memory = (char *)((start + HUGE_SIZE - 1) & ~(HUGE_SIZE - 1));
	size_t page;

	for (page = 0; page < pages; page++) {
		if (mmap(memory + page * HUGE_SIZE, HUGE_SIZE,
			 PROT_READ | PROT_WRITE, MAP_FIXED | MAP_PRIVATE |
			 MAP_ANONYMOUS | MAP_HUGETLB, -1, 0) == MAP_FAILED) {
			perror("mmap of a huge page");
			exit(2);
		}
	}
	return memory;
}

/* All are populated before one is given back: it would be the next one to be had. */
static size_t scatter(char *memory, bool *kept, size_t pages, size_t keep,
		      bool low, bool pin)
{
	size_t nr_kept = 0, page;

	for (page = 0; page < pages; page++)
		memory[page * HUGE_SIZE] = 1;
	choose(memory, kept, pages, keep, low);
	for (page = 0; page < pages; page++) {
		char *address = memory + page * HUGE_SIZE;

		if (kept[page]) {
			write_page((uint64_t *)address, page);
			if (pin)
				pin_page(address);
			nr_kept++;
		} else if (munmap(address, HUGE_SIZE)) {
			perror("munmap");
			exit(2);
		}
	}
	return nr_kept;
}

int main(int argc, char **argv)
{
	size_t pages = argc > 3 ? strtoul(argv[1], NULL, 10) : 0;
	size_t keep = argc > 3 ? strtoul(argv[2], NULL, 10) : 0;
	bool low = argc > 3 && !strcmp(argv[3], "low");
	bool pin = argc > 4 && !strcmp(argv[4], "pin");
	bool *kept = calloc(pages + 1, sizeof(*kept));
	size_t wrong = 0, page;
	char *memory;

	if (!pages || !keep || !kept || (!low && strcmp(argv[3], "spread"))) {
		fprintf(stderr, "usage: hugetlb_scatter PAGES KEEP low|spread [pin]\n");
		return 2;
	}
	block_sigterm();
	memory = map_pages(pages);
	printf("ready %zu\n", scatter(memory, kept, pages, keep, low, pin));
	fflush(stdout);
	wait_for_sigterm();
	for (page = 0; page < pages; page++)
		if (kept[page])
			wrong += !page_is_right((uint64_t *)(memory +
						page * HUGE_SIZE), page);
	puts(wrong ? "BAD" : "ok");
	return wrong != 0;
}
