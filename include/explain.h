/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_EXPLAIN_H
#define HUGECONTIG_EXPLAIN_H

#include <linux/fs.h>

struct kernel_param;

extern const struct file_operations explain_fops, explanation_fops;

int explain_param_set(const char *value, const struct kernel_param *kp);
int explain_param_get(char *buffer, const struct kernel_param *kp);

#endif /* HUGECONTIG_EXPLAIN_H */
