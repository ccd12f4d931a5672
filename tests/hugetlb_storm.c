// SPDX-License-Identifier: GPL-2.0-only
/*
 * hugetlb_storm [-d DEVICE] SECONDS STORM...: does the same thing to huge pages
 * again and again, each storm in a process of its own, and checks all the while
 * that they hold what was written. Prints "STORM ok LOOPS", "STORM SKIP why" or
 * "STORM BAD what" for each; exit code 1 if one was bad.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/mempolicy.h>
#include <linux/mman.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HUGE_SIZE	(2UL << 20)
#define GIGANTIC_SIZE	(512 * HUGE_SIZE)
#define PAGES		4
#define SIZE		(PAGES * HUGE_SIZE)
#define USAGE		2

static const char *storm_name;
static const char *device;	/* of at least SIZE bytes, may be overwritten */

static noreturn void end(int code, const char *format, ...)
{
	va_list arguments;

	printf("%s %s ", storm_name, code ? "BAD" : "SKIP");
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	puts("");
	fflush(stdout);
	_exit(code);
}

#define bad(...)	end(1, __VA_ARGS__)
#define skip(...)	end(0, __VA_ARGS__)

static void need(bool did, const char *what)
{
	if (!did)
		bad("%s: %s", what, strerror(errno));
}

static void on_sigbus(int signal)
{
	(void)signal;
	bad("SIGBUS: a page is gone");
}

static uint64_t *map_flags(size_t size, int flags)
{
	void *address = mmap(NULL, size, PROT_READ | PROT_WRITE,
			     MAP_ANONYMOUS | MAP_HUGETLB |
			     21 << MAP_HUGE_SHIFT | flags, -1, 0);

	need(address != MAP_FAILED, "mmap");
	return address;
}

static uint64_t *map_private(void)
{
	return map_flags(SIZE, MAP_PRIVATE);
}

static uint64_t value(uint64_t seed, size_t word)
{
	return (seed << 32 ^ word) * 0x9e3779b97f4a7c15ULL;
}

static void fill(uint64_t *words, size_t size, uint64_t seed)
{
	size_t i;

	for (i = 0; i < size / sizeof(*words); i++)
		words[i] = value(seed, i);
}

static void check_part(const uint64_t *words, size_t begin, size_t size,
		       uint64_t seed, const char *where)
{
	size_t i;

	for (i = begin / sizeof(*words); i < size / sizeof(*words); i++)
		if (words[i] != value(seed, i))
			bad("%s: word %zu is %#llx", where, i,
			    (unsigned long long)words[i]);
}

static void check(const uint64_t *words, size_t size, uint64_t seed,
		  const char *where)
{
	check_part(words, 0, size, seed, where);
}

static void reap(pid_t child, int expected)
{
	int status;

	need(waitpid(child, &status, 0) == child, "waitpid");
	if (status != expected)
		bad("a child ended with %#x", status);
}

/* Parent and child share the pages, and each gets its own by writing. */
static void storm_fork(uint64_t seed)
{
	uint64_t *words = map_private();
	pid_t child;

	fill(words, SIZE, seed);
	child = fork();
	need(child >= 0, "fork");
	check(words, SIZE, seed, child ? "parent" : "child");
	fill(words, SIZE / 2, seed + 1 + !child);
	check(words, SIZE / 2, seed + 1 + !child, "own");
	check_part(words, SIZE / 2, SIZE, seed, "shared");
	if (!child)
		_exit(0);
	reap(child, 0);
	munmap(words, SIZE);
}

/* Ends at any moment, with its pages. */
static void storm_exit(uint64_t seed)
{
	struct timespec moment = { .tv_nsec = seed * 7919 % 20 * 1000000 };
	pid_t child = fork();
	uint64_t *words;

	need(child >= 0, "fork");
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		words = map_private();
		for (;;)
			fill(words, SIZE, seed++);
	}
	nanosleep(&moment, NULL);
	kill(child, SIGKILL);
	reap(child, SIGKILL);
}

/* The same pages in each loop: they hold what the last one wrote. */
static uint64_t *rewrite(uint64_t seed)
{
	static uint64_t *words;

	if (words)
		check(words, SIZE, seed - 1, "before");
	else
		words = map_private();
	fill(words, SIZE, seed);
	return words;
}

