// SPDX-License-Identifier: GPL-2.0-only
/*
 * scribble FILE: writes everything to a switch that is no switch position, each
 * with one system call, and prints what was taken.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUGE_SIZE	65536UL

struct garbage {
	const char *name;
	const char *data;
	size_t size;
	off_t offset;
};

#define TEXT(name, text)	{ name, text, sizeof(text) - 1, 0 }

static char *huge;	/* nothing but N, and nothing that ends it */
static char *unmapped;

static const struct garbage garbage[] = {
	TEXT("nothing", ""),
	TEXT("newline", "\n"),
	TEXT("blank", " "),
	TEXT("blank first", " N"),
	TEXT("blank last", "N "),
	TEXT("two newlines", "N\n\n"),
	TEXT("newline first", "\nN"),
	TEXT("two lines", "N\nN\n"),
	TEXT("carriage return", "N\r\n"),
	TEXT("negative", "-1"),
	TEXT("signed", "+0"),
	TEXT("number", "2"),
	TEXT("digits", "00"),
	TEXT("hexadecimal", "0x0"),
	TEXT("beyond 64 bits", "18446744073709551616"),
	TEXT("word that begins right", "None"),
	TEXT("word of 15 letters", "offoffoffoffoff"),
	TEXT("word of 16 letters", "offoffoffoffoffo"),
	TEXT("word of 17 letters", "offoffoffoffoffof"),
	TEXT("format", "%s%n%p%x"),
	TEXT("path", "../../../etc/passwd"),
	TEXT("NUL", "\0"),
	TEXT("NUL first", "\0N"),
	TEXT("binary", "\x01\x7f\x80\xfe\xff\x1b[2J"),
	TEXT("UTF-8", "\xef\xbb\xbfN"),
	{ "at an offset", "foo", 3, 1 },
	{ "far beyond the end", "foo", 3, 1L << 40 },
	{ "before the begin", "N", 1, -1 },
};

/* Takes nothing: refuses, or says that it wrote nothing. */
static void scribble(int fd, const char *name, const char *data, size_t size,
		     off_t offset)
{
	if (pwrite(fd, data, size, offset) > 0)
		printf("%s\n", name);
}

int main(int argc, char **argv)
{
	size_t size, i;
	int fd;

	if (argc != 2) {
		fprintf(stderr, "usage: scribble FILE\n");
		return 2;
	}
	huge = mmap(NULL, HUGE_SIZE * 2, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (huge == MAP_FAILED) {
		perror("mmap");
		return 2;
	}
	memset(huge, 'N', HUGE_SIZE);
	unmapped = huge + HUGE_SIZE;
	munmap(unmapped, HUGE_SIZE);

	fd = open(argv[1], O_WRONLY);
	if (fd < 0) {
		printf("open: %s\n", strerror(errno));
		return 1;
	}
	for (i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++)
		scribble(fd, garbage[i].name, garbage[i].data, garbage[i].size,
			 garbage[i].offset);
	/* What follows the last byte can not be read: nothing may look at it. */
	for (size = 2; size <= HUGE_SIZE; size *= 2)
		scribble(fd, "huge", unmapped - size, size, 0);
	scribble(fd, "size beyond the memory", unmapped - 8, 16, 0);
	scribble(fd, "bad address", unmapped, 1, 0);
	scribble(fd, "address of the kernel", (char *)-4096L, 1, 0);
	return 0;
}
