// SPDX-License-Identifier: GPL-2.0-only
/*
 * hugecontig status: what the module is, and what it can do on this kernel.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "json.h"
#include "module.h"
#include "pairs.h"
#include "trouble.h"

/* A line is one of these, by what it looks like: later versions have more of them. */
enum kind {
	KIND_OTHER,
	KIND_CAPABILITY,
	KIND_REDIRECT,
};

/* "unavailable" */
#define WIDEST_STATE	11

#define IN_FLIGHT	"page_in_flight"
#define LAST_PFN	", last pfn "

static enum kind kind_of(const struct pair *pair)
{
	static const char * const states[] = { "native", "provided", "unavailable" };
	size_t length = strcspn(pair->value, ",");
	unsigned int i;

	if (pair_after(pair, "redirect_"))
		return KIND_REDIRECT;
	for (i = 0; i < sizeof(states) / sizeof(*states); i++)
		if (length == strlen(states[i]) && !strncmp(pair->value, states[i], length))
			return KIND_CAPABILITY;
	return KIND_OTHER;
}

static const char *why_of(const struct pair *pair)
{
	const char *why = strchr(pair->value, ',');

	return why ? why + 1 + strspn(why + 1, " ") : "";
}

static bool is_switched_on(const struct pairs *status)
{
	const char *enabled = pairs_get(status, "enabled");

	return enabled && *enabled == 'Y';
}

static enum style style_of(const struct pair *pair)
{
	switch (*pair->value) {
	case 'p':
		return STYLE_GOOD;
	case 'n':
		return STYLE_CALM;
	default:
		return STYLE_FAINT;
	}
}

static void print_capabilities(const struct pairs *status)
{
	const struct pair *pair;
	bool any = false;
	int length;

	for (pair = status->pair; pair < status->pair + status->nr; pair++) {
		if (kind_of(pair) != KIND_CAPABILITY)
			continue;
		length = strcspn(pair->value, ",");
		if (!any)
			printf("\n%sWhat is to be had on this kernel, and of whom%s\n",
			       style_on(STYLE_TITLE), style_off());
		any = true;
		printf("  %-24s  %s%.*s%s", pair->name, style_on(style_of(pair)), length,
		       pair->value, style_off());
		if (*why_of(pair))
			printf("%*s  %s", WIDEST_STATE - length, "", why_of(pair));
		putchar('\n');
	}
}

static void print_redirects(const struct pairs *status)
{
	const struct pair *pair;
	bool any = false;

	for (pair = status->pair; pair < status->pair + status->nr; pair++) {
		if (kind_of(pair) != KIND_REDIRECT)
			continue;
		if (!any)
			printf("\n%sRedirected functions of the kernel%s\n",
			       style_on(STYLE_TITLE), style_off());
		any = true;
		printf("  %-36s  %s\n", pair_after(pair, "redirect_"), pair->value);
	}
}

static void print_status(const struct pairs *status)
{
	bool on = is_switched_on(status);
	const struct pair *pair;

	for (pair = status->pair; pair < status->pair + status->nr; pair++) {
		if (kind_of(pair) != KIND_OTHER)
			continue;
		if (!strcmp(pair->name, "enabled"))
			printf("%-14s  %s%s%s\n", pair->name,
			       style_on(on ? STYLE_GOOD : STYLE_WARN), pair->value,
			       style_off());
		else
			printf("%-14s  %s\n", pair->name, pair->value);
	}
	print_capabilities(status);
	print_redirects(status);
}

static void json_capabilities(struct json *json, const struct pairs *status)
{
	const struct pair *pair;
	char state[16];

	json_open(json, "capabilities", '{');
	for (pair = status->pair; pair < status->pair + status->nr; pair++) {
		if (kind_of(pair) != KIND_CAPABILITY)
			continue;
		snprintf(state, sizeof(state), "%.*s", (int)strcspn(pair->value, ","),
			 pair->value);
		json_open(json, pair->name, '{');
		json_string(json, "state", state);
		json_string(json, "why", why_of(pair));
		json_close(json, '}');
	}
	json_close(json, '}');
}

static void json_redirects(struct json *json, const struct pairs *status)
{
	const struct pair *pair;

	json_open(json, "redirects", '{');
	for (pair = status->pair; pair < status->pair + status->nr; pair++)
		if (kind_of(pair) == KIND_REDIRECT)
			json_number(json, pair_after(pair, "redirect_"),
				    strtoull(pair->value, NULL, 10));
	json_close(json, '}');
}

static void json_in_flight(struct json *json, const char *value)
{
	const char *pfn = strstr(value, LAST_PFN);

	json_open(json, IN_FLIGHT, '{');
	json_number(json, "pages", strtoull(value, NULL, 10));
	if (pfn)
		json_string(json, "last_pfn", pfn + strlen(LAST_PFN));
	json_close(json, '}');
}

static void json_status(const struct pairs *status)
{
	const struct pair *pair;
	struct json json;

	json_begin(&json, stdout);
	for (pair = status->pair; pair < status->pair + status->nr; pair++) {
		if (kind_of(pair) != KIND_OTHER)
			continue;
		if (!strcmp(pair->name, "enabled"))
			json_bool(&json, pair->name, is_switched_on(status));
		else if (!strcmp(pair->name, IN_FLIGHT))
			json_in_flight(&json, pair->value);
		else
			json_string(&json, pair->name, pair->value);
	}
	json_capabilities(&json, status);
	json_redirects(&json, status);
	json_finish(&json);
}

static int run(const struct options *options)
{
	struct pairs status;

	if (pairs_read(&status, MODULE_STATUS, ':')) {
		trouble_file("read", MODULE_STATUS, errno);
		return EXIT_PROBLEM;
	}
	if (options->given & TAKES_JSON)
		json_status(&status);
	else
		print_status(&status);
	pairs_free(&status);
	return EXIT_FINE;
}

const struct command status_command = {
	.name = "status",
	.synopsis = "",
	.summary = "what the module is, and what it can do on this kernel",
	.help =
	"Shows version, switch and mode, the page that is being migrated, what of all this\n"
	"the kernel does itself (native) and what the module does (provided), and the\n"
	"functions of the kernel that it redirects, with how often they were called.\n"
	"\n"
	"  --json    an object: version, kernel, enabled, mode, page_in_flight,\n"
	"            capabilities (each with state and why), redirects\n"
	"\n"
	"Examples:\n"
	"  hugecontig status\n"
	"  hugecontig status --json | python3 -m json.tool\n",
	.takes = TAKES_JSON,
	.run = run,
};
