/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_TOOL_TEXT_H
#define HUGECONTIG_TOOL_TEXT_H

#include <stdio.h>

/* Enough for any of the text_*() that write into a buffer. */
#define TEXT_SHORT	32

char *text_make_safe(char *text);
const char *text_bytes(char *text, unsigned long long bytes);
const char *text_time(char *text, double seconds);
const char *text_result(char *text, long result);
const char *text_plural(unsigned long long nr);

#endif /* HUGECONTIG_TOOL_TEXT_H */
