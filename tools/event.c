// SPDX-License-Identifier: GPL-2.0-only
/*
 * One event of the tracepoints, from a line of trace_pipe:
 * "     kworker/0:2-71      [000] d..1.   123.456789: request_end: start=0x1000 …"
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "json.h"
#include "style.h"
#include "text.h"

/* The name of the process is as wide as that, or padded to it: all may be in it. */
#define COMM_WIDTH	16

/* The kernel's way to write ranges, "[0x1, 0x2)", with an end that is exclusive. */
static bool bracket_range(const char *value, unsigned long long *start,
			  unsigned long long *end)
{
	return sscanf(value, "[%llx, %llx)", start, end) == 2 && *start < *end;
}

/**
 * event_parse() - take a line apart
 * @event: where it goes
 * @line:  the line, which is changed if it is an event, and has to stay
 *
 * Return: false if it is something else, as the news of events that were lost.
 */
bool event_parse(struct event *event, char *line)
{
	char *at, *end, *name;

	if (strlen(line) <= COMM_WIDTH || line[COMM_WIDTH] != '-')
		return false;
	event->pid = strtol(line + COMM_WIDTH + 1, &end, 10);
	/* Between them there may be the number of its process. */
	at = strchr(end, '[');
	if (!isdigit((unsigned char)line[COMM_WIDTH + 1]) || !at)
		return false;
	event->cpu = strtoul(at + 1, &end, 10);
	if (*end != ']')
		return false;
	/* Flags, if they are on, then the time. */
	name = strstr(end, ": ");
	if (!name)
		return false;
	for (at = name; at > end && at[-1] != ' '; at--)
		;
	name += 2;
	end = strstr(name, ": ");
	if (!isdigit((unsigned char)*at) || !end || strcspn(name, " ") < (size_t)(end - name))
		return false;
	/* What the fields are taken from begins with the name of the event. */
	*end = ' ';
	name[-2] = '\0';
	line[COMM_WIDTH] = '\0';
	event->comm = line + strspn(line, " ");
	event->time = at;
	fields_parse(&event->fields, name, NULL);
	if (!strncmp(event->fields.type, "hugecontig_", strlen("hugecontig_")))
		event->fields.type += strlen("hugecontig_");
	return true;
}

static void print_field(const struct event *event, const struct field *field)
{
	const char *other = fields_get(&event->fields, "end");
	unsigned long long start, end;
	char text[TEXT_SHORT];

	if (!strcmp(field->key, "start") && other) {
		start = strtoull(field->value, NULL, 0);
		end = strtoull(other, NULL, 0);
		printf(" range=0x%llx-0x%llx", start, end ? end - 1 : end);
	} else if (bracket_range(field->value, &start, &end)) {
		printf(" %s=0x%llx-0x%llx", field->key, start, end - 1);
	} else if (!strcmp(field->key, "ret")) {
		printf(" ret=%s", text_result(text, strtol(field->value, NULL, 10)));
	} else if (!strcmp(field->key, "duration")) {
		printf(" duration=%s", text_time(text, strtod(field->value, NULL) / 1e9));
	} else if (strcmp(field->key, "end")) {
		printf(" %s=%s", field->key, field->value);
	}
}

/**
 * event_print() - show an event to people
 * @event: the event
 */
void event_print(const struct event *event)
{
	unsigned int i;

	printf("%s %s[%ld] %s%s%s", event->time, event->comm, event->pid,
	       style_on(STYLE_TITLE), event->fields.type, style_off());
	for (i = 0; i < event->fields.nr; i++)
		print_field(event, &event->fields.field[i]);
	putchar('\n');
}

/**
 * event_json() - print an event as an object
 * @event: the event
 */
void event_json(const struct event *event)
{
	const struct field *field;
	unsigned long long start, end;
	char text[TEXT_SHORT];
	struct json json;
	unsigned int i;

	json_begin(&json, stdout);
	json_string(&json, "type", event->fields.type);
	json_value(&json, "time", event->time);
	json_string(&json, "comm", event->comm);
	json_number(&json, "pid", event->pid);
	json_number(&json, "cpu", event->cpu);
	for (i = 0; i < event->fields.nr; i++) {
		field = &event->fields.field[i];
		if (bracket_range(field->value, &start, &end)) {
			snprintf(text, sizeof(text), "0x%llx", start);
			json_string(&json, "start", text);
			snprintf(text, sizeof(text), "0x%llx", end);
			json_string(&json, "end", text);
		} else if (!strcmp(field->key, "caller")) {
			json_string(&json, field->key, field->value);
		} else {
			json_value(&json, field->key, field->value);
		}
	}
	json_finish(&json);
}
