// SPDX-License-Identifier: GPL-2.0-only
/*
 * timed_write FILE TEXT: writes the text, and prints how many ns that took. With a
 * clock that counts instructions (-icount) that is what it cost.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct timespec begin, end;
	int fd;

	if (argc != 3) {
		fprintf(stderr, "usage: timed_write FILE TEXT\n");
		return 2;
	}
	fd = open(argv[1], O_WRONLY);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	if (fd < 0 || write(fd, argv[2], strlen(argv[2])) < 0) {
		perror(argv[1]);
		return 2;
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("%lld\n", (end.tv_sec - begin.tv_sec) * 1000000000LL +
			 end.tv_nsec - begin.tv_nsec);
	return 0;
}
