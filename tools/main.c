// SPDX-License-Identifier: GPL-2.0-only
/*
 * hugecontig(8): what the administrator asks the module of that name for, and tells it.
 * This file reads the command line.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "source.h"
#include "trouble.h"

#define SHORTEST_INTERVAL	0.1
#define LONGEST_INTERVAL	86400
#define USUAL_INTERVAL		2

static const struct command * const commands[] = {
	&status_command, &enable_command, &disable_command, &mode_command, &stats_command,
	&watch_command, &explain_command, &failures_command, &events_command, &doctor_command,
};

#define NR_COMMANDS	(sizeof(commands) / sizeof(*commands))

/* What getopt_long() returns for options without a letter. */
enum {
	OPTION_ROOT = 256,
	OPTION_COLOR,
	OPTION_VERSION,
	OPTION_JSON,
	OPTION_ALL,
	OPTION_NO_MAP,
	OPTION_WIDTH,
	OPTION_PROMETHEUS,
	OPTION_OUTPUT,
};

static const struct option long_options[] = {
	{ "root", required_argument, NULL, OPTION_ROOT },
	{ "color", required_argument, NULL, OPTION_COLOR },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "all", no_argument, NULL, OPTION_ALL },
	{ "no-map", no_argument, NULL, OPTION_NO_MAP },
	{ "width", required_argument, NULL, OPTION_WIDTH },
	{ "prometheus", no_argument, NULL, OPTION_PROMETHEUS },
	{ "output", required_argument, NULL, OPTION_OUTPUT },
	{ "interval", required_argument, NULL, 'n' },
	{ "count", required_argument, NULL, 'c' },
	{ NULL, 0, NULL, 0 }
};

/* As they are typed, by their option_bit. */
static const char * const option_names[] = {
	"--json", "--all", "--no-map", "--width", "--prometheus", "--output", "--interval",
	"--count",
};

static const char general_help[] =
	"General options:\n"
	"  --root DIR                    look below DIR instead of /\n"
	"  --color always|never|auto     auto: on a terminal, unless NO_COLOR is set\n"
	"  -h, --help                    of a command: with examples\n"
	"  --version\n";

static void print_help(void)
{
	unsigned int i;

	puts("usage: hugecontig [OPTION]... COMMAND [ARGUMENT]...\n"
	     "\n"
	     "Asks and steers the kernel module hugecontig, which takes HugeTLB pages out of the\n"
	     "way of alloc_contig_range(): of virtio-mem, CMA, and 1 GiB pages.\n"
	     "\n"
	     "Commands:");
	for (i = 0; i < NR_COMMANDS; i++)
		printf("  %-10s %s\n", commands[i]->name, commands[i]->summary);
	putchar('\n');
	fputs(general_help, stdout);
	puts("\n"
	     "Exit status: 0 fine, 1 it failed or the doctor has found something, 2 it was not\n"
	     "understood, 3 memory that can not be emptied (explain).\n"
	     "\n"
	     "Examples:\n"
	     "  hugecontig doctor\n"
	     "  hugecontig explain virtio-mem\n"
	     "  hugecontig stats --json\n"
	     "  hugecontig watch --help");
}

static void print_command_help(const struct command *command)
{
	printf("usage: hugecontig %s%s%s [OPTION]...\n\n%s\n", command->name,
	       *command->synopsis ? " " : "", command->synopsis, command->help);
	fputs(general_help, stdout);
}

