// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files that the kernel is asked by, below / or another directory. Paths begin
 * with a slash all the same; an error is left in errno.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source.h"

static const char *root_name = "";
static int root_fd = -1;

/**
 * source_set_root() - look below another directory
 * @directory: the directory, or "" for /; it has to stay where it is in memory
 *
 * Return: 0, or -1.
 */
int source_set_root(const char *directory)
{
	root_name = directory;
	root_fd = open(*directory ? directory : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return root_fd < 0 ? -1 : 0;
}

/**
 * source_root() - what to put before a path when it is shown
 *
 * Return: the directory, or an empty string.
 */
const char *source_root(void)
{
	return root_name;
}

/**
 * source_root_fd() - the directory, for calls like mkdirat()
 *
 * Return: a file descriptor. What is given with it must not begin with a slash.
 */
int source_root_fd(void)
{
	return root_fd;
}

/**
 * source_open() - open a file that is there
 * @path:  the file
 * @flags: as of open()
 *
 * Return: a file descriptor, or -1.
 */
int source_open(const char *path, int flags)
{
	return openat(root_fd, path + 1, flags | O_CLOEXEC);
}

/**
 * source_fopen() - open a file to read it
 * @path: the file
 *
 * Return: the stream, or NULL.
 */
FILE *source_fopen(const char *path)
{
	int fd = source_open(path, O_RDONLY);

	return fd < 0 ? NULL : fdopen(fd, "r");
}

/**
 * source_opendir() - open a directory
 * @path: the directory
 *
 * Return: the directory, or NULL.
 */
DIR *source_opendir(const char *path)
{
	int fd = source_open(path, O_RDONLY | O_DIRECTORY);

	return fd < 0 ? NULL : fdopendir(fd);
}

/**
 * source_exists() - whether there is a file, as far as the user may know
 * @path: the file
 *
 * Return: whether.
 */
bool source_exists(const char *path)
{
	struct stat status;

	return !fstatat(root_fd, path + 1, &status, 0);
}

/**
 * source_read_line() - read a line without its end
 * @file: the stream
 * @line: where it goes
 * @size: of @line; what does not fit is dropped
 *
 * No line has a zero in it, and no file is too long for a line: it may be garbage.
 *
 * Return: false if there is no other line, or it can not be read (ferror() tells).
 */
bool source_read_line(FILE *file, char *line, size_t size)
{
	size_t length = 0;
	int c = getc_unlocked(file);

	if (c == EOF)
		return false;
	for (; c != EOF && c != '\n'; c = getc_unlocked(file))
		if (length < size - 1)
			line[length++] = c ? c : '?';
	line[length] = '\0';
	return !ferror(file);
}

/**
 * source_read_first_line() - the first line of a file
 * @path: the file
 * @line: where it goes, without its end
 * @size: of @line
 *
 * Return: 0, also if the file is empty; -1 if it can not be read.
 */
int source_read_first_line(const char *path, char *line, size_t size)
{
	FILE *file = source_fopen(path);
	int error;

	if (!file)
		return -1;
	*line = '\0';
	errno = 0;
	source_read_line(file, line, size);
	error = ferror(file) ? errno : 0;
	fclose(file);
	errno = error;
	return error ? -1 : 0;
}

/**
 * source_read_number() - a file that is a decimal number
 * @path:   the file
 * @number: where it goes
 *
 * Return: 0; -1 if it can not be read, or is none.
 */
int source_read_number(const char *path, unsigned long long *number)
{
	char line[32], *end;

	if (source_read_first_line(path, line, sizeof(line)))
		return -1;
	errno = 0;
	*number = strtoull(line, &end, 10);
	if (!errno && (!isdigit((unsigned char)*line) || *end))
		errno = EINVAL;
	return errno ? -1 : 0;
}

/**
 * source_write() - write a line to a file that is there
 * @path: the file
 * @text: the line, with its end
 *
 * The kernel takes it whole or not at all.
 *
 * Return: 0, or -1.
 */
int source_write(const char *path, const char *text)
{
	int fd = source_open(path, O_WRONLY | O_TRUNC);
	ssize_t written;
	int error;

	if (fd < 0)
		return -1;
	written = write(fd, text, strlen(text));
	error = written < 0 ? errno : 0;
	close(fd);
	errno = error;
	return error ? -1 : 0;
}

/**
 * source_release() - the release of the running kernel
 * @release: where it goes
 * @size:    of @release
 *
 * Return: 0, or -1.
 */
int source_release(char *release, size_t size)
{
	return source_read_first_line("/proc/sys/kernel/osrelease", release, size);
}
