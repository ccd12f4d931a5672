// SPDX-License-Identifier: GPL-2.0-only
/*
 * What memory somebody asks about: a range, a memory block, a node, a zone.
 */
#include <linux/kernel.h>
#include <linux/memory.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/string.h>

#include "target.h"

/**
 * target_zone_name() - what a zone is called
 * @zone: up to ZONE_MOVABLE
 *
 * Context: any.
 * Return: its name, static.
 */
const char *target_zone_name(int zone)
{
	return NODE_DATA(first_online_node)->node_zones[zone].name;
}

/**
 * target_end_of_memory() - where memory ends
 *
 * Context: any; what is plugged later is not included.
 * Return: pfn after the last that is of a node.
 */
unsigned long target_end_of_memory(void)
{
	unsigned long end = 0;
	int nid;

	for_each_online_node(nid)
		end = max(end, pgdat_end_pfn(NODE_DATA(nid)));
	return end;
}

static unsigned long begin_of_memory(void)
{
	unsigned long begin = ULONG_MAX;
	int nid;

	for_each_node_state(nid, N_MEMORY)
		begin = min(begin, NODE_DATA(nid)->node_start_pfn);
	return begin;
}

/* The next word of a text, or NULL. */
static char *next_word(char **text)
{
	char *word;

	do {
		word = strsep(text, " \t\n");
	} while (word && !*word);
	return word;
}

/* "0xSTART-0xEND", inclusive, in units of that many bits of a pfn. */
static bool parse_range(char *word, unsigned int shift, struct target *target)
{
	char *last = word ? strchr(word, '-') : NULL;
	unsigned long start, end;

	if (!last)
		return false;
	*last++ = '\0';
	if (!strstarts(word, "0x") || !strstarts(last, "0x") ||
	    kstrtoul(word, 16, &start) || kstrtoul(last, 16, &end) ||
	    start > end)
		return false;
	target->start = start >> shift;
	target->end = (end >> shift) + 1;
	target->range = true;
	return true;
}

/* A number that follows a word without a blank. */
static bool parse_number(const char *word, const char *prefix,
			 unsigned long *number)
{
	size_t length = strlen(prefix);

	return !strncmp(word, prefix, length) &&
	       !kstrtoul(word + length, 10, number);
}

static bool parse_block(unsigned long number, struct target *target)
{
	unsigned long pages = memory_block_size_bytes() >> PAGE_SHIFT;

	if (number >= target->end / pages + 1)
		return false;
	target->start = number * pages;
	target->end = target->start + pages;
	target->range = true;
	return true;
}

static bool parse_node(unsigned long number, struct target *target)
{
	if (number >= MAX_NUMNODES || !node_state(number, N_MEMORY))
		return false;
	target->nid = number;
	target->start = NODE_DATA(number)->node_start_pfn;
	target->end = pgdat_end_pfn(NODE_DATA(number));
	return true;
}

static bool parse_zone(const char *name, struct target *target)
{
	int zone;

	for (zone = 0; name && zone <= ZONE_MOVABLE; zone++) {
		if (!strcmp(name, target_zone_name(zone))) {
			target->zone = zone;
			return true;
		}
	}
	return false;
}

/* Returns false if it is no target. @text: out: what follows. */
static bool parse_where(char **text, struct target *target)
{
	char *word = next_word(text);
	unsigned long number;

	if (!word)
		return false;
	if (!strcmp(word, "all"))
		return true;
	if (!strcmp(word, "address"))
		return parse_range(next_word(text), PAGE_SHIFT, target);
	if (!strcmp(word, "zone"))
		return parse_zone(next_word(text), target);
	if (parse_number(word, "memory", &number))
		return parse_block(number, target);
	if (parse_number(word, "node", &number))
		return parse_node(number, target);
	return parse_range(word, 0, target);
}

static bool parse_how(char *text, struct target *target)
{
	char *word;

	while ((word = next_word(&text))) {
		if (!strcmp(word, "json"))
			target->json = true;
		else if (!strcmp(word, "full"))
			target->full = true;
		else if (strcmp(word, "zone") || target->nid == TARGET_ANY ||
			 !parse_zone(next_word(&text), target))
			return false;
	}
	return true;
}

/**
 * target_parse() - read what somebody asks about
 * @text:   as docs/interface.md has it
 * @target: out: the target; left alone if @text is none
 *
 * Context: any.
 * Return: 0, or -EINVAL with a line in the log.
 */
int target_parse(const char *text, struct target *target)
{
	unsigned long end_of_memory = target_end_of_memory();
	struct target parsed = {
		.start = begin_of_memory(),
		.end = end_of_memory,
		.nid = TARGET_ANY,
		.zone = TARGET_ANY,
	};
	char words[TARGET_SIZE];
	char *rest = words;

	if (strscpy(words, text, sizeof(words)) < 0 ||
	    !parse_where(&rest, &parsed) || !parse_how(rest, &parsed)) {
		pr_err("explain: '%*pE' is no target, write one as 0x100000-0x1001ff, memory32, node0, zone Movable or all\n",
		       (int)min_t(size_t, strcspn(text, "\n"), 40), text);
		return -EINVAL;
	}
	if (parsed.start >= end_of_memory) {
		pr_err("explain: '%*pE' is no memory, which ends before pfn %#lx\n",
		       (int)min_t(size_t, strcspn(text, "\n"), 40), text,
		       end_of_memory);
		return -EINVAL;
	}
	*target = parsed;
	return 0;
}
