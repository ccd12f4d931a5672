// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads the counters of the pool of 2 MiB pages as fast as it can, the global
 * ones in one thread and those of the nodes in another, until SIGTERM. Then
 * writes "NAME MIN MAX" for each and "samples N". With -p MICROSECONDS it pauses in
 * between: its own pages can be migrated then.
 */
#include <fcntl.h>
#include <glob.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sigterm.h"

#define GLOBAL	"/sys/kernel/mm/hugepages/hugepages-2048kB/"
#define NODES	"/sys/devices/system/node/node*/hugepages/hugepages-2048kB/"

#define MAX_COUNTERS	256

struct counter {
	char *path;
	int fd;
	long min, max;
};

struct group {
	struct counter counters[MAX_COUNTERS];
	size_t nr;
	unsigned long samples;
	pthread_t thread;
};

static struct group global_group, node_group;
static atomic_bool stop;
static useconds_t pause_us;

static void add_counters(struct group *group, const char *pattern)
{
	glob_t found;
	size_t i;

	if (glob(pattern, 0, NULL, &found)) {
		fprintf(stderr, "pool_sampler: no %s\n", pattern);
		exit(2);
	}
	for (i = 0; i < found.gl_pathc && group->nr < MAX_COUNTERS; i++) {
		struct counter *counter = &group->counters[group->nr++];

		counter->path = strdup(found.gl_pathv[i]);
		counter->fd = open(counter->path, O_RDONLY);
		counter->min = __LONG_MAX__;
		counter->max = -1;
		if (counter->fd < 0) {
			perror(counter->path);
			exit(2);
		}
	}
	globfree(&found);
}

static void sample(struct counter *counter)
{
	char text[32] = "";
	long value;

	if (pread(counter->fd, text, sizeof(text) - 1, 0) <= 0) {
		perror(counter->path);
		exit(2);
	}
	value = atol(text);
	if (value < counter->min)
		counter->min = value;
	if (value > counter->max)
		counter->max = value;
}

static void *sample_group(void *argument)
{
	struct group *group = argument;
	size_t i;

	do {
		for (i = 0; i < group->nr; i++)
			sample(&group->counters[i]);
		group->samples++;
		if (pause_us)
			usleep(pause_us);
	} while (!atomic_load(&stop));
	return NULL;
}

static void start(struct group *group)
{
	if (pthread_create(&group->thread, NULL, sample_group, group)) {
		perror("pthread_create");
		exit(2);
	}
}

static void report(struct group *group, FILE *file)
{
	size_t i;

	pthread_join(group->thread, NULL);
	for (i = 0; i < group->nr; i++)
		fprintf(file, "%s %ld %ld\n", group->counters[i].path,
			group->counters[i].min, group->counters[i].max);
}

int main(int argc, char **argv)
{
	FILE *file = stdout;
	int option;

	while ((option = getopt(argc, argv, "o:p:")) != -1) {
		if (option == 'o')
			file = fopen(optarg, "w");
		else if (option == 'p')
			pause_us = strtoul(optarg, NULL, 10);
		if (option == '?' || !file) {
			fprintf(stderr, "usage: pool_sampler [-o FILE] [-p US]\n");
			return 2;
		}
	}
	block_sigterm();

	add_counters(&global_group, GLOBAL "nr_hugepages");
	add_counters(&global_group, GLOBAL "free_hugepages");
	add_counters(&global_group, GLOBAL "resv_hugepages");
	add_counters(&global_group, GLOBAL "surplus_hugepages");
	add_counters(&node_group, NODES "*_hugepages");
	start(&global_group);
	start(&node_group);
	puts("ready");
	fflush(stdout);
	wait_for_sigterm();

	atomic_store(&stop, 1);
	report(&global_group, file);
	report(&node_group, file);
	fprintf(file, "samples %lu\n",
		global_group.samples < node_group.samples ?
		global_group.samples : node_group.samples);
	return fclose(file) != 0;
}
