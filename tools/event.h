/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_TOOL_EVENT_H
#define HUGECONTIG_TOOL_EVENT_H

#include <stdbool.h>

#include "fields.h"

/**
 * struct event - a line of trace_pipe, taken apart
 * @comm:   name of the process, as it is called
 * @pid:    its number
 * @cpu:    where it ran
 * @time:   seconds since the system was started, as text
 * @fields: the event and what it says
 */
struct event {
	const char *comm;
	long pid;
	unsigned int cpu;
	const char *time;
	struct fields fields;
};

bool event_parse(struct event *event, char *line);
void event_print(const struct event *event);
void event_json(const struct event *event);

#endif /* HUGECONTIG_TOOL_EVENT_H */