static const struct command *find_command(const char *name)
{
	unsigned int i;

	for (i = 0; i < NR_COMMANDS; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

static bool parse_color(struct options *options, const char *text)
{
	static const char * const modes[] = {
		[STYLE_AUTO] = "auto", [STYLE_ALWAYS] = "always", [STYLE_NEVER] = "never",
	};
	unsigned int i;

	for (i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		if (!strcmp(modes[i], text)) {
			options->color = i;
			return true;
		}
	}
	trouble("--color: there is no \"%s\": say always, never or auto", text);
	return false;
}

static bool parse_number(const char *option, const char *text, unsigned long most,
			 unsigned long *number)
{
	char *end;

	errno = 0;
	*number = strtoul(text, &end, 10);
	if (!errno && *text >= '0' && *text <= '9' && !*end && *number && *number <= most)
		return true;
	trouble("%s: \"%s\" is no such number: say 1 to %lu", option, text, most);
	return false;
}

static bool parse_interval(struct options *options, const char *text)
{
	char *end;

	options->interval = strtod(text, &end);
	if (end != text && !*end && options->interval >= SHORTEST_INTERVAL &&
	    options->interval <= LONGEST_INTERVAL)
		return true;
	trouble("--interval: \"%s\" is no such time: say %g to %d seconds", text,
		SHORTEST_INTERVAL, LONGEST_INTERVAL);
	return false;
}

static bool parse_option(struct options *options, int option, const char *text)
{
	unsigned long number;

	switch (option) {
	case OPTION_ROOT:
		options->root = text;
		return true;
	case OPTION_COLOR:
		return parse_color(options, text);
	case 'h':
		options->help = true;
		return true;
	case OPTION_VERSION:
		options->version = true;
		return true;
	case OPTION_JSON:
		options->given |= TAKES_JSON;
		return true;
	case OPTION_ALL:
		options->given |= TAKES_ALL;
		return true;
	case OPTION_NO_MAP:
		options->given |= TAKES_NO_MAP;
		return true;
	case OPTION_PROMETHEUS:
		options->given |= TAKES_PROMETHEUS;
		return true;
	case OPTION_OUTPUT:
		options->given |= TAKES_OUTPUT;
		options->output = text;
		return true;
	case OPTION_WIDTH:
		options->given |= TAKES_WIDTH;
		if (!parse_number("--width", text, 1024, &number))
			return false;
		options->width = number;
		return true;
	case 'n':
		options->given |= TAKES_INTERVAL;
		return parse_interval(options, text);
	case 'c':
		options->given |= TAKES_COUNT;
		return parse_number("--count", text, 1000000000, &options->count);
	default:
		return false;
	}
}

/* Of a long option that is not known getopt_long() has no value. */
static void odd_option(int option, const char *text)
{
	const char *why = option == ':' ? "it needs a value" : "there is no such option";

	if (optopt > 0 && optopt < OPTION_ROOT)
		trouble("-%c: %s: see \"hugecontig --help\"", optopt, why);
	else
		trouble("%s: %s: see \"hugecontig --help\"", text, why);
}

static bool check_options(const struct command *command, const struct options *options)
{
	unsigned int odd = options->given & ~command->takes, bit;

	for (bit = 0; bit < sizeof(option_names) / sizeof(*option_names); bit++) {
		if (odd & 1 << bit) {
			trouble("%s: there is no %s here: see \"hugecontig %s --help\"",
				command->name, option_names[bit], command->name);
			return false;
		}
	}
	if (options->nr_args >= command->min_args && options->nr_args <= command->max_args)
		return true;
	if (options->nr_args < command->min_args)
		trouble("%s: %s is missing: see \"hugecontig %s --help\"", command->name,
			command->synopsis, command->name);
	else
		trouble("%s: \"%s\" is too much: see \"hugecontig %s --help\"", command->name,
			options->args[command->max_args], command->name);
	return false;
}

static int run_command(const struct command *command, const struct options *options)
{
	if (options->help) {
		print_command_help(command);
		return EXIT_FINE;
	}
	if (!check_options(command, options))
		return EXIT_USAGE;
	if (source_set_root(options->root)) {
		trouble("can not look below %s: %s", *options->root ? options->root : "/",
			strerror(errno));
		return EXIT_PROBLEM;
	}
	return command->run(options);
}

static int run(struct options *options, int argc, char **argv)
{
	const struct command *command;
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":hn:c:", long_options, NULL)) != -1) {
		if (option == '?' || option == ':')
			odd_option(option, argv[optind - 1]);
		if (!parse_option(options, option, optarg))
			return EXIT_USAGE;
	}
	style_init(options->color);
	if (options->version) {
		puts("hugecontig " VERSION);
		return EXIT_FINE;
	}
	if (optind == argc) {
		if (options->help) {
			print_help();
			return EXIT_FINE;
		}
		trouble("a command is missing: see \"hugecontig --help\"");
		return EXIT_USAGE;
	}
	command = find_command(argv[optind]);
	if (!command) {
		trouble("there is no command \"%s\": see \"hugecontig --help\"", argv[optind]);
		return EXIT_USAGE;
	}
	options->args = argv + optind + 1;
	options->nr_args = argc - optind - 1;
	return run_command(command, options);
}

int main(int argc, char **argv)
{
	struct options options = { .root = "", .interval = USUAL_INTERVAL };
	int code = run(&options, argc, argv);

	if (!fflush(stdout) && !ferror(stdout))
		return code;
	trouble("can not write what was to be said: %s", strerror(errno));
	return code == EXIT_USAGE ? code : EXIT_PROBLEM;
}
