// SPDX-License-Identifier: GPL-2.0-only
/*
 * hugecontig failures: the last requests that failed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "failures.h"
#include "memory.h"
#include "module.h"
#include "text.h"
#include "trouble.h"

/**
 * failures_read() - read what the module has kept
 * @failures: where it goes; empty after an error
 * @safe:     whether it is for a terminal: processes choose their names
 *
 * Return: 0, or -1 with errno.
 */
int failures_read(struct failures *failures, bool safe)
{
	FILE *file = source_fopen(MODULE_FAILURES);
	struct failure *failure;
	char line[SOURCE_LINE];
	size_t i;
	int error;

	failures->failure = NULL;
	failures->nr = 0;
	if (!file)
		return -1;
	while (failures->nr < FAILURES_MAX && source_read_line(file, line, sizeof(line))) {
		if (strncmp(line, "failure ", strlen("failure ")))
			continue;
		failures->failure = memory_grow(failures->failure, failures->nr,
						sizeof(*failure));
		memcpy(failures->failure[failures->nr++].line, line, sizeof(line));
	}
	/* Only now, as they have moved while they became more. */
	for (i = 0; i < failures->nr; i++) {
		failure = &failures->failure[i];
		if (safe)
			text_make_safe(failure->line);
		fields_parse(&failure->fields, failure->line, "comm");
	}
	error = ferror(file) ? errno : 0;
	fclose(file);
	if (error)
		failures_free(failures);
	errno = error;
	return error ? -1 : 0;
}

/**
 * failures_free() - forget them
 * @failures: is empty then
 */
void failures_free(struct failures *failures)
{
	free(failures->failure);
	failures->failure = NULL;
	failures->nr = 0;
}

static const char *value_of(const struct failure *failure, const char *key)
{
	const char *value = fields_get(&failure->fields, key);

	return value ? value : "?";
}

/* The columns of the table. */
enum {
	COLUMN_TIME,
	COLUMN_RESULT,
	COLUMN_REASON,
	COLUMN_PFN,
	COLUMN_RANGE,
	COLUMN_CALLER,
	COLUMN_COMM,
	NR_COLUMNS
};

static const struct {
	const char *title;
	const char *key;
} columns[NR_COLUMNS] = {
	[COLUMN_TIME] = { "TIME", "time" },
	[COLUMN_RESULT] = { "RESULT", "result" },
	[COLUMN_REASON] = { "REASON", "reason" },
	[COLUMN_PFN] = { "PFN", "pfn" },
	[COLUMN_RANGE] = { "RANGE", "range" },
	[COLUMN_CALLER] = { "CALLER", "caller" },
	[COLUMN_COMM] = { "COMM", "comm" },
};

/* With milliseconds; those of today without the date, if there is a today. */
static void time_of(char *text, const char *value, time_t now)
{
	const char *fraction = strchr(value, '.');
	time_t seconds = strtoll(value, NULL, 10);
	struct tm then = { 0 }, today = { 0 };
	const char *format = "%Y-%m-%d %H:%M:%S";
	size_t length;

	if (now && localtime_r(&now, &today) && localtime_r(&seconds, &then) &&
	    then.tm_year == today.tm_year && then.tm_yday == today.tm_yday)
		format = "%H:%M:%S";
	length = localtime_r(&seconds, &then) ? strftime(text, TEXT_SHORT, format, &then) : 0;
	if (length)
		snprintf(text + length, TEXT_SHORT - length, "%.4s", fraction ? fraction : "");
	else
		strcpy(text, "?");
}

/* What to show: @text is for those that are not shown as they are. */
static const char *cell_of(const struct failure *failure, unsigned int column, time_t now,
			   char *text)
{
	const char *value = value_of(failure, columns[column].key);

	switch (column) {
	case COLUMN_TIME:
		time_of(text, value, now);
		return text;
	case COLUMN_RESULT:
		return text_result(text, strtol(value, NULL, 10));
	default:
		return value;
	}
}

/**
 * failures_print() - a table of them
 * @out:      where it goes
 * @failures: the failures
 * @most:     how many of the last ones
 * @now:      of those of that day the date is left out; 0: of none
 *
 * It is as narrow as can be.
 */
void failures_print(FILE *out, const struct failures *failures, size_t most, time_t now)
{
	size_t first = failures->nr > most ? failures->nr - most : 0, i, length;
	int width[NR_COLUMNS] = { 0 };
	char text[TEXT_SHORT];
	unsigned int column;

	for (column = 0; column < NR_COLUMNS - 1; column++) {
		width[column] = strlen(columns[column].title);
		for (i = first; i < failures->nr; i++) {
			length = strlen(cell_of(&failures->failure[i], column, now, text));
			if (length > (size_t)width[column])
				width[column] = length;
		}
	}
	fputs(style_on(STYLE_TITLE), out);
	for (column = 0; column < NR_COLUMNS; column++)
		fprintf(out, "%-*s%s", width[column], columns[column].title,
			column < NR_COLUMNS - 1 ? " " : "");
	fprintf(out, "%s\n", style_off());
	for (i = first; i < failures->nr; i++)
		for (column = 0; column < NR_COLUMNS; column++)
			fprintf(out, "%-*s%s", width[column],
				cell_of(&failures->failure[i], column, now, text),
				column < NR_COLUMNS - 1 ? " " : "\n");
}

/**
 * failure_json() - the members of one
 * @json:    the object
 * @failure: the failure
 */
void failure_json(struct json *json, const struct failure *failure)
{
	char result[TEXT_SHORT];
	const char *key, *value;
	unsigned int i;

	for (i = 0; i < failure->fields.nr; i++) {
		key = failure->fields.field[i].key;
		value = failure->fields.field[i].value;
		/* A process can call itself 1, or no. */
		if (!strcmp(key, "comm") || !strcmp(key, "caller"))
			json_string(json, key, value);
		else
			json_value(json, key, value);
		if (!strcmp(key, "result"))
			json_string(json, "result_name",
				    text_result(result, strtol(value, NULL, 10)));
	}
}

static void print_json(const struct failures *failures)
{
	struct json json;
	size_t i;

	for (i = 0; i < failures->nr; i++) {
		json_begin(&json, stdout);
		json_string(&json, "type", "failure");
		failure_json(&json, &failures->failure[i]);
		json_finish(&json);
	}
}

static int run(const struct options *options)
{
	bool json = options->given & TAKES_JSON;
	struct failures failures;

	if (failures_read(&failures, !json)) {
		trouble_file("read", MODULE_FAILURES, errno);
		return EXIT_PROBLEM;
	}
	if (json)
		print_json(&failures);
	else if (failures.nr)
		failures_print(stdout, &failures, failures.nr, 0);
	else
		puts("no request has failed");
	failures_free(&failures);
	return EXIT_FINE;
}

const struct command failures_command = {
	.name = "failures",
	.synopsis = "",
	.summary = "the last requests that failed, and what was in the way",
	.help =
	"Shows the last 64 of them, oldest first: when, what the caller was told, the reason\n"
	"and the page that was in the way, the range, and who called.\n"
	"\n"
	"  --json    an object a line, with the keys of the module's file and result_name\n"
	"\n"
	"Examples:\n"
	"  hugecontig failures\n"
	"  hugecontig failures --json | tail -n 1\n"
	"  hugecontig explain 0x100000-0x107fff    # of such a range: what is there now\n",
	.takes = TAKES_JSON,
	.run = run,
};
