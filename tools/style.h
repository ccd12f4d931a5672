/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_TOOL_STYLE_H
#define HUGECONTIG_TOOL_STYLE_H

#include <stdbool.h>

enum style_mode {
	STYLE_AUTO,
	STYLE_ALWAYS,
	STYLE_NEVER,
};

enum style {
	STYLE_PLAIN,
	STYLE_TITLE,
	STYLE_FAINT,
	STYLE_GOOD,
	STYLE_CALM,	/* will be moved */
	STYLE_BUSY,	/* will be moved, or waited for, with some effort */
	STYLE_WARN,
	STYLE_BAD,
	NR_STYLES
};

void style_init(enum style_mode mode);
const char *style_on(enum style style);
const char *style_off(void);
bool style_terminal(void);

#endif /* HUGECONTIG_TOOL_STYLE_H */
