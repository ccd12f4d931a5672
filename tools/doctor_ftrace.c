// SPDX-License-Identifier: GPL-2.0-only
/*
 * The doctor's look at ftrace: one user of a function may change where it goes.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "module.h"
#include "pairs.h"
#include "source.h"

#define ENABLED_FUNCTIONS	TRACEFS "/enabled_functions"
#define LIVEPATCHES		"/sys/kernel/livepatch"
#define OURS			"[hugecontig]"

/* All that the module redirects on one kernel or another. */
static const char * const functions[] = {
	"alloc_contig_range", "alloc_contig_range_noprof",
	"alloc_contig_frozen_range_noprof", "alloc_contig_pages",
	"alloc_contig_pages_noprof", "alloc_contig_frozen_pages_noprof",
	"isolate_migratepages_block", "move_hugetlb_state", "hugetlb_vm_op_close",
	"remove_inode_hugepages", "replace_free_hugepage_folios",
};

static const char *function_of(const char *line)
{
	size_t length = strcspn(line, " ");
	unsigned int i;

	for (i = 0; i < sizeof(functions) / sizeof(*functions); i++)
		if (length == strlen(functions[i]) && !strncmp(line, functions[i], length))
			return functions[i];
	return NULL;
}

/*
 * "name (1) R I     \ttramp: ...": flags are behind the number, and end where the names
 * of users begin. Before 6.0 D, a BPF program, excludes others, too.
 */
static bool has_flag(const char *line, char flag)
{
	const char *flags = strstr(line, ") "), *at;

	if (!flags)
		return false;
	flags += 2;
	at = memchr(flags, flag, strcspn(flags, "\t-"));
	return at && (at[1] == ' ' || at[1] == '\t' || !at[1]);
}

/* A live patch is a directory, in it one for each function: vmlinux/NAME,1. */
static bool livepatch_of(const char *function, char *name, size_t size)
{
	DIR *patches = source_opendir(LIVEPATCHES), *patched;
	struct dirent *patch, *entry;
	size_t length = strlen(function);
	char path[320];
	bool found = false;

	while (patches && !found && (patch = readdir(patches))) {
		if (*patch->d_name == '.')
			continue;
		snprintf(path, sizeof(path), LIVEPATCHES "/%s/vmlinux", patch->d_name);
		patched = source_opendir(path);
		while (patched && !found && (entry = readdir(patched)))
			found = !strncmp(entry->d_name, function, length) &&
				entry->d_name[length] == ',';
		if (patched)
			closedir(patched);
		if (found)
			snprintf(name, size, "the live patch %s", patch->d_name);
	}
	if (patches)
		closedir(patches);
	return found;
}

/*
 * "tramp: address (its_function+0x0/0x10 [module]) ->..." names the only user. The
 * address may be one that a module had while it was initialized, and be shown as that of
 * the module: only the parenthesis counts.
 */
static bool is_ours(const char *line)
{
	const char *open = strchr(line, '\t'), *close, *module;

	while (open && (open = strchr(open, '('))) {
		close = strchr(open, ')');
		module = strstr(open, OURS);
		if (close && module && module < close)
			return true;
		open++;
	}
	return false;
}

/* With others beside it there is one function for all of them, and no name. */
static void holder_of(const char *function, const char *line, char *name, size_t size)
{
	const char *users = strstr(line, "tramp:"), *open, *close, *module;

	open = users ? strchr(users, '(') : NULL;
	close = open ? strchr(open, ')') : NULL;
	if (livepatch_of(function, name, size))
		return;
	if (!close) {
		snprintf(name, size, "somebody, with others that trace it");
		return;
	}
	module = memchr(open, '[', close - open);
	if (module)
		snprintf(name, size, "the module %.*s",
			 (int)(strcspn(module + 1, "]")), module + 1);
	else if (strstr(open, "kprobe"))
		snprintf(name, size, "a kprobe with a post handler");
	else if (strstr(open, "klp_"))
		snprintf(name, size, "a live patch");
	else
		snprintf(name, size, "%.*s", (int)(close - open - 1), open + 1);
}

