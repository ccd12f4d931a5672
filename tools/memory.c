// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of the program itself: without it, it ends.
 */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "memory.h"
#include "trouble.h"

static void *checked(void *memory)
{
	if (!memory) {
		trouble("out of memory");
		exit(EXIT_PROBLEM);
	}
	return memory;
}

/**
 * memory_grow() - make room for one more element
 * @array: the elements so far, or NULL
 * @nr:    how many they are
 * @size:  of one of them
 *
 * Return: the array, which may have moved. The caller frees it.
 */
void *memory_grow(void *array, size_t nr, size_t size)
{
	/* It is full each time its length is a power of two. */
	if (nr & (nr - 1))
		return array;
	return checked(reallocarray(array, nr ? 2 * nr : 1, size));
}

/**
 * memory_string() - a copy of a string
 * @text: the string
 *
 * Return: the copy. The caller frees it.
 */
char *memory_string(const char *text)
{
	return checked(strdup(text));
}
