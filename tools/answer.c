// SPDX-License-Identifier: GPL-2.0-only
/*
 * An explanation of the module: read line by line, as there may be millions, and told
 * to people.
 */
#include <errno.h>
#include <string.h>

#include "answer.h"
#include "fields.h"
#include "source.h"
#include "text.h"

#define PAGE_BYTES	4096ULL

static const char *value_or(const struct fields *fields, const char *key, const char *other)
{
	const char *value = fields_get(fields, key);

	return value ? value : other;
}

static bool read_target(struct answer *answer, const struct fields *fields)
{
	unsigned long long start, end;

	if (!fields_range(fields_get(fields, "range"), &start, &end))
		return false;
	snprintf(answer->node, sizeof(answer->node), "%s", value_or(fields, "node", "any"));
	snprintf(answer->zone, sizeof(answer->zone), "%s", value_or(fields, "zone", "any"));
	map_begin(&answer->map, start, end);
	return true;
}

static void list_obstacle(struct answer *answer, const struct fields *fields)
{
	const char *size_kb = fields_get(fields, "size_kb");

	fprintf(answer->list, "  %-12s %8s %4s  %-8s %s", value_or(fields, "pfn", "?"),
		value_or(fields, "pages", "?"), value_or(fields, "node", "?"),
		value_or(fields, "zone", "?"), value_or(fields, "verdict", "?"));
	if (size_kb)
		fprintf(answer->list, ": %s kB, %s, mapped %s, references %s%s%s", size_kb,
			value_or(fields, "use", "?"), value_or(fields, "mapped", "?"),
			value_or(fields, "references", "?"),
			fields_is(fields, "reserved", "yes") ? ", reserved" : "",
			fields_is(fields, "surplus", "yes") ? ", surplus" : "");
	putc('\n', answer->list);
}

static unsigned int verdict_of(const struct answer *answer, const struct fields *fields)
{
	if (answer->virtio_mem && fields_is(fields, "verdict", OFFLINE))
		return verdict_find(GIVEN_BACK);
	return verdict_find(fields_get(fields, "verdict"));
}

static void read_obstacle(struct answer *answer, const struct fields *fields)
{
	unsigned int verdict = verdict_of(answer, fields);

	map_mark(&answer->map, fields_number(fields, "pfn"), fields_number(fields, "pages"),
		 verdict);
	if (!fields_is(fields, "stays", "yes"))
		return;
	if (verdict == verdict_find(GIVEN_BACK)) {
		answer->given_back++;
		return;
	}
	answer->totals[verdict].stays = true;
	if (!answer->listed) {
		answer->first_verdict = verdict;
		answer->first = fields_number(fields, "pfn");
	}
	if (answer->listed < answer->most) {
		list_obstacle(answer, fields);
		answer->listed++;
	}
}

static void read_total(struct answer *answer, const struct fields *fields)
{
	struct total *total = &answer->totals[verdict_of(answer, fields)];

	/* All that is not known is one. */
	total->pages += fields_number(fields, "pages");
	total->obstacles += fields_number(fields, "obstacles");
}

static void read_result(struct answer *answer, const struct fields *fields)
{
	answer->complete = true;
	answer->pages = fields_number(fields, "pages");
	answer->blocked = !fields_is(fields, "verdict", "can_be_emptied");
	answer->stays = fields_number(fields, "stays");
	if (answer->given_back) {
		answer->blocked = answer->stays > answer->given_back;
		answer->stays -= answer->blocked ? answer->given_back : answer->stays;
	} else {
		answer->first = fields_number(fields, "first");
	}
	answer->replace = fields_number(fields, "replace");
	answer->migrate = fields_number(fields, "migrate");
	answer->move = fields_number(fields, "move_pages");
}

/**
 * answer_read() - read it to its end
 * @answer: where it goes; @list, @most and @virtio_mem are the caller's, all else is zero
 * @file:   where it comes from
 *
 * Return: 0; -1 with errno, EPROTO if it is not an answer, or its end is missing.
 */
