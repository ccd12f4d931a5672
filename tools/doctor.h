/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the doctor looks at; each file of it has a topic.
 */
#ifndef HUGECONTIG_TOOL_DOCTOR_H
#define HUGECONTIG_TOOL_DOCTOR_H

#include <stdbool.h>

#include "compiler.h"
#include "json.h"

enum finding {
	FINDING_OK,
	FINDING_WARN,
	FINDING_FAIL,
	FINDING_UNKNOWN,
	NR_FINDINGS
};

/**
 * struct doctor - an examination
 * @release: of the running kernel, "" if it is not known
 * @loaded:  whether the module is
 * @as_json: whether to print an object
 * @json:    that
 * @nr:      findings so far
 */
struct doctor {
	char release[128];
	bool loaded;
	bool as_json;
	struct json json;
	unsigned int nr[NR_FINDINGS];
};

__printf(5, 6)
void doctor_say(struct doctor *doctor, enum finding finding, const char *what,
		const char *advice, const char *format, ...);

void doctor_kernel(struct doctor *doctor);
void doctor_options(struct doctor *doctor);
void doctor_symbols(struct doctor *doctor);
void doctor_module(struct doctor *doctor);
void doctor_ftrace(struct doctor *doctor);
void doctor_lockdown(struct doctor *doctor);
void doctor_pools(struct doctor *doctor);

#endif /* HUGECONTIG_TOOL_DOCTOR_H */