static void storm_protect(uint64_t seed)
{
	uint64_t *words = rewrite(seed);

	need(!mprotect(words, SIZE, PROT_READ), "mprotect");
	check(words, SIZE, seed, "read only");
	need(!mprotect(words, SIZE, PROT_NONE), "mprotect");
	need(!mprotect(words, SIZE, PROT_READ | PROT_WRITE), "mprotect");
}

/*
 * Smaller from the end by one call, from the begin by another. 5.10.262 splits a
 * mapping before it takes i_mmap_rwsem, and asserts that it holds it: lockdep then
 * says so, module or not.
 */
static void storm_unmap(uint64_t seed)
{
	uint64_t *words;

	if (!access("/proc/lockdep", F_OK))
		skip("lockdep warns of hugetlb_split() of 5.10.262");
	words = map_private();
	fill(words, SIZE, seed);
	need(!munmap((char *)words + SIZE - HUGE_SIZE, HUGE_SIZE), "munmap");
	check(words, SIZE - HUGE_SIZE, seed, "after munmap");
	/* Huge pages can not grow this way before v5.16, but shrink. */
	need(mremap(words, SIZE - HUGE_SIZE, HUGE_SIZE, 0) == words, "mremap");
	check(words, HUGE_SIZE, seed, "after mremap");
	munmap(words, HUGE_SIZE);
}

/* Both processes have the same page table for the GiB that is aligned. */
static void storm_pmd(uint64_t seed)
{
	static uint64_t *words;
	pid_t child;

	if (!words) {
		uintptr_t address = (uintptr_t)map_flags(2 * GIGANTIC_SIZE,
					MAP_SHARED | MAP_NORESERVE);

		words = (uint64_t *)((address + GIGANTIC_SIZE - 1) &
				     -GIGANTIC_SIZE);
	}
	fill(words, SIZE, seed);
	child = fork();
	need(child >= 0, "fork");
	if (!child) {
		check(words, SIZE, seed, "child");
		fill(words, SIZE, seed + 1);
		_exit(0);
	}
	reap(child, 0);
	check(words, SIZE, seed + 1, "parent");
}

/* The pages are read to and written from by a device, page cache aside. */
static void storm_direct(uint64_t seed)
{
	static uint64_t *words;
	static int fd = -1;

	if (!words) {
		if (!device)
			skip("no device to write to");
		fd = open(device, O_RDWR | O_DIRECT);
		need(fd >= 0, device);
		words = map_private();
	}
	fill(words, SIZE, seed);
	need(pwrite(fd, words, SIZE, 0) == SIZE, "pwrite");
	check(words, SIZE, seed, "written");
	fill(words, SIZE, seed + 1);
	need(pread(fd, words, SIZE, 0) == SIZE, "pread");
	check(words, SIZE, seed, "read");
}

/* Pinned for a while as the buffers of a ring. */
static void storm_uring(uint64_t seed)
{
	static struct iovec iov = { .iov_len = SIZE };
	static int ring = -1;

	if (ring < 0) {
		struct io_uring_params params = { 0 };

		ring = syscall(SYS_io_uring_setup, 1, &params);
		if (ring < 0)
			skip("io_uring: %s", strerror(errno));
		iov.iov_base = map_private();
	}
	fill(iov.iov_base, SIZE, seed);
	need(!syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS,
		      &iov, 1), "io_uring_register");
	check(iov.iov_base, SIZE, seed, "pinned");
	need(!syscall(SYS_io_uring_register, ring, IORING_UNREGISTER_BUFFERS,
		      NULL, 0), "io_uring_unregister");
	check(iov.iov_base, SIZE, seed, "unpinned");
}

/* As a debugger does, by the calls it has for that. */
static void storm_debugger(uint64_t seed)
{
	uint64_t *remote = map_private(), *local = malloc(SIZE);
	struct iovec from = { .iov_base = local, .iov_len = SIZE };
	struct iovec to = { .iov_base = remote, .iov_len = SIZE };
	char path[64];
	pid_t child;
	int fd;

	need(local, "malloc");
	fill(remote, SIZE, seed);
	child = fork();
	need(child >= 0, "fork");
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	need(process_vm_readv(child, &from, 1, &to, 1, 0) == SIZE,
	     "process_vm_readv");
	check(local, SIZE, seed, "process_vm_readv");
	fill(local, SIZE, seed + 1);
	need(process_vm_writev(child, &from, 1, &to, 1, 0) == SIZE,
	     "process_vm_writev");
	snprintf(path, sizeof(path), "/proc/%d/mem", child);
	fd = open(path, O_RDWR);
	need(pread(fd, local, SIZE, (uintptr_t)remote) == SIZE, path);
	check(local, SIZE, seed + 1, path);
	close(fd);
	kill(child, SIGKILL);
	reap(child, SIGKILL);
	check(remote, SIZE, seed, "untouched");
	munmap(remote, SIZE);
	free(local);
}

