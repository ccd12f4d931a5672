/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_TOOL_SAMPLE_H
#define HUGECONTIG_TOOL_SAMPLE_H

#include <stdbool.h>

#include "failures.h"
#include "iomem.h"
#include "pairs.h"
#include "pool.h"

/**
 * struct sample - all that is watched, at one moment
 * @loaded:   whether the module is, and can be read
 * @at:       when, in seconds of the monotonic clock
 * @time:     when, in seconds since 1970
 * @status:   file of the module
 * @stats:    file of the module
 * @failures: file of the module
 * @pools:    the kernel's pools
 * @plugged_known: whether @plugged is
 * @plugged:  bytes of virtio-mem
 */
struct sample {
	bool loaded;
	double at;
	double time;
	struct pairs status;
	struct pairs stats;
	struct failures failures;
	struct pools pools;
	bool plugged_known;
	unsigned long long plugged;
};

void sample_take(struct sample *sample, bool safe);
void sample_free(struct sample *sample);
double sample_rate(const struct sample *before, const struct sample *now, const char *name);

#endif /* HUGECONTIG_TOOL_SAMPLE_H */
