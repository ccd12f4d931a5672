// SPDX-License-Identifier: GPL-2.0-only
/*
 * How far the kernel is locked down: "none [integrity] confidentiality".
 */
#include <errno.h>
#include <string.h>

#include "lockdown.h"
#include "module.h"
#include "source.h"

/* So is the place for securityfs if nobody has mounted it; the kernel makes it. */
static bool is_empty(const char *path)
{
	DIR *directory = source_opendir(path);
	struct dirent *entry;
	bool empty = directory;

	while (empty && (entry = readdir(directory)))
		empty = *entry->d_name == '.';
	if (directory)
		closedir(directory);
	return empty;
}

/**
 * lockdown_read() - how far the kernel is locked down
 *
 * Return: how far, or why that is not known.
 */
enum lockdown lockdown_read(void)
{
	char line[128];

	if (source_read_first_line(LOCKDOWN, line, sizeof(line)))
		return errno == ENOENT && !is_empty(SECURITYFS) ? LOCKDOWN_ABSENT :
								  LOCKDOWN_UNKNOWN;
	if (strstr(line, "[none]"))
		return LOCKDOWN_NONE;
	if (strstr(line, "[integrity]"))
		return LOCKDOWN_INTEGRITY;
	if (strstr(line, "[confidentiality]"))
		return LOCKDOWN_CONFIDENTIALITY;
	return LOCKDOWN_UNKNOWN;
}
