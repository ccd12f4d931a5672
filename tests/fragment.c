// SPDX-License-Identifier: GPL-2.0-only
/*
 * fragment MIB: fragments memory. Maps that much, drops three of four pages,
 * prints "ready", and on SIGTERM proves the content of the rest: "ok" or "BAD".
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "sigterm.h"

#define PAGE	4096UL
#define KEEP	4UL

int main(int argc, char **argv)
{
	size_t size = argc == 2 ? strtoul(argv[1], NULL, 10) << 20 : 0;
	size_t i, wrong = 0;
	char *memory;

	if (!size) {
		fprintf(stderr, "usage: fragment MIB\n");
		return 2;
	}
	block_sigterm();
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED || madvise(memory, size, MADV_NOHUGEPAGE)) {
		perror("mmap");
		return 2;
	}
	for (i = 0; i < size; i += PAGE)
		*(size_t *)(memory + i) = i + 1;
	for (i = 0; i < size; i += PAGE)
		if (i / PAGE % KEEP)
			madvise(memory + i, PAGE, MADV_DONTNEED);
	puts("ready");
	fflush(stdout);
	wait_for_sigterm();
	for (i = 0; i < size; i += PAGE * KEEP)
		wrong += *(size_t *)(memory + i) != i + 1;
	puts(wrong ? "BAD" : "ok");
	return wrong != 0;
}
