/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_TYPEINFO_H
#define HUGECONTIG_TYPEINFO_H

#include <linux/types.h>

/**
 * struct typeinfo_text - a type as C spells it
 * @text:   the type, cut if it is too long
 * @length: of @text
 */
struct typeinfo_text {
	char text[256];
	size_t length;
};

int typeinfo_open(const void *start, const void *end);
void typeinfo_close(void);
unsigned int typeinfo_prototype(const char *function,
				struct typeinfo_text *prototype);
unsigned int typeinfo_member(const char *structure, const char *member,
			     struct typeinfo_text *type, size_t *offset);

#endif /* HUGECONTIG_TYPEINFO_H */