/* Between two nodes, or to where they are. */
static void storm_move(uint64_t seed)
{
	uint64_t *words = rewrite(seed);
	unsigned long node = seed % 2 && !access("/sys/devices/system/node/node1",
						 F_OK);
	unsigned long mask = 1UL << node;
	int nodes[PAGES], status[PAGES], i;
	void *addresses[PAGES];

	for (i = 0; i < PAGES; i++) {
		nodes[i] = node;
		addresses[i] = (char *)words + i * HUGE_SIZE;
	}
	/* That a page is busy is no failure: somebody else migrates it. */
	need(syscall(SYS_move_pages, 0, PAGES, addresses, nodes, status,
		     MPOL_MF_MOVE) >= 0, "move_pages");
	check(words, SIZE, seed, "moved");
	if (syscall(SYS_mbind, words, SIZE, MPOL_BIND, &mask, 64, MPOL_MF_MOVE))
		need(errno == EIO, "mbind");
	check(words, SIZE, seed, "bound");
	need(!syscall(SYS_mbind, words, SIZE, MPOL_DEFAULT, NULL, 0, 0),
	     "mbind");
}

/* Each page leaves the pool for good, so only some. */
static void storm_offline(uint64_t seed)
{
	static unsigned int offlined;
	uint64_t *words = rewrite(seed);

	/* If it is busy, somebody else migrates it. */
	if (offlined < 2 * PAGES) {
		if (!madvise((char *)words + seed % PAGES * HUGE_SIZE, 4096,
			     MADV_SOFT_OFFLINE))
			offlined++;
		else if (errno != EBUSY && errno != EIO)
			bad("MADV_SOFT_OFFLINE: %s", strerror(errno));
	}
	check(words, SIZE, seed, "offlined");
}

struct storm {
	const char *name;
	void (*once)(uint64_t seed);
};

static const struct storm storms[] = {
	{ "fork",	storm_fork },
	{ "exit",	storm_exit },
	{ "protect",	storm_protect },
	{ "unmap",	storm_unmap },
	{ "pmd",	storm_pmd },
	{ "direct",	storm_direct },
	{ "uring",	storm_uring },
	{ "debugger",	storm_debugger },
	{ "move",	storm_move },
	{ "offline",	storm_offline },
};

#define NR_STORMS	(sizeof(storms) / sizeof(storms[0]))

static const struct storm *find_storm(const char *name)
{
	size_t i;

	for (i = 0; i < NR_STORMS; i++)
		if (!strcmp(storms[i].name, name))
			return &storms[i];
	fprintf(stderr, "hugetlb_storm: no storm '%s'; there are:", name);
	for (i = 0; i < NR_STORMS; i++)
		fprintf(stderr, " %s", storms[i].name);
	fprintf(stderr, "\n");
	exit(USAGE);
}

static noreturn void rage(const struct storm *storm, long seconds)
{
	time_t stop = time(NULL) + seconds;
	uint64_t loops = 0;

	storm_name = storm->name;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (time(NULL) < stop)
		storm->once(loops++);
	printf("%s ok %llu\n", storm->name, (unsigned long long)loops);
	exit(0);
}

int main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = on_sigbus };
	int first = 1, code = 0, status, i;
	long seconds;

	if (argc > 2 && !strcmp(argv[1], "-d")) {
		device = argv[2];
		first = 3;
	}
	seconds = first < argc ? atol(argv[first++]) : 0;
	if (seconds <= 0 || first == argc) {
		fprintf(stderr,
			"usage: hugetlb_storm [-d DEVICE] SECONDS STORM...\n");
		return USAGE;
	}
	sigaction(SIGBUS, &action, NULL);
	for (i = first; i < argc; i++)
		find_storm(argv[i]);
	for (i = first; i < argc; i++) {
		pid_t child = fork();

		if (child < 0) {
			perror("fork");
			return USAGE;
		}
		if (!child)
			rage(find_storm(argv[i]), seconds);
	}
	while (wait(&status) > 0)
		if (status)
			code = 1;
	return code;
}