int answer_read(struct answer *answer, FILE *file)
{
	char line[SOURCE_LINE];
	struct fields fields;
	bool target = false;

	errno = 0;
	while (source_read_line(file, line, sizeof(line))) {
		fields_parse(&fields, text_make_safe(line), NULL);
		if (!target) {
			target = !strcmp(fields.type, "target") && read_target(answer, &fields);
			if (!target)
				break;
		} else if (!strcmp(fields.type, "obstacle")) {
			read_obstacle(answer, &fields);
		} else if (!strcmp(fields.type, "total")) {
			read_total(answer, &fields);
		} else if (!strcmp(fields.type, "result")) {
			read_result(answer, &fields);
		}
	}
	if (ferror(file))
		return -1;
	errno = EPROTO;
	return answer->complete ? 0 : -1;
}

static void print_list(const struct answer *answer)
{
	char line[SOURCE_LINE];

	if (!answer->listed)
		return;
	printf("\n%s  %-12s %8s %4s  %-8s %s%s\n", style_on(STYLE_TITLE), "PFN", "PAGES",
	       "NODE", "ZONE", "WHAT STAYS", style_off());
	rewind(answer->list);
	while (fgets(line, sizeof(line), answer->list))
		fputs(line, stdout);
	if (answer->stays > answer->listed)
		printf("  and %llu more, which --all lists\n", answer->stays - answer->listed);
}

static void print_totals(const struct answer *answer)
{
	const struct total *total;
	char size[TEXT_SHORT];
	bool any = false;
	unsigned int i;

	for (i = 1; i < NR_VERDICTS; i++) {
		total = &answer->totals[i];
		if (!total->pages)
			continue;
		if (!any)
			printf("\n%s  %-19s %12s  %s%s\n", style_on(STYLE_TITLE), "IN ALL",
			       "PAGES", "MEMORY", style_off());
		any = true;
		printf("  %-19s %12llu  %s\n", verdicts[i].name, total->pages,
		       text_bytes(size, total->pages * PAGE_BYTES));
	}
}

static void print_hints(const struct answer *answer)
{
	unsigned int i;

	for (i = 1; i < NR_VERDICTS; i++)
		if (answer->totals[i].stays && *verdicts[i].hint)
			printf("  %s: %s\n", verdicts[i].name, verdicts[i].hint);
}

static void print_result(const struct answer *answer, bool legend)
{
	const struct verdict *first = &verdicts[answer->first_verdict];

	putchar('\n');
	if (answer->blocked) {
		printf("%sblocked by %llu obstacle%s%s, %sat pfn 0x%llx: %s",
		       style_on(STYLE_BAD), answer->stays, text_plural(answer->stays),
		       style_off(), answer->stays == 1 ? "" : "the first ", answer->first,
		       first->name);
		if (!legend)
			printf(" (%s)", first->meaning);
		putchar('\n');
		print_hints(answer);
		return;
	}
	printf("%scan be emptied%s: ", style_on(STYLE_GOOD), style_off());
	printf("%llu huge page%s to replace, %llu to migrate, %llu small page%s to move\n",
	       answer->replace, text_plural(answer->replace), answer->migrate, answer->move,
	       text_plural(answer->move));
}

/**
 * answer_print() - tell it
 * @answer: the answer
 * @map:    whether to show the map
 * @width:  cells in its rows; 0: as many as fit
 */
void answer_print(const struct answer *answer, bool map, unsigned int width)
{
	char size[TEXT_SHORT];

	printf("%spfns 0x%llx-0x%llx, %s%s, node %s, zone %s\n", style_on(STYLE_TITLE),
	       answer->map.start, answer->map.end, text_bytes(size, answer->pages * PAGE_BYTES),
	       style_off(), answer->node, answer->zone);
	if (map) {
		putchar('\n');
		map_print(&answer->map, width);
	}
	print_list(answer);
	print_totals(answer);
	print_result(answer, map);
}
