// SPDX-License-Identifier: GPL-2.0-only
/*
 * How things are written for people.
 */
#include <errno.h>

#include "text.h"

/**
 * text_make_safe() - leave nothing in a string that a terminal could obey
 * @text: the string, which is changed
 *
 * Anybody can name a process as they like, and its name is shown.
 *
 * Return: the string.
 */
char *text_make_safe(char *text)
{
	char *c;

	for (c = text; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return text;
}

/**
 * text_bytes() - an amount of memory
 * @text:  where it goes, TEXT_SHORT
 * @bytes: the amount
 *
 * Return: @text.
 */
const char *text_bytes(char *text, unsigned long long bytes)
{
	static const char units[] = "KMGTPE";
	unsigned int unit = 0;

	while (unit < sizeof(units) - 2 && bytes >> (10 * (unit + 1)) >= 1024)
		unit++;
	snprintf(text, TEXT_SHORT, "%.4g %ciB",
		 (double)bytes / (double)(1ULL << (10 * (unit + 1))), units[unit]);
	return text;
}

/**
 * text_time() - a time
 * @text:    where it goes, TEXT_SHORT
 * @seconds: the time
 *
 * Return: @text.
 */
const char *text_time(char *text, double seconds)
{
	if (seconds * 1e6 < 1)
		snprintf(text, TEXT_SHORT, "%.4g ns", seconds * 1e9);
	else if (seconds * 1e3 < 1)
		snprintf(text, TEXT_SHORT, "%.4g us", seconds * 1e6);
	else if (seconds < 1)
		snprintf(text, TEXT_SHORT, "%.4g ms", seconds * 1e3);
	else
		snprintf(text, TEXT_SHORT, "%.1f s", seconds);
	return text;
}

/**
 * text_result() - the name of what a function of the kernel returned
 * @text:   where it goes, TEXT_SHORT
 * @result: what it returned
 *
 * Return: @text.
 */
const char *text_result(char *text, long result)
{
	static const struct {
		long result;
		const char *name;
	} names[] = {
		{ 0, "ok" },
		{ -EPERM, "EPERM" },
		{ -EINTR, "EINTR" },
		{ -EIO, "EIO" },
		{ -EAGAIN, "EAGAIN" },
		{ -ENOMEM, "ENOMEM" },
		{ -EBUSY, "EBUSY" },
		{ -EINVAL, "EINVAL" },
		{ -ENOSPC, "ENOSPC" },
	};
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (names[i].result == result) {
			snprintf(text, TEXT_SHORT, "%s", names[i].name);
			return text;
		}
	}
	snprintf(text, TEXT_SHORT, "%ld", result);
	return text;
}

/**
 * text_plural() - what makes a noun the plural
 * @nr: how many there are
 *
 * Return: "s" or nothing.
 */
const char *text_plural(unsigned long long nr)
{
	return nr == 1 ? "" : "s";
}
