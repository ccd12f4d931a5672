/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_MIGRATE_H
#define HUGECONTIG_MIGRATE_H

#include "reason.h"

struct contig_request;
struct hstate;
struct folio;
struct seq_file;

enum reason migrate_huge_page(struct contig_request *req,
				   struct folio *old, struct hstate *h, int nid);
void migrate_keep_old(struct contig_request *req);
void migrate_wait_in_flight(void);
void migrate_show_in_flight(struct seq_file *m);

#endif /* HUGECONTIG_MIGRATE_H */
