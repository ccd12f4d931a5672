/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_CONTROL_H
#define HUGECONTIG_CONTROL_H

struct redirect;

int control_init(struct redirect *set, unsigned int nr);
void control_exit(void);

#endif /* HUGECONTIG_CONTROL_H */
