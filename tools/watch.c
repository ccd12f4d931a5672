// SPDX-License-Identifier: GPL-2.0-only
/*
 * hugecontig watch: what the module does just now.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "command.h"
#include "module.h"
#include "sample.h"
#include "screen.h"
#include "signals.h"
#include "text.h"
#include "trouble.h"

#define LAST_FAILURES	5
#define FAILED		"failed_"

/* In this order; those of mode observe only if there were any. */
static const struct {
	const char *name;
	const char *shown;
	bool observed;
} counters[] = {
	{ "requests", "requests", false },
	{ "requests_ok", "  got their range", false },
	{ "free_replaced", "huge pages replaced", false },
	{ "inuse_migrated", "huge pages migrated", false },
	{ "gigantic_given_up", "1 GiB pages given up", false },
	{ "would_replace", "would have replaced", true },
	{ "would_migrate", "would have migrated", true },
	{ "would_give_up", "would have given up", true },
};

#define NR_COUNTERS	(sizeof(counters) / sizeof(*counters))

/**
 * struct pair_of_samples - what a block is made of
 * @before: the sample before, empty at first
 * @now:    this one
 * @interval: seconds between them
 */
struct pair_of_samples {
	struct sample before;
	struct sample now;
	double interval;
};

static const char *status_of(const struct sample *sample, const char *name)
{
	const char *value = pairs_get(&sample->status, name);

	return value ? value : "?";
}

static bool is_on(const struct sample *sample)
{
	return *status_of(sample, "enabled") == 'Y';
}

static void print_head(FILE *out, const struct pair_of_samples *samples)
{
	const struct sample *now = &samples->now;
	time_t seconds = now->time;
	struct tm local;
	char when[32] = "?";

	if (localtime_r(&seconds, &local))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &local);
	fprintf(out, "%shugecontig%s  %s  every %g s\n", style_on(STYLE_TITLE), style_off(),
		when, samples->interval);
	if (now->loaded)
		fprintf(out, "switch %s%s%s  mode %s  version %s  kernel %s\n",
			style_on(is_on(now) ? STYLE_GOOD : STYLE_WARN),
			is_on(now) ? "on" : "off", style_off(), status_of(now, "mode"),
			status_of(now, "version"), status_of(now, "kernel"));
	else
		fprintf(out, "%sthe module is not loaded%s\n", style_on(STYLE_BAD),
			style_off());
}

static void print_counter(FILE *out, const struct pair_of_samples *samples, const char *shown,
			  const char *name, bool if_any)
{
	unsigned long long number;
	double rate;

	if (!pairs_number(&samples->now.stats, name, &number) || (if_any && !number))
		return;
	fprintf(out, "%-28s %14llu", shown, number);
	rate = sample_rate(&samples->before, &samples->now, name);
	if (rate >= 0)
		fprintf(out, " %s%10.1f%s\n", rate > 0 ? "" : style_on(STYLE_FAINT), rate,
			rate > 0 ? "" : style_off());
	else
		fprintf(out, " %10s\n", "-");
}

static void print_counters(FILE *out, const struct pair_of_samples *samples)
{
	const struct pairs *stats = &samples->now.stats;
	const char *reason;
	char shown[32];
	unsigned int i;

	fprintf(out, "\n%s%-28s %14s %10s%s\n", style_on(STYLE_TITLE), "", "TOTAL", "PER SECOND",
		style_off());
	for (i = 0; i < NR_COUNTERS; i++)
		print_counter(out, samples, counters[i].shown, counters[i].name,
			      counters[i].observed);
	for (i = 0; i < stats->nr; i++) {
		reason = pair_after(&stats->pair[i], FAILED);
		if (!reason)
			continue;
		snprintf(shown, sizeof(shown), "failed: %.20s", reason);
		print_counter(out, samples, shown, stats->pair[i].name, true);
	}
}

