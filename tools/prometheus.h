/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_TOOL_PROMETHEUS_H
#define HUGECONTIG_TOOL_PROMETHEUS_H

int prometheus_run(const char *output);

#endif /* HUGECONTIG_TOOL_PROMETHEUS_H */
