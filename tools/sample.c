// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is watched, at one moment, and how fast it moves.
 */
#include <string.h>
#include <time.h>

#include "module.h"
#include "sample.h"

static double seconds_of(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

/**
 * sample_take() - look at everything
 * @sample: where it goes; what can not be read is empty
 * @safe:   whether it is for a terminal
 */
void sample_take(struct sample *sample, bool safe)
{
	struct iomem iomem;

	memset(sample, 0, sizeof(*sample));
	sample->at = seconds_of(CLOCK_MONOTONIC);
	sample->time = seconds_of(CLOCK_REALTIME);
	/* It may be unloaded at any moment, and loaded again. */
	sample->loaded = !pairs_read(&sample->status, MODULE_STATUS, ':') &&
			 !pairs_read(&sample->stats, MODULE_STATS, ' ');
	failures_read(&sample->failures, safe);
	pools_read(&sample->pools);
	sample->plugged_known = !iomem_read(&iomem);
	sample->plugged = iomem_bytes(&iomem);
	iomem_free(&iomem);
}

/**
 * sample_free() - forget it
 * @sample: is empty then
 */
void sample_free(struct sample *sample)
{
	pairs_free(&sample->status);
	pairs_free(&sample->stats);
	failures_free(&sample->failures);
	pools_free(&sample->pools);
	memset(sample, 0, sizeof(*sample));
}

/**
 * sample_rate() - how fast a counter of the stats moves
 * @before: the sample before
 * @now:    this one
 * @name:   the counter
 *
 * Return: how much per second; negative if it is not known, as of the first sample, and
 * of one after the module was loaded anew.
 */
double sample_rate(const struct sample *before, const struct sample *now, const char *name)
{
	unsigned long long old, new;

	if (!pairs_number(&before->stats, name, &old) ||
	    !pairs_number(&now->stats, name, &new) || new < old || now->at <= before->at)
		return -1;
	return (double)(new - old) / (now->at - before->at);
}
