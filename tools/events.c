// SPDX-License-Identifier: GPL-2.0-only
/*
 * hugecontig events: what the tracepoints say, in a buffer of its own, so that other
 * tracers are not disturbed, and nothing is left behind.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "event.h"
#include "json.h"
#include "lockdown.h"
#include "module.h"
#include "signals.h"
#include "source.h"
#include "text.h"
#include "trouble.h"

#define INSTANCES	TRACEFS "/instances"
#define EVENTS		"/events/hugecontig"

/* Not every kernel wakes who polls at each event. */
#define LOOK_AGAIN_MS	250

/**
 * struct stream - lines that arrive in pieces
 * @fd:     where they come from
 * @json:   how to print them
 * @left:   how many events to print; 0: all
 * @length: of what there is of a line
 * @line:   that
 */
struct stream {
	int fd;
	bool json;
	unsigned long left;
	size_t length;
	char line[SOURCE_LINE];
};

static void tracefs_trouble(const char *what, const char *path, int error)
{
	if (lockdown_read() == LOCKDOWN_CONFIDENTIALITY)
		trouble("events: lockdown closes tracefs: see \"hugecontig failures\"");
	else
		trouble_file(what, path, error);
}

static void print_other(struct stream *stream, char *line)
{
	struct json json;

	if (!stream->json) {
		puts(text_make_safe(line));
		return;
	}
	json_begin(&json, stdout);
	json_string(&json, "type", "other");
	json_string(&json, "text", line);
	json_finish(&json);
}

/* False if that was the last event that is wanted. */
static bool print_line(struct stream *stream, char *line)
{
	struct event event;

	if (!stream->json)
		text_make_safe(line);
	if (!event_parse(&event, line)) {
		print_other(stream, line);
		return true;
	}
	if (stream->json)
		event_json(&event);
	else
		event_print(&event);
	return !stream->left || --stream->left;
}

/* Prints what is there; false at the end. */
static bool take_piece(struct stream *stream)
{
	char piece[4096];
	ssize_t length = read(stream->fd, piece, sizeof(piece)), i;

	if (length < 0)
		return errno == EAGAIN || errno == EINTR;
	for (i = 0; i < length; i++) {
		if (piece[i] != '\n') {
			if (stream->length < sizeof(stream->line) - 1)
				stream->line[stream->length++] = piece[i] ? piece[i] : '?';
			continue;
		}
		stream->line[stream->length] = '\0';
		stream->length = 0;
		if (!print_line(stream, stream->line))
			return false;
	}
	return !fflush(stdout) && length;
}

static int listen_to(const char *instance, const struct options *options)
{
	struct stream stream = {
		.json = options->given & TAKES_JSON,
		.left = options->count,
	};
	char path[128];

	snprintf(path, sizeof(path), "%s" EVENTS "/enable", instance);
	if (source_write(path, "1\n")) {
		tracefs_trouble("write", path, errno);
		return EXIT_PROBLEM;
	}
	snprintf(path, sizeof(path), "%s/trace_pipe", instance);
	stream.fd = source_open(path, O_RDONLY | O_NONBLOCK);
	if (stream.fd < 0) {
		tracefs_trouble("read", path, errno);
		return EXIT_PROBLEM;
	}
	do {
		signals_wait(stream.fd, LOOK_AGAIN_MS);
	} while (!signals_ending() && take_piece(&stream));
	close(stream.fd);
	return EXIT_FINE;
}

static int make_instance(const char *instance)
{
	if (!mkdirat(source_root_fd(), instance + 1, 0700))
		return 0;
	/* Of our pid there is no other: one that was killed has left it behind. */
	return errno == EEXIST ? 0 : -1;
}

static int run(const struct options *options)
{
	char instance[64], path[128];
	int code;

	if (!source_exists(MODULE_DIRECTORY)) {
		trouble_file("listen to", MODULE_DIRECTORY, ENOENT);
		return EXIT_PROBLEM;
	}
	snprintf(instance, sizeof(instance), INSTANCES "/hugecontig-%ld", (long)getpid());
	signals_catch(false);
	if (make_instance(instance)) {
		tracefs_trouble("make", instance, errno);
		return EXIT_PROBLEM;
	}
	code = listen_to(instance, options);
	snprintf(path, sizeof(path), "%s" EVENTS "/enable", instance);
	source_write(path, "0\n");
	if (unlinkat(source_root_fd(), instance + 1, AT_REMOVEDIR)) {
		trouble_file("remove", instance, errno);
		code = EXIT_PROBLEM;
	}
	signals_die();
	return code;
}

const struct command events_command = {
	.name = "events",
	.synopsis = "[-c COUNT]",
	.summary = "each request and each huge page, as it happens",
	.help =
	"Shows what the tracepoints of the module say, until it is interrupted. It has a buffer\n"
	"of its own in tracefs, which other tracers do not see, and removes it at the end.\n"
	"Times are seconds since the system was started.\n"
	"\n"
	"  -c, --count COUNT    end after so many events\n"
	"  --json               an object a line: type, time, comm, pid, cpu, and the fields of\n"
	"                       the event; ranges are start and end, which is exclusive\n"
	"\n"
	"Examples:\n"
	"  hugecontig events\n"
	"  hugecontig events --json -c 100 > events.json\n",
	.takes = TAKES_JSON | TAKES_COUNT,
	.run = run,
};
