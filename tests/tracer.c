// SPDX-License-Identifier: GPL-2.0-only
/*
 * tracer fentry|perf FUNCTION: traces a kernel function, as bpftrace and perf do,
 * with a BPF program at its entry or with a kprobe of the kernel's perf events.
 * Prints "attached", and on SIGTERM "hits N". If the kernel refuses: what it
 * refused and why, and exit code 1, or 4 if it could not do it for any function.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sigterm.h"

#define MOST_CPUS	256
#define REFUSED		1
#define KSFT_SKIP	4

static void stop(const char *what, int code)
{
	printf("%s: %s\n", what, strerror(errno));
	exit(code);
}

static void trace(void)
{
	block_sigterm();
	puts("attached");
	fflush(stdout);
	wait_for_sigterm();
}

static void *read_btf(void)
{
	int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY);
	struct stat st;
	size_t got = 0;
	ssize_t part;
	char *btf;

	if (fd < 0 || fstat(fd, &st))
		stop("/sys/kernel/btf/vmlinux", KSFT_SKIP);
	btf = malloc(st.st_size);
	/* The file gives no more than a page at a time. */
	while ((part = read(fd, btf + got, st.st_size - got)) > 0)
		got += part;
	close(fd);
	return btf;
}

/* Kinds that the headers of older systems do not know. */
#define KIND_DECL_TAG	17
#define KIND_ENUM64	19

/* Bytes that follow a type: what its kind has, once or for each member. */
static size_t extra_size(const struct btf_type *type)
{
	size_t members = BTF_INFO_VLEN(type->info);

	switch (BTF_INFO_KIND(type->info)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case KIND_DECL_TAG:
		return sizeof(uint32_t);
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return members * sizeof(struct btf_member);
	case BTF_KIND_ENUM:
		return members * sizeof(struct btf_enum);
	case KIND_ENUM64:
		return members * 3 * sizeof(uint32_t);
	case BTF_KIND_FUNC_PROTO:
		return members * sizeof(struct btf_param);
	case BTF_KIND_DATASEC:
		return members * sizeof(struct btf_var_secinfo);
	}
	return 0;
}

static uint32_t type_id_of(const char *function)
{
	const struct btf_header *header = read_btf();
	const char *types = (const char *)header + header->hdr_len;
	const char *strings = types + header->str_off;
	const char *pos = types + header->type_off;
	const char *end = pos + header->type_len;
	uint32_t id;

	for (id = 1; pos < end; id++) {
		const struct btf_type *type = (const void *)pos;

		if (BTF_INFO_KIND(type->info) == BTF_KIND_FUNC &&
		    !strcmp(strings + type->name_off, function))
			return id;
		pos += sizeof(*type) + extra_size(type);
	}
	errno = ENOENT;
	stop("type of the function", REFUSED);
	return 0;
}

static int bpf(enum bpf_cmd command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

/* The program does nothing: it is the kernel that counts how often it ran. */
static void trace_fentry(const char *function)
{
	static const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr load = {
		.prog_type = BPF_PROG_TYPE_TRACING,
		.expected_attach_type = BPF_TRACE_FENTRY,
		.attach_btf_id = type_id_of(function),
		.insns = (uintptr_t)insns,
		.insn_cnt = sizeof(insns) / sizeof(insns[0]),
		.license = (uintptr_t)"GPL",
	};
	union bpf_attr stats = { .enable_stats.type = BPF_STATS_RUN_TIME };
	struct bpf_prog_info result = { 0 };
	union bpf_attr attach = { 0 }, info = { 0 };

	attach.raw_tracepoint.prog_fd = bpf(BPF_PROG_LOAD, &load);
	if ((int)attach.raw_tracepoint.prog_fd < 0)
		stop("BPF program", KSFT_SKIP);
	if (bpf(BPF_ENABLE_STATS, &stats) < 0)
		stop("BPF statistics", KSFT_SKIP);
	if (bpf(BPF_RAW_TRACEPOINT_OPEN, &attach) < 0)
		stop("attach", REFUSED);
	trace();
	info.info.bpf_fd = attach.raw_tracepoint.prog_fd;
	info.info.info = (uintptr_t)&result;
	info.info.info_len = sizeof(result);
	if (bpf(BPF_OBJ_GET_INFO_BY_FD, &info))
		stop("information about the BPF program", REFUSED);
	printf("hits %llu\n", result.run_cnt);
}

static uint32_t kprobe_pmu(void)
{
	FILE *file = fopen("/sys/bus/event_source/devices/kprobe/type", "r");
	uint32_t type;

	if (!file || fscanf(file, "%u", &type) != 1)
		stop("perf kprobe", KSFT_SKIP);
	fclose(file);
	return type;
}

/* For all tasks there is one event, with a kprobe of its own, on each CPU. */
static void trace_perf(const char *function)
{
	struct perf_event_attr attr = {
		.type = kprobe_pmu(),
		.size = sizeof(attr),
		.kprobe_func = (uintptr_t)function,
	};
	int cpus = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned long long hits = 0, count;
	int events[MOST_CPUS];
	int cpu;

	if (cpus > MOST_CPUS)
		cpus = MOST_CPUS;
	for (cpu = 0; cpu < cpus; cpu++) {
		events[cpu] = syscall(SYS_perf_event_open, &attr, -1, cpu, -1,
				      0);
		if (events[cpu] < 0)
			stop("perf event", REFUSED);
	}
	trace();
	for (cpu = 0; cpu < cpus; cpu++) {
		if (read(events[cpu], &count, sizeof(count)) != sizeof(count))
			stop("count of a perf event", REFUSED);
		hits += count;
	}
	printf("hits %llu\n", hits);
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "fentry")) {
		trace_fentry(argv[2]);
		return 0;
	}
	if (argc == 3 && !strcmp(argv[1], "perf")) {
		trace_perf(argv[2]);
		return 0;
	}
	fprintf(stderr, "usage: tracer fentry|perf FUNCTION\n");
	return 2;
}
