// SPDX-License-Identifier: GPL-2.0-only
/*
 * hugecontig enable, disable, mode: the parameters that say what the module does.
 * Unlike files of debugfs they can be written under lockdown, too.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "module.h"
#include "source.h"
#include "trouble.h"

static int set(const char *path, const char *value)
{
	char line[16];

	snprintf(line, sizeof(line), "%s\n", value);
	if (!source_write(path, line))
		return EXIT_FINE;
	trouble_file("write", path, errno);
	return EXIT_PROBLEM;
}

static int run_enable(const struct options *options)
{
	(void)options;
	return set(MODULE_ENABLED, "Y");
}

static int run_disable(const struct options *options)
{
	(void)options;
	return set(MODULE_ENABLED, "N");
}

static int run_mode(const struct options *options)
{
	const char *mode = options->args[0];

	if (strcmp(mode, "act") && strcmp(mode, "observe")) {
		trouble("mode: there is no mode \"%s\": say act or observe", mode);
		return EXIT_USAGE;
	}
	return set(MODULE_MODE, mode);
}

const struct command enable_command = {
	.name = "enable",
	.synopsis = "",
	.summary = "switch the module on",
	.help =
	"Redirects the kernel's functions: all of them, or none if somebody else, as a live\n"
	"patch, has one of them. What \"hugecontig mode\" says is kept. Says nothing if it has\n"
	"worked.\n"
	"\n"
	"Example:\n"
	"  hugecontig enable && hugecontig status\n",
	.run = run_enable,
};

const struct command disable_command = {
	.name = "disable",
	.synopsis = "",
	.summary = "switch it off: the kernel has all of its functions back",
	.help =
	"Waits until no call is on its way any more. The module stays loaded, its counters\n"
	"stay as they are, and a live patch can have the functions. Says nothing if it has\n"
	"worked.\n"
	"\n"
	"Example:\n"
	"  hugecontig disable\n",
	.run = run_disable,
};

const struct command mode_command = {
	.name = "mode",
	.synopsis = "act|observe",
	.summary = "let the module act, or only observe what it would do",
	.help =
	"  act       take huge pages out of the way\n"
	"  observe   count, trace and explain what would be done, and leave each request to\n"
	"            the kernel alone\n"
	"\n"
	"Says nothing if it has worked.\n"
	"\n"
	"Example:\n"
	"  hugecontig mode observe && hugecontig watch\n",
	.min_args = 1,
	.max_args = 1,
	.run = run_mode,
};