static bool is_redirected(const struct pairs *status, const char *function)
{
	char name[80];

	snprintf(name, sizeof(name), "redirect_%s", function);
	return pairs_get(status, name);
}

static void tell_line(struct doctor *doctor, const struct pairs *status, const char *line)
{
	const char *function = function_of(line);
	char what[80], holder[320];
	bool changes, bpf;

	if (!function)
		return;
	changes = has_flag(line, 'I');
	bpf = has_flag(line, 'D') && atoi(doctor->release) < 6;
	if (!changes && !bpf)
		return;
	snprintf(what, sizeof(what), "function %s", function);
	/* Of two users only one is named, or none; the kernel takes no second that changes. */
	if (changes && (is_ours(line) ||
			(!strstr(line, "tramp:") && is_redirected(status, function)))) {
		doctor_say(doctor, FINDING_OK, what, NULL, "redirected by the module");
		return;
	}
	if (changes)
		holder_of(function, line, holder, sizeof(holder));
	else
		snprintf(holder, sizeof(holder), "a BPF program");
	doctor_say(doctor, FINDING_FAIL, what,
		   "the module can not be enabled until that gives the function back",
		   "taken by %s", holder);
}

static void look_at_functions(struct doctor *doctor)
{
	FILE *file = source_fopen(ENABLED_FUNCTIONS);
	unsigned int failed = doctor->nr[FINDING_FAIL];
	char line[SOURCE_LINE], enabled[8] = "";
	struct pairs status = { 0 };

	if (!file) {
		doctor_say(doctor, FINDING_UNKNOWN, "functions",
			   "run it as root, with tracefs mounted on " TRACEFS,
			   "can not read " ENABLED_FUNCTIONS ": %s", strerror(errno));
		return;
	}
	/* While it is off, what it redirects is a list of what it would. */
	source_read_first_line(MODULE_ENABLED, enabled, sizeof(enabled));
	if (*enabled == 'Y')
		pairs_read(&status, MODULE_STATUS, ':');
	while (source_read_line(file, line, sizeof(line)))
		tell_line(doctor, &status, line);
	if (doctor->nr[FINDING_FAIL] == failed)
		doctor_say(doctor, FINDING_OK, "functions", NULL,
			   "nobody else has one of those that the module redirects");
	pairs_free(&status);
	fclose(file);
}

static void look_at_livepatches(struct doctor *doctor)
{
	DIR *directory = source_opendir(LIVEPATCHES);
	struct dirent *entry;
	unsigned int nr = 0;

	while (directory && (entry = readdir(directory)))
		nr += *entry->d_name != '.';
	if (directory)
		closedir(directory);
	if (nr)
		doctor_say(doctor, FINDING_OK, "live patches", NULL,
			   "%u: as long as the module is on they can not have its functions",
			   nr);
	else
		doctor_say(doctor, FINDING_OK, "live patches", NULL, "none");
}

static void look_at_sysctl(struct doctor *doctor)
{
	unsigned long long on;

	if (source_read_number("/proc/sys/kernel/ftrace_enabled", &on))
		doctor_say(doctor, FINDING_UNKNOWN, "ftrace", "is /proc mounted?",
			   "can not read /proc/sys/kernel/ftrace_enabled: %s", strerror(errno));
	else if (on)
		doctor_say(doctor, FINDING_OK, "ftrace", NULL, "on");
	else
		doctor_say(doctor, FINDING_FAIL, "ftrace",
			   "run \"sysctl kernel.ftrace_enabled=1\"",
			   "off: nothing can be redirected");
}

/**
 * doctor_ftrace() - whether the module can have the functions that it redirects
 * @doctor: the examination
 */
void doctor_ftrace(struct doctor *doctor)
{
	look_at_sysctl(doctor);
	look_at_functions(doctor);
	look_at_livepatches(doctor);
}
