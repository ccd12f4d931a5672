/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_FAILURES_H
#define HUGECONTIG_FAILURES_H

#include <linux/types.h>

struct contig_request;
struct seq_file;

void failures_add(struct contig_request *req, int ret, s64 duration);
int failures_show(struct seq_file *m, void *unused);

#endif /* HUGECONTIG_FAILURES_H */
