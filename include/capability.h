/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_CAPABILITY_H
#define HUGECONTIG_CAPABILITY_H

struct seq_file;

void capability_probe(void);
void capability_show(struct seq_file *m);

#endif /* HUGECONTIG_CAPABILITY_H */
