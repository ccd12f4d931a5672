/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_TOOL_MEMORY_H
#define HUGECONTIG_TOOL_MEMORY_H

#include <stddef.h>

void *memory_grow(void *array, size_t nr, size_t size);
char *memory_string(const char *text);

#endif /* HUGECONTIG_TOOL_MEMORY_H */
