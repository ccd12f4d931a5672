/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_ISOLATE_H
#define HUGECONTIG_ISOLATE_H

#include <linux/mmzone.h>

struct compact_control;
struct contig_request;

int isolate_block(struct contig_request *req, struct compact_control *cc,
		  unsigned long low_pfn, unsigned long end_pfn,
		  isolate_mode_t mode, unsigned long *next);

void isolate_observe(struct contig_request *req, unsigned long low_pfn,
		     unsigned long end_pfn);

#endif /* HUGECONTIG_ISOLATE_H */
