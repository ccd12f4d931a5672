// SPDX-License-Identifier: GPL-2.0-only
/*
 * Maps one page, a huge one or a small one, prints "pfn N", and holds the page in the
 * way its first argument says until SIGTERM. Then checks its content.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/mman.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "pagemap.h"
#include "sigterm.h"

#define KSFT_SKIP	4
#define USAGE		2

static void pin_vmsplice(void *page, size_t size)
{
	struct iovec iov = { .iov_base = page, .iov_len = 4096 };
	int pipes[2];

	(void)size;
	if (pipe(pipes) || vmsplice(pipes[1], &iov, 1, 0) != 4096) {
		printf("vmsplice: %s\n", strerror(errno));
		exit(KSFT_SKIP);
	}
}

static void pin_iouring(void *page, size_t size)
{
	struct iovec iov = { .iov_base = page, .iov_len = size };
	struct io_uring_params params = { 0 };
	int ring;

	ring = syscall(SYS_io_uring_setup, 1, &params);
	if (ring < 0 || syscall(SYS_io_uring_register, ring,
				IORING_REGISTER_BUFFERS, &iov, 1)) {
		printf("io_uring: %s\n", strerror(errno));
		exit(KSFT_SKIP);
	}
}

static void pin_mlock(void *page, size_t size)
{
	if (mlock(page, size)) {
		printf("mlock: %s\n", strerror(errno));
		exit(KSFT_SKIP);
	}
}

static void pin_none(void *page, size_t size)
{
	(void)page;
	(void)size;
}

struct way {
	const char *name;
	int page_shift;
	void (*pin)(void *page, size_t size);
};

static const struct way ways[] = {
	{ "vmsplice",	21, pin_vmsplice },
	{ "iouring",	21, pin_iouring },
	{ "gigantic",	30, pin_none },
	{ "small_vmsplice", 12, pin_vmsplice },
	{ "small_iouring", 12, pin_iouring },
	{ "small",	12, pin_none },
	{ "mlock",	12, pin_mlock },
};

static const struct way *find_way(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (!strcmp(ways[i].name, name))
			return &ways[i];
	fprintf(stderr, "usage: hugetlb_pin WAY, one of");
	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		fprintf(stderr, " %s", ways[i].name);
	fprintf(stderr, "\n");
	exit(USAGE);
}

int main(int argc, char **argv)
{
	const struct way *way = find_way(argc == 2 ? argv[1] : "");
	size_t size = 1UL << way->page_shift;
	int flags = MAP_PRIVATE | MAP_ANONYMOUS;
	unsigned long *page;

	if (way->page_shift > 12)
		flags |= MAP_HUGETLB | way->page_shift << MAP_HUGE_SHIFT;
	page = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, -1, 0);
	if (page == MAP_FAILED) {
		perror("mmap of a page");
		return USAGE;
	}
	page[1] = 0x68756765;
	block_sigterm();
	way->pin(page, size);
	printf("pfn %lu\n", pfn_of(page));
	fflush(stdout);
	wait_for_sigterm();
	return page[1] != 0x68756765;
}
