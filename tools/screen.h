/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_TOOL_SCREEN_H
#define HUGECONTIG_TOOL_SCREEN_H

#include <stdbool.h>

void screen_enter(void);
void screen_leave(void);
void screen_draw(const char *frame);
bool screen_quit(void);
int screen_keys(void);
unsigned int screen_columns(void);

#endif /* HUGECONTIG_TOOL_SCREEN_H */
