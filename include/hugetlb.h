/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_HUGETLB_H
#define HUGECONTIG_HUGETLB_H

#include "stats.h"

struct contig_request;
struct seq_file;

enum busy_reason isolate_or_dissolve_huge_page(struct contig_request *req,
					       unsigned long pfn,
					       unsigned long *next_pfn);
bool busy_reason_is_transient(enum busy_reason reason);
unsigned int huge_page_min_order(void);
void hugetlb_show_in_flight(struct seq_file *m);

#endif /* HUGECONTIG_HUGETLB_H */
