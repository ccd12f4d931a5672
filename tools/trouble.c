// SPDX-License-Identifier: GPL-2.0-only
/*
 * Errors: one line each, which says what failed, why, and what to do.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lockdown.h"
#include "module.h"
#include "source.h"
#include "trouble.h"

/**
 * trouble() - say what is wrong
 * @format: as of printf(), without the end of the line
 */
void trouble(const char *format, ...)
{
	va_list args;

	/* What was printed before stays before it if both go to one place. */
	fflush(stdout);
	fputs("hugecontig: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	putc('\n', stderr);
}

static bool is_below(const char *path, const char *directory)
{
	return !strncmp(path, directory, strlen(directory));
}

static bool of_module(const char *path)
{
	return is_below(path, MODULE_DIRECTORY) || is_below(path, MODULE_DEBUGFS);
}

static const char *why_denied(void)
{
	if (geteuid())
		return "only root may: run it as root, as with sudo";
	switch (lockdown_read()) {
	case LOCKDOWN_INTEGRITY:
	case LOCKDOWN_CONFIDENTIALITY:
		return "the kernel is locked down: see LOCKDOWN in hugecontig(8)";
	case LOCKDOWN_UNKNOWN:
		return "it is forbidden: see whether this is a container, or locked down";
	default:
		return "it is forbidden: see whether this is a container";
	}
}

static const char *why_absent(const char *path)
{
	if (is_below(path, MODULE_DEBUGFS) && !source_exists(MODULE_DEBUGFS))
		return "debugfs is not mounted: run \"mount -t debugfs none " DEBUGFS "\"";
	if (is_below(path, TRACEFS) && !source_exists(TRACEFS "/instances"))
		return "tracefs is not mounted: run \"mount -t tracefs none " TRACEFS "\"";
	if (of_module(path) || is_below(path, TRACEFS))
		return "the module has no such file: see whether it is of the program's version";
	return strerror(ENOENT);
}

static const char *reason_of(const char *path, int error)
{
	if (of_module(path) && !source_exists(MODULE_DIRECTORY))
		return "the module is not loaded: run \"modprobe hugecontig\"";
	switch (error) {
	case EACCES:
	case EPERM:
		return why_denied();
	case ENOENT:
		return why_absent(path);
	case EBUSY:
		if (of_module(path))
			return "somebody else has a function: see \"hugecontig doctor\" and dmesg";
		break;
	case EINVAL:
		if (of_module(path))
			return "the module refuses it: dmesg says why";
		break;
	case EOPNOTSUPP:
		if (of_module(path))
			return "the module can not do that on this kernel: dmesg says why";
		break;
	}
	return strerror(error);
}

/**
 * trouble_file() - say why a file of the kernel could not be used
 * @what:  what could not be done with it, a verb
 * @path:  the file
 * @error: errno
 */
void trouble_file(const char *what, const char *path, int error)
{
	trouble("can not %s %s%s: %s", what, source_root(), path, reason_of(path, error));
}
