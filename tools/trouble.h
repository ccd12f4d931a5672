/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_TOOL_TROUBLE_H
#define HUGECONTIG_TOOL_TROUBLE_H

#include "compiler.h"

__printf(1, 2)
void trouble(const char *format, ...);
void trouble_file(const char *what, const char *path, int error);

#endif /* HUGECONTIG_TOOL_TROUBLE_H */
