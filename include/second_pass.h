/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_SECOND_PASS_H
#define HUGECONTIG_SECOND_PASS_H

#include <linux/gfp.h>
#include <linux/nodemask.h>

struct page;

/* The most attempts that can be asked for. */
#define SECOND_PASS_MAX_ATTEMPTS	8

/* The limits of one call: parameters of the module. */
extern unsigned int second_pass_attempts, second_pass_pages, second_pass_ms;

struct page *second_pass_alloc(unsigned long nr_pages, gfp_t gfp, int nid,
			       nodemask_t *nodemask, unsigned long caller);

#endif /* HUGECONTIG_SECOND_PASS_H */
