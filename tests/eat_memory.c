// SPDX-License-Identifier: GPL-2.0-only
/*
 * eat_memory LEAVE_MIB [small]: locks memory until no more than that is free, prints
 * "ready MIB", holds it until SIGTERM. Something is left in each page of it. With "small" no
 * page of it is a transparent huge page.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sigterm.h"

/* The smaller the steps, the nearer it gets without the machine thrashing. */
#define STEP_MIB	4
/* Of the last MiB a transparent huge page may not be free. They save most of the faults. */
#define SMALL_MIB	512
#define PAGE_SIZE	4096

static long free_mib(void)
{
	char line[128];
	long kib = -1;
	FILE *file = fopen("/proc/meminfo", "r");

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemFree: %ld kB", &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib / 1024;
}

/* Who eats must not be killed for it: the test would see memory come back. */
static void protect_from_oom(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);

	if (fd < 0 || write(fd, "-1000", 5) != 5) {
		perror("/proc/self/oom_score_adj");
		exit(2);
	}
	close(fd);
}

int main(int argc, char **argv)
{
	long leave = argc >= 2 ? atol(argv[1]) : 0;
	int all_small = argc == 3 && !strcmp(argv[2], "small");
	long eaten = 0;

	if (leave <= 0 || argc > 2 + all_small) {
		fprintf(stderr, "usage: eat_memory LEAVE_MIB [small]\n");
		return 2;
	}
	block_sigterm();
	protect_from_oom();
	while (free_mib() > leave + STEP_MIB) {
		void *step = mmap(NULL, STEP_MIB << 20, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		int small = all_small || free_mib() < leave + SMALL_MIB;

		if (step == MAP_FAILED)
			break;
		madvise(step, STEP_MIB << 20, small ? MADV_NOHUGEPAGE : MADV_HUGEPAGE);
		if (mlock(step, STEP_MIB << 20))
			break;
		for (size_t i = 0; i < STEP_MIB << 20; i += PAGE_SIZE)
			memcpy((char *)step + i, "dirt", 4);
		eaten += STEP_MIB;
	}
	printf("ready %ld\n", eaten);
	fflush(stdout);
	wait_for_sigterm();
	return 0;
}
