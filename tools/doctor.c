// SPDX-License-Identifier: GPL-2.0-only
/*
 * hugecontig doctor: whether all is there that the module needs, and what to do if not.
 */
#include <stdarg.h>
#include <stdio.h>

#include "command.h"
#include "doctor.h"
#include "module.h"
#include "source.h"
#include "text.h"

static const struct {
	const char *name;
	enum style style;
} findings[NR_FINDINGS] = {
	[FINDING_OK] = { "ok", STYLE_GOOD },
	[FINDING_WARN] = { "warn", STYLE_WARN },
	[FINDING_FAIL] = { "fail", STYLE_BAD },
	[FINDING_UNKNOWN] = { "unknown", STYLE_BUSY },
};

/**
 * doctor_say() - tell a finding
 * @doctor:  the examination
 * @finding: how bad it is
 * @what:    what was looked at
 * @advice:  what to do; NULL: nothing
 * @format:  what was found, as of printf()
 */
void doctor_say(struct doctor *doctor, enum finding finding, const char *what,
		const char *advice, const char *format, ...)
{
	struct json *json = &doctor->json;
	char found[SOURCE_LINE];
	va_list args;

	va_start(args, format);
	vsnprintf(found, sizeof(found), format, args);
	va_end(args);
	text_make_safe(found);
	doctor->nr[finding]++;

	if (!doctor->as_json) {
		printf("%s%s%s: %s: %s%s%s\n", style_on(findings[finding].style),
		       findings[finding].name, style_off(), what, found, advice ? ": " : "",
		       advice ? advice : "");
		return;
	}
	json_open(json, NULL, '{');
	json_string(json, "finding", findings[finding].name);
	json_string(json, "what", what);
	json_string(json, "found", found);
	if (advice)
		json_string(json, "advice", advice);
	else
		json_null(json, "advice");
	json_close(json, '}');
}

static void summary(struct doctor *doctor)
{
	enum finding finding;

	if (doctor->as_json) {
		json_close(&doctor->json, ']');
		for (finding = 0; finding < NR_FINDINGS; finding++)
			json_number(&doctor->json, findings[finding].name, doctor->nr[finding]);
		json_finish(&doctor->json);
		return;
	}
	printf("\n%u ok, %u warn, %u fail, %u unknown\n", doctor->nr[FINDING_OK],
	       doctor->nr[FINDING_WARN], doctor->nr[FINDING_FAIL],
	       doctor->nr[FINDING_UNKNOWN]);
}

static int run(const struct options *options)
{
	struct doctor doctor = {
		.loaded = source_exists(MODULE_DIRECTORY),
		.as_json = options->given & TAKES_JSON,
	};

	if (source_release(doctor.release, sizeof(doctor.release)))
		*doctor.release = '\0';
	text_make_safe(doctor.release);
	if (doctor.as_json) {
		json_begin(&doctor.json, stdout);
		json_open(&doctor.json, "findings", '[');
	}
	doctor_kernel(&doctor);
	doctor_module(&doctor);
	doctor_options(&doctor);
	doctor_symbols(&doctor);
	doctor_ftrace(&doctor);
	doctor_lockdown(&doctor);
	doctor_pools(&doctor);
	summary(&doctor);
	return doctor.nr[FINDING_FAIL] ? EXIT_PROBLEM : EXIT_FINE;
}

const struct command doctor_command = {
	.name = "doctor",
	.synopsis = "",
	.summary = "whether all is there that the module needs, and what to do if not",
	.help =
	"Looks at the kernel, its options and symbols, the module, who else has the functions\n"
	"that it redirects, lockdown and signatures, and the pools. Changes nothing, and is of\n"
	"use before the module is installed, too. Each line is\n"
	"\n"
	"  ok|warn|fail|unknown: what: found: what to do\n"
	"\n"
	"  --json    an object: findings (each with finding, what, found, advice), and how many\n"
	"            are ok, warn, fail, unknown\n"
	"\n"
	"Exit status: 1 if anything fails, else 0.\n"
	"\n"
	"Examples:\n"
	"  hugecontig doctor\n"
	"  hugecontig doctor | grep -v ^ok\n",
	.takes = TAKES_JSON,
	.run = run,
};
