// SPDX-License-Identifier: GPL-2.0-only
/*
 * The doctor's look at the kernel: its release, how it was built, its symbols.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "doctor.h"
#include "source.h"

#define BTF		"/sys/kernel/btf/vmlinux"
#define KALLSYMS	"/proc/kallsyms"
#define OTHER_KERNEL	"this kernel is not supported: run one that docs/testing.md names"

/* What tests/kernels has, and dkms.conf. */
static const char * const series[] = { "5.10", "6.1", "6.12", "7.2", "7.3" };

static const char * const options[] = {
	"KPROBES", "KALLSYMS_ALL", "DYNAMIC_FTRACE_WITH_REGS", "DEBUG_INFO_BTF",
	"HUGETLB_PAGE", "CONTIG_ALLOC",
};

#define NR_OPTIONS	(sizeof(options) / sizeof(*options))

#define NR_NAMES	3

/**
 * struct symbol - what the module looks for, by one of its names
 * @names:  its names in different kernels; what is there of a later one is not looked at
 * @found:  how many there are of each
 * @clone:  what the compiler has made of each, or ""
 */
struct symbol {
	const char *names[NR_NAMES];
	unsigned int found[NR_NAMES];
	char clone[NR_NAMES][64];
};

static bool is_of_series(const char *release, const char *begin)
{
	size_t length = strlen(begin);

	return !strncmp(release, begin, length) &&
	       (!release[length] || strchr(".-+", release[length]));
}

/* These corrupt memory when a pool shrinks that has pages without their struct pages. */
static bool corrupts_optimized_pages(const char *release)
{
	return is_of_series(release, "6.12.117") || is_of_series(release, "6.12.118");
}

static bool has_optimized_pages(void)
{
	unsigned long long on = 0;
	char line[4096];

	if (!source_read_number("/proc/sys/vm/hugetlb_optimize_vmemmap", &on) && on)
		return true;
	return !source_read_first_line("/proc/cmdline", line, sizeof(line)) &&
	       (strstr(line, "hugetlb_free_vmemmap=on") ||
		strstr(line, "hugetlb_free_vmemmap=1"));
}

static void look_at_known_bugs(struct doctor *doctor)
{
	static const char what[] = "known bugs";

	if (!corrupts_optimized_pages(doctor->release))
		doctor_say(doctor, FINDING_OK, what, NULL, "none of this release");
	else if (has_optimized_pages())
		doctor_say(doctor, FINDING_WARN, what,
			   "leave hugetlb_free_vmemmap and vm.hugetlb_optimize_vmemmap off",
			   "with huge pages that lack their struct pages this kernel corrupts memory when a pool shrinks");
	else
		doctor_say(doctor, FINDING_OK, what, NULL,
			   "that of hugetlb_optimize_vmemmap does no harm, as it is off");
}

/**
 * doctor_kernel() - whether the module was tested on the kernel
 * @doctor: the examination
 */
void doctor_kernel(struct doctor *doctor)
{
	static const char what[] = "kernel";
	unsigned int i;

	if (!*doctor->release) {
		doctor_say(doctor, FINDING_UNKNOWN, what, "is /proc mounted?",
			   "its release can not be read");
		return;
	}
	for (i = 0; i < sizeof(series) / sizeof(*series); i++)
		if (is_of_series(doctor->release, series[i]))
			break;
	if (i < sizeof(series) / sizeof(*series))
		doctor_say(doctor, FINDING_OK, what, NULL, "%s, the module is tested on %s",
			   doctor->release, series[i]);
	else
		doctor_say(doctor, FINDING_WARN, what,
			   "use 5.10, 6.1, 6.12, 7.2 or 7.3, or see what the module says when it is loaded",
			   "%s, the module was not tested on such a kernel", doctor->release);
	look_at_known_bugs(doctor);
}

static bool option_of(const char *line, const char *option, const char *ending)
{
	size_t length = strlen(option);

	return !strncmp(line, "CONFIG_", 7) && !strncmp(line + 7, option, length) &&
	       !strcmp(line + 7 + length, ending);
}

static void look_at_btf(struct doctor *doctor)
{
	if (source_exists(BTF))
		doctor_say(doctor, FINDING_OK, "type information", NULL, BTF " is there");
	else
		doctor_say(doctor, FINDING_FAIL, "type information", OTHER_KERNEL,
			   BTF " is missing");
}

/**
 * doctor_options() - whether the kernel was built with what the module needs
 * @doctor: the examination
 */