static void print_pools(FILE *out, const struct sample *now)
{
	const struct pool *pool;
	char size[TEXT_SHORT];

	fprintf(out, "\n%s%-10s %-8s %14s %14s %14s%s\n", style_on(STYLE_TITLE), "POOL", "NODE",
		"TOTAL", "FREE", "SURPLUS", style_off());
	for (pool = now->pools.pool; pool < now->pools.pool + now->pools.nr; pool++)
		if (pool->node != POOL_ANY_NODE)
			fprintf(out, "%-10s %-8d %14llu %14llu %14llu\n",
				text_bytes(size, pool->size_kb * 1024), pool->node,
				pool->total, pool->free, pool->surplus);
	if (now->plugged_known)
		fprintf(out, "\nmemory blocks of virtio-mem: %s\n",
			now->plugged ? text_bytes(size, now->plugged) : "none");
}

static void print_block(FILE *out, const struct pair_of_samples *samples)
{
	print_head(out, samples);
	if (samples->now.loaded)
		print_counters(out, samples);
	print_pools(out, &samples->now);
	if (samples->now.failures.nr) {
		putc('\n', out);
		failures_print(out, &samples->now.failures, LAST_FAILURES, samples->now.time);
	}
}

static void json_counter(struct json *json, const struct pair_of_samples *samples,
			 const char *key, const char *name)
{
	unsigned long long number;
	double rate;

	if (!pairs_number(&samples->now.stats, name, &number))
		return;
	json_open(json, key, '{');
	json_number(json, "total", number);
	rate = sample_rate(&samples->before, &samples->now, name);
	if (rate >= 0)
		json_decimal(json, "per_second", rate);
	else
		json_null(json, "per_second");
	json_close(json, '}');
}

static void json_counters(struct json *json, const struct pair_of_samples *samples)
{
	const struct pairs *stats = &samples->now.stats;
	const char *reason;
	unsigned int i;

	json_open(json, "counters", '{');
	for (i = 0; i < NR_COUNTERS; i++)
		json_counter(json, samples, counters[i].name, counters[i].name);
	json_close(json, '}');
	json_open(json, "failed", '{');
	for (i = 0; i < stats->nr; i++) {
		reason = pair_after(&stats->pair[i], FAILED);
		if (reason)
			json_counter(json, samples, reason, stats->pair[i].name);
	}
	json_close(json, '}');
}

