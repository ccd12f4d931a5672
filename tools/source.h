/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_TOOL_SOURCE_H
#define HUGECONTIG_TOOL_SOURCE_H

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>

/* More than any line that the kernel is known to write. */
#define SOURCE_LINE	1024

int source_set_root(const char *directory);
const char *source_root(void);
int source_root_fd(void);
int source_open(const char *path, int flags);
FILE *source_fopen(const char *path);
DIR *source_opendir(const char *path);
bool source_exists(const char *path);
bool source_read_line(FILE *file, char *line, size_t size);
int source_read_first_line(const char *path, char *line, size_t size);
int source_read_number(const char *path, unsigned long long *number);
int source_write(const char *path, const char *text);
int source_release(char *release, size_t size);

#endif /* HUGECONTIG_TOOL_SOURCE_H */
