/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a subcommand is, what it can be told, and how it ends.
 */
#ifndef HUGECONTIG_TOOL_COMMAND_H
#define HUGECONTIG_TOOL_COMMAND_H

#include <stdbool.h>

#include "style.h"

enum exit_code {
	EXIT_FINE,
	EXIT_PROBLEM,	/* it failed, or the doctor has found something */
	EXIT_USAGE,
	EXIT_BLOCKED,	/* explain: memory that can not be emptied */
};

/* Options that not every subcommand takes. */
enum option_bit {
	TAKES_JSON = 1 << 0,
	TAKES_ALL = 1 << 1,
	TAKES_NO_MAP = 1 << 2,
	TAKES_WIDTH = 1 << 3,
	TAKES_PROMETHEUS = 1 << 4,
	TAKES_OUTPUT = 1 << 5,
	TAKES_INTERVAL = 1 << 6,
	TAKES_COUNT = 1 << 7,
};

/**
 * struct options - what the command line says
 * @given:    the option_bit of each option that was there
 * @root:     directory to look below, "" is /
 * @color:    whether to colour
 * @help:     only tell how it is used
 * @version:  only tell the version
 * @width:    cells in a row of the map; 0: as many as fit
 * @count:    how many times; 0: without end
 * @interval: seconds
 * @output:   file to write to
 * @args:     what is no option, behind the subcommand
 * @nr_args:  number of @args
 */
struct options {
	unsigned int given;
	const char *root;
	enum style_mode color;
	bool help;
	bool version;
	unsigned int width;
	unsigned long count;
	double interval;
	const char *output;
	char **args;
	int nr_args;
};

/**
 * struct command - a subcommand
 * @name:     as it is typed
 * @synopsis: its arguments
 * @summary:  what it does, in a few words
 * @help:     the same at length, its options, examples
 * @takes:    option_bit of all options that it takes
 * @min_args: how many arguments it needs
 * @max_args: and takes
 * @run:      does it; returns an exit_code, and has said what went wrong
 */
struct command {
	const char *name;
	const char *synopsis;
	const char *summary;
	const char *help;
	unsigned int takes;
	int min_args;
	int max_args;
	int (*run)(const struct options *options);
};

extern const struct command status_command;
extern const struct command enable_command;
extern const struct command disable_command;
extern const struct command mode_command;
extern const struct command stats_command;
extern const struct command watch_command;
extern const struct command explain_command;
extern const struct command failures_command;
extern const struct command events_command;
extern const struct command doctor_command;

#endif /* HUGECONTIG_TOOL_COMMAND_H */