static void json_pools(struct json *json, const struct pools *pools)
{
	const struct pool *pool;

	json_open(json, "pools", '[');
	for (pool = pools->pool; pool < pools->pool + pools->nr; pool++) {
		if (pool->node == POOL_ANY_NODE)
			continue;
		json_open(json, NULL, '{');
		json_number(json, "node", pool->node);
		json_number(json, "size_kb", pool->size_kb);
		json_number(json, "total", pool->total);
		json_number(json, "free", pool->free);
		json_number(json, "surplus", pool->surplus);
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void json_block(const struct pair_of_samples *samples)
{
	const struct sample *now = &samples->now;
	size_t i = now->failures.nr > LAST_FAILURES ? now->failures.nr - LAST_FAILURES : 0;
	struct json json;

	json_begin(&json, stdout);
	json_decimal(&json, "time", now->time);
	json_bool(&json, "loaded", now->loaded);
	if (now->loaded) {
		json_bool(&json, "enabled", is_on(now));
		json_string(&json, "mode", status_of(now, "mode"));
		json_counters(&json, samples);
	}
	json_pools(&json, &now->pools);
	if (now->plugged_known)
		json_number(&json, "virtio_mem_plugged_bytes", now->plugged);
	else
		json_null(&json, "virtio_mem_plugged_bytes");
	json_open(&json, "failures", '[');
	for (; i < now->failures.nr; i++) {
		json_open(&json, NULL, '{');
		failure_json(&json, &now->failures.failure[i]);
		json_close(&json, '}');
	}
	json_close(&json, ']');
	json_finish(&json);
}

static void draw_block(const struct pair_of_samples *samples)
{
	char *frame = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&frame, &size);

	if (!out)
		return;
	print_block(out, samples);
	if (!fclose(out))
		screen_draw(frame);
	free(frame);
}

/* Waits for the next block; false if the user has had enough. */
static bool wait_on_screen(const struct pair_of_samples *samples)
{
	struct timespec time;
	double end = samples->now.at + samples->interval, left;

	for (;;) {
		clock_gettime(CLOCK_MONOTONIC, &time);
		left = end - (time.tv_sec + time.tv_nsec / 1e9);
		if (left <= 0)
			return true;
		/* Rounded up, and short enough for the type. */
		if (signals_wait(screen_keys(), left < 3600 ? left * 1000 + 1 : 3600 * 1000) &&
		    screen_quit())
			return false;
		if (signals_ending())
			return false;
		if (signals_stopped()) {
			screen_leave();
			raise(SIGSTOP);
			screen_enter();
			draw_block(samples);
		}
		if (signals_resized())
			draw_block(samples);
	}
}

static void sleep_for(double seconds)
{
	struct timespec time = { .tv_sec = seconds };

	time.tv_nsec = (seconds - time.tv_sec) * 1e9;
	nanosleep(&time, NULL);
}

static void next_sample(struct pair_of_samples *samples, bool safe)
{
	sample_free(&samples->before);
	samples->before = samples->now;
	sample_take(&samples->now, safe);
}

static void watch_screen(struct pair_of_samples *samples, unsigned long count)
{
	unsigned long i;

	signals_catch(true);
	screen_enter();
	for (i = 0; !count || i < count; i++) {
		next_sample(samples, true);
		draw_block(samples);
		if (!wait_on_screen(samples))
			break;
	}
	screen_leave();
}

static void watch_lines(struct pair_of_samples *samples, unsigned long count, bool json)
{
	unsigned long i;

	for (i = 0; !count || i < count; i++) {
		if (i)
			sleep_for(samples->interval);
		next_sample(samples, !json);
		if (json) {
			json_block(samples);
		} else {
			fputs(i ? "\n" : "", stdout);
			print_block(stdout, samples);
		}
		if (fflush(stdout))
			break;
	}
}

static int run(const struct options *options)
{
	struct pair_of_samples samples = { .interval = options->interval };
	bool json = options->given & TAKES_JSON;
	struct pairs status;

	/* Once, to say what is wrong while there is somebody who started it. */
	if (pairs_read(&status, MODULE_STATUS, ':')) {
		trouble_file("read", MODULE_STATUS, errno);
		return EXIT_PROBLEM;
	}
	pairs_free(&status);
	if (style_terminal() && !json)
		watch_screen(&samples, options->count);
	else
		watch_lines(&samples, options->count, json);
	sample_free(&samples.before);
	sample_free(&samples.now);
	signals_die();
	return EXIT_FINE;
}

const struct command watch_command = {
	.name = "watch",
	.synopsis = "[-n SECONDS] [-c COUNT]",
	.summary = "what it does just now, redrawn until q is pressed",
	.help =
	"Shows switch and mode, counters and how fast they move, failures by reason, the pools\n"
	"of each node, memory of virtio-mem, and the last requests that failed. What is no\n"
	"terminal gets one block after another.\n"
	"\n"
	"  -n, --interval SECONDS    time between two blocks, 0.1 to 86400; 2 if not given\n"
	"  -c, --count COUNT         end after so many\n"
	"  --json                    an object a line for each block\n"
	"\n"
	"Examples:\n"
	"  hugecontig watch\n"
	"  hugecontig watch -n 60 --json >> hugecontig.log\n"
	"  hugecontig watch -n 1 -c 10 > ten-seconds.txt\n",
	.takes = TAKES_JSON | TAKES_INTERVAL | TAKES_COUNT,
	.run = run,
};
