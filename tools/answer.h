/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_TOOL_ANSWER_H
#define HUGECONTIG_TOOL_ANSWER_H

#include <stdbool.h>
#include <stdio.h>

#include "map.h"

/**
 * struct total - what there is of one verdict
 * @pages:     pages
 * @obstacles: lines that it had, or would have had
 * @stays:     whether it was in the way
 */
struct total {
	unsigned long long pages;
	unsigned long long obstacles;
	bool stays;
};

/**
 * struct answer - what the module said of a target; its lines are not kept
 * @node:     which nodes were asked for
 * @zone:     and zones
 * @map:      where what is
 * @totals:   by index of verdicts[]
 * @list:     obstacles that stay, as lines for people
 * @most:     how many of them to list
 * @virtio_mem: whether offline memory is what is wanted, and not in the way
 * @listed:   how many are
 * @given_back: obstacles that are not in the way, as @virtio_mem
 * @first_verdict: of the first that stays, index of verdicts[]
 * @complete: whether the answer has come to its end
 * @pages:    of the target, without what lies between its parts
 * @blocked:  whether anything stays
 * @stays:    how many do
 * @first:    pfn of the first
 * @replace:  huge pages to replace
 * @migrate:  huge pages to migrate
 * @move:     small pages to move
 */
struct answer {
	char node[16];
	char zone[16];
	struct map map;
	struct total totals[NR_VERDICTS];
	FILE *list;
	unsigned long long most;
	bool virtio_mem;
	unsigned long long listed;
	unsigned long long given_back;
	unsigned int first_verdict;
	bool complete;
	unsigned long long pages;
	bool blocked;
	unsigned long long stays;
	unsigned long long first;
	unsigned long long replace;
	unsigned long long migrate;
	unsigned long long move;
};

int answer_read(struct answer *answer, FILE *file);
void answer_print(const struct answer *answer, bool map, unsigned int width);

#endif /* HUGECONTIG_TOOL_ANSWER_H */
