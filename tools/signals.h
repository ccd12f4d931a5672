/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_TOOL_SIGNALS_H
#define HUGECONTIG_TOOL_SIGNALS_H

#include <stdbool.h>

void signals_catch(bool screen);
bool signals_wait(int fd, int timeout_ms);
bool signals_ending(void);
bool signals_resized(void);
bool signals_stopped(void);
void signals_die(void);

#endif /* HUGECONTIG_TOOL_SIGNALS_H */
