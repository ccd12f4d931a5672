// SPDX-License-Identifier: GPL-2.0-only
/*
 * What reasons are called.
 */
#include <linux/kernel.h>

#include "reason.h"

static const struct {
	enum reason reason;
	const char *name;
} names[] = { REASON_NAMES };

/**
 * reason_name() - a reason as users see it
 * @reason: the reason
 *
 * Context: any.
 * Return: its name, static, without blanks.
 */
const char *reason_name(enum reason reason)
{
	BUILD_BUG_ON(ARRAY_SIZE(names) != NR_REASONS);
	return names[reason].name;
}