void doctor_options(struct doctor *doctor)
{
	bool set[NR_OPTIONS] = { false };
	char path[160], what[64], line[SOURCE_LINE];
	unsigned int i;
	FILE *file;

	snprintf(path, sizeof(path), "/boot/config-%s", doctor->release);
	file = source_fopen(path);
	while (file && source_read_line(file, line, sizeof(line)))
		for (i = 0; i < NR_OPTIONS; i++)
			set[i] |= option_of(line, options[i], "=y");
	if (!file)
		doctor_say(doctor, FINDING_UNKNOWN, "kernel options",
			   "the build of the module says which one is missing",
			   "can not read %s: %s", path, strerror(errno));
	for (i = 0; file && i < NR_OPTIONS; i++) {
		snprintf(what, sizeof(what), "option CONFIG_%s", options[i]);
		doctor_say(doctor, set[i] ? FINDING_OK : FINDING_FAIL, what,
			   set[i] ? NULL : OTHER_KERNEL, set[i] ? "set" : "not set");
	}
	if (file)
		fclose(file);
	look_at_btf(doctor);
}

/* A part that is hardly ever run may be elsewhere: that is no clone. */
static void note_symbol(struct symbol *symbol, const char *name)
{
	size_t length;
	unsigned int i;

	for (i = 0; i < NR_NAMES && symbol->names[i]; i++) {
		length = strlen(symbol->names[i]);
		if (strncmp(name, symbol->names[i], length))
			continue;
		if (!name[length])
			symbol->found[i]++;
		else if (name[length] == '.' && strncmp(name + length, ".cold", 5))
			snprintf(symbol->clone[i], sizeof(symbol->clone[i]), "%s", name);
	}
}

static void tell_symbol(struct doctor *doctor, const struct symbol *symbol)
{
	unsigned int i = 0;
	char what[64];

	/* What was renamed may be there by its old name, too, and calls the new one. */
	while (!symbol->found[i] && !*symbol->clone[i] && i + 1 < NR_NAMES &&
	       symbol->names[i + 1])
		i++;
	snprintf(what, sizeof(what), "symbol %s", symbol->names[i]);
	if (*symbol->clone[i])
		doctor_say(doctor, FINDING_FAIL, what, OTHER_KERNEL,
			   "the compiler made %s of it", symbol->clone[i]);
	else if (!symbol->found[i])
		doctor_say(doctor, FINDING_FAIL, what, OTHER_KERNEL, "missing");
	else if (symbol->found[i] > 1)
		doctor_say(doctor, FINDING_FAIL, what, OTHER_KERNEL,
			   "ambiguous, there are %u of the name", symbol->found[i]);
	else
		doctor_say(doctor, FINDING_OK, what, NULL, "there");
}

/**
 * doctor_symbols() - whether the kernel has what the module redirects, as it knows it
 * @doctor: the examination
 */
void doctor_symbols(struct doctor *doctor)
{
	struct symbol symbols[] = {
		{ .names = { "alloc_contig_frozen_range_noprof", "alloc_contig_range_noprof",
			     "alloc_contig_range" } },
		{ .names = { "alloc_contig_frozen_pages_noprof", "alloc_contig_pages_noprof",
			     "alloc_contig_pages" } },
		{ .names = { "isolate_migratepages_block" } },
		{ .names = { "move_hugetlb_state" } },
		{ .names = { "hugetlb_vm_op_close" } },
		{ .names = { "remove_inode_hugepages" } },
		{ .names = { "hugetlb_lock" } },
	};
	unsigned int i, nr = sizeof(symbols) / sizeof(*symbols);
	FILE *file = source_fopen(KALLSYMS);
	char line[SOURCE_LINE], *name;

	while (file && source_read_line(file, line, sizeof(line))) {
		/* Address, type, name; and a module, whose symbols do not count. */
		name = strchr(line, ' ');
		name = name ? strchr(name + 1, ' ') : NULL;
		if (!name || strchr(line, '['))
			continue;
		name++;
		name[strcspn(name, " \t")] = '\0';
		for (i = 0; i < nr; i++)
			note_symbol(&symbols[i], name);
	}
	if (!file)
		doctor_say(doctor, FINDING_UNKNOWN, "symbols", "run it as root",
			   "can not read " KALLSYMS ": %s", strerror(errno));
	for (i = 0; file && i < nr; i++)
		tell_symbol(doctor, &symbols[i]);
	if (file)
		fclose(file);
}
