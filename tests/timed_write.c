// SPDX-License-Identifier: GPL-2.0-only
/*
 * timed_write FILE TEXT [read]: writes the text, reads all of the answer if that is
 * wanted, and prints how many ns that took. With a clock that counts instructions
 * (-icount) that is what it cost.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	static char answer[65536];
	struct timespec begin, end;
	ssize_t size = argc == 4;
	int fd;

	if (argc != 3 && (argc != 4 || strcmp(argv[3], "read"))) {
		fprintf(stderr, "usage: timed_write FILE TEXT [read]\n");
		return 2;
	}
	fd = open(argv[1], argc == 4 ? O_RDWR : O_WRONLY);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	if (fd < 0 || write(fd, argv[2], strlen(argv[2])) < 0) {
		perror(argv[1]);
		return 2;
	}
	while (size > 0)
		size = read(fd, answer, sizeof(answer));
	clock_gettime(CLOCK_MONOTONIC, &end);
	if (size < 0) {
		perror(argv[1]);
		return 2;
	}
	printf("%lld\n", (end.tv_sec - begin.tv_sec) * 1000000000LL +
			 end.tv_nsec - begin.tv_nsec);
	return 0;
}
