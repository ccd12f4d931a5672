/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_TOOL_VERDICTS_H
#define HUGECONTIG_TOOL_VERDICTS_H

#include "style.h"

/**
 * struct verdict - what the module says of memory
 * @name:    as in the file
 * @letter:  in the map; a capital one stays
 * @style:   in the map
 * @meaning: what it is
 * @hint:    what can be done if it stays
 */
struct verdict {
	const char *name;
	char letter;
	enum style style;
	const char *meaning;
	const char *hint;
};

/*
 * From the mildest to the most severe: 0 is memory that nothing was said of, the last
 * one all that this program does not know.
 */
#define NR_VERDICTS	25

/*
 * Not the module's: of virtio-mem, memory that is offline is not in the way, as nobody
 * asks for it once more.
 */
#define OFFLINE		"offline"
#define GIVEN_BACK	"given_back"

extern const struct verdict verdicts[NR_VERDICTS];

unsigned int verdict_find(const char *name);

#endif /* HUGECONTIG_TOOL_VERDICTS_H */
