// SPDX-License-Identifier: GPL-2.0-only
/*
 * hugecontig explain: what is in the way of a range of memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "answer.h"
#include "command.h"
#include "iomem.h"
#include "module.h"
#include "source.h"
#include "target.h"
#include "text.h"
#include "trouble.h"

#define USUALLY_LISTED	20
/* More than a line of the list, as the module's own are. */
#define LISTED_LENGTH	256

static void refused(const char *path, const char *target, int error)
{
	if (error == EINVAL)
		trouble("explain: there is no memory \"%s\": dmesg says more", target);
	else
		trouble_file("write", path, error);
}

/* By one open file: what others ask for meanwhile does no harm. */
static FILE *ask_by_file(int fd, const char *target, const char *request)
{
	int error = 0;
	FILE *file;

	if (write(fd, request, strlen(request)) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		error = errno;
	file = error ? NULL : fdopen(fd, "r");
	if (!file) {
		close(fd);
		refused(MODULE_EXPLAIN, target, error);
	}
	return file;
}

/*
 * By the parameter, which can be written under lockdown, too. It is for all: others
 * that run this program wait until the file is open.
 */
static FILE *ask_by_parameter(const char *target, const char *request)
{
	int fd = source_open(MODULE_EXPLAIN_TARGET, O_WRONLY | O_TRUNC);
	FILE *file = NULL;

	if (fd < 0) {
		trouble_file("write", MODULE_EXPLAIN_TARGET, errno);
		return NULL;
	}
	flock(fd, LOCK_EX);
	if (write(fd, request, strlen(request)) < 0) {
		refused(MODULE_EXPLAIN_TARGET, target, errno);
	} else {
		file = source_fopen(MODULE_EXPLANATION);
		if (!file)
			trouble_file("read", MODULE_EXPLANATION, errno);
	}
	close(fd);
	return file;
}

static FILE *ask(const char *target, const char *how)
{
	int fd = source_open(MODULE_EXPLAIN, O_RDWR);
	char request[TARGET_LENGTH + 16];

	snprintf(request, sizeof(request), "%s%s\n", target, how);
	return fd < 0 ? ask_by_parameter(target, request) : ask_by_file(fd, target, request);
}

static void not_answered(const char *target, int error)
{
	if (error == EPROTO)
		trouble("explain: no whole answer for \"%s\": is the module of the same version?",
			target);
	else
		trouble("explain: no whole answer for \"%s\": %s", target, strerror(error));
}

/* Whether a line of JSON has that, which is written as there. */
static bool json_has(const char *line, const char *key, const char *value)
{
	char quoted[64];
	const char *at;

	snprintf(quoted, sizeof(quoted), "\"%s\"", key);
	at = strstr(line, quoted);
	if (!at)
		return false;
	at += strlen(quoted);
	at += strspn(at, " ");
	if (*at++ != ':')
		return false;
	at += strspn(at, " ");
	return !strncmp(at, value, strlen(value));
}

/* With @virtio_mem offline memory is not in the way. */
static int pass_json(const char *target, FILE *file, bool virtio_mem)
{
	bool given_back = false, stays = false;
	char line[SOURCE_LINE];
	int code = EXIT_PROBLEM;

	errno = 0;
	while (source_read_line(file, line, sizeof(line)) && *line == '{') {
		puts(line);
		if (json_has(line, "stays", "true")) {
			if (virtio_mem && json_has(line, "verdict", "\"" OFFLINE "\""))
				given_back = true;
			else
				stays = true;
		}
		if (json_has(line, "type", "\"result\""))
			code = json_has(line, "verdict", "\"can_be_emptied\"") ||
			       (given_back && !stays) ? EXIT_FINE : EXIT_BLOCKED;
	}
	if (!ferror(file))
		errno = EPROTO;
	if (ferror(file) || code == EXIT_PROBLEM) {
		not_answered(target, errno);
		code = EXIT_PROBLEM;
	}
	return code;
}

static int tell(const char *target, FILE *file, const struct options *options, bool virtio_mem)
{
	bool all = options->given & TAKES_ALL;
	struct answer answer = {
		.most = all ? ULLONG_MAX : USUALLY_LISTED,
		.virtio_mem = virtio_mem,
	};
	int code = EXIT_PROBLEM;

	/* All of them may be more than there is memory for. */
	answer.list = all ? tmpfile() : fmemopen(NULL, USUALLY_LISTED * LISTED_LENGTH, "w+");
	if (!answer.list) {
		trouble("explain: no temporary file for the list of obstacles: %s",
			strerror(errno));
		return EXIT_PROBLEM;
	}
	if (answer_read(&answer, file)) {
		not_answered(target, errno);
	} else {
		answer_print(&answer, !(options->given & TAKES_NO_MAP), options->width);
		code = answer.blocked ? EXIT_BLOCKED : EXIT_FINE;
	}
	fclose(answer.list);
	return code;
}

static int explain(const char *target, const struct options *options, bool virtio_mem)
{
	bool json = options->given & TAKES_JSON, all = options->given & TAKES_ALL;
	const char *how = " full";
	FILE *file;
	int code;

	if (json)
		how = all ? " json full" : " json";
	file = ask(target, how);
	if (!file)
		return EXIT_PROBLEM;
	code = json ? pass_json(target, file, virtio_mem) :
		      tell(target, file, options, virtio_mem);
	fclose(file);
	return code;
}

/* What failed counts more than what is blocked, and that more than what is not. */
static int worse(int left, int right)
{
	if (left == EXIT_PROBLEM || right == EXIT_PROBLEM)
		return EXIT_PROBLEM;
	return left ? left : right;
}

static int explain_virtio_mem(const struct options *options)
{
	bool json = options->given & TAKES_JSON;
	char target[TARGET_LENGTH], size[TEXT_SHORT];
	const struct plugged *plugged;
	int code = EXIT_FINE;
	struct iomem iomem;

	if (iomem_read(&iomem)) {
		trouble_file("read addresses of", "/proc/iomem", errno);
		return EXIT_PROBLEM;
	}
	for (plugged = iomem.plugged; plugged < iomem.plugged + iomem.nr; plugged++) {
		if (!json)
			printf("%s%s%s: %s at address 0x%llx%s\n",
			       plugged == iomem.plugged ? "" : "\n", style_on(STYLE_TITLE),
			       plugged->device,
			       text_bytes(size, plugged->end - plugged->start + 1),
			       plugged->start, style_off());
		snprintf(target, sizeof(target), "address 0x%llx-0x%llx", plugged->start,
			 plugged->end);
		code = worse(code, explain(target, options, true));
	}
	if (!iomem.nr) {
		trouble("explain: virtio-mem: %s: see /proc/iomem",
			iomem.nr_devices ? "no device has memory plugged" :
					   "there is no such device");
		code = EXIT_PROBLEM;
	}
	iomem_free(&iomem);
	return code;
}

static int run(const struct options *options)
{
	char target[TARGET_LENGTH];

	if (!target_parse(target, options->args, options->nr_args)) {
		trouble("explain: this is no target: see \"hugecontig explain --help\"");
		return EXIT_USAGE;
	}
	if (!source_exists(MODULE_DIRECTORY)) {
		trouble_file("read", MODULE_EXPLANATION, ENOENT);
		return EXIT_PROBLEM;
	}
	if (!strcmp(target, TARGET_VIRTIO_MEM))
		return explain_virtio_mem(options);
	return explain(target, options, false);
}

const struct command explain_command = {
	.name = "explain",
	.synopsis = "TARGET",
	.summary = "what is in the way of a range of memory, and what helps",
	.help =
	"Shows a map, the obstacles that stay, and whether the memory can be emptied. Nothing\n"
	"is moved. TARGET is one of\n"
	"\n"
	"  0xSTART-0xEND            pfns, both inclusive\n"
	"  address 0xSTART-0xEND    physical addresses, as /proc/iomem has them\n"
	"  '[START, END)'           pfns as the kernel prints them: hexadecimal, END is not\n"
	"                           included; the line of the log around it does no harm\n"
	"  memoryN                  a memory block of /sys/devices/system/memory\n"
	"  nodeN                    memory of a node\n"
	"  zone NAME                a zone of all nodes: DMA, DMA32, Normal, Movable\n"
	"  nodeN zone NAME          and of one node\n"
	"  virtio-mem               memory that virtio-mem devices have plugged; what they have\n"
	"                           given back of it is not in the way\n"
	"  all                      all memory\n"
	"\n"
	"  --all             list all obstacles that stay, and not the first 20 only; with\n"
	"                    --json also memory that is free or movable\n"
	"  --no-map          no map\n"
	"  --width CELLS     letters in a row of the map\n"
	"  --json            the lines of the module, an object each\n"
	"\n"
	"Exit status: 0 if it can be emptied, 3 if it is blocked.\n"
	"\n"
	"Examples:\n"
	"  hugecontig explain memory34\n"
	"  hugecontig explain node0 zone Movable --no-map --all\n"
	"  hugecontig explain 'alloc_contig_range: [100000, 100400) PFNs busy'\n"
	"  hugecontig explain virtio-mem && echo all of it can be unplugged\n",
	.takes = TAKES_JSON | TAKES_ALL | TAKES_NO_MAP | TAKES_WIDTH,
	.min_args = 1,
	.max_args = 64,
	.run = run,
};
