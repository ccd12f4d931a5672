// SPDX-License-Identifier: GPL-2.0-only
/*
 * Colours, and whether there are any.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "style.h"

static const char * const sequences[NR_STYLES] = {
	[STYLE_PLAIN] = "",
	[STYLE_TITLE] = "\033[1m",
	[STYLE_FAINT] = "\033[2m",
	[STYLE_GOOD] = "\033[32m",
	[STYLE_CALM] = "\033[34m",
	[STYLE_BUSY] = "\033[36m",
	[STYLE_WARN] = "\033[33m",
	[STYLE_BAD] = "\033[1;31m",
};

static bool colored;

/**
 * style_terminal() - whether somebody looks at stdout on a terminal that obeys
 *
 * Return: false for a pipe, a file, or a terminal that can do nothing but print.
 */
bool style_terminal(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb");
}

/**
 * style_init() - decide about colours
 * @mode: what the user wants
 */
void style_init(enum style_mode mode)
{
	const char *no_color = getenv("NO_COLOR");

	colored = mode == STYLE_ALWAYS ||
		  (mode == STYLE_AUTO && style_terminal() && !(no_color && *no_color));
}

/**
 * style_on() - what to print before text of that style
 * @style: the style
 *
 * Return: an escape sequence, or an empty string.
 */
const char *style_on(enum style style)
{
	return colored ? sequences[style] : "";
}

/**
 * style_off() - what to print after it
 *
 * Return: an escape sequence, or an empty string.
 */
const char *style_off(void)
{
	return colored ? "\033[0m" : "";
}
