// SPDX-License-Identifier: GPL-2.0-only
/*
 * A user of 2 MiB huge pages who can prove that no word of them is lost, and that
 * all of them were zero at first.
 *
 * Each 64-bit word holds a value made of its page, its place in the page and
 * the generation of the page. Threads (-w) verify a page, word by word, and
 * write its next generation, for ever. SIGTERM: verify every word of every page
 * and print "ok ..." or "BAD ...". With -u a userfaultfd waits for faults on
 * pages that are missing; as they are all there, each of them is wrong.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <linux/mempolicy.h>
#include <linux/mman.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pagemap.h"
#include "sigterm.h"

#define HUGE_SIZE	(2UL << 20)
#define HUGE_WORDS	(HUGE_SIZE / sizeof(uint64_t))
#define USAGE		2

static const char *type = "private";
static const char *directory = "/dev/hugepages";
static const char *status_file, *pfn_file;
static size_t nr_pages = 1;
static int nr_threads;
static bool reserve_only, watch_faults;

static volatile uint64_t *memory;
static uint32_t *generations;	/* by page; a page has one thread */
static atomic_bool stop, bad;
static atomic_ulong loops;

static void die(const char *what)
{
	fprintf(stderr, "hugetlb_user: %s: %s\n", what, strerror(errno));
	exit(USAGE);
}

static uint64_t word_value(size_t page, size_t word, uint32_t generation)
{
	return ((uint64_t)page << 48 ^ (uint64_t)generation << 20 ^ word) *
	       0x9e3779b97f4a7c15ULL;
}

static void write_page(size_t page)
{
	volatile uint64_t *words = memory + page * HUGE_WORDS;
	size_t i;

	for (i = 0; i < HUGE_WORDS; i++)
		words[i] = word_value(page, i, generations[page]);
}

static bool verify_page(size_t page)
{
	volatile uint64_t *words = memory + page * HUGE_WORDS;
	size_t i;

	for (i = 0; i < HUGE_WORDS; i++) {
		uint64_t found = words[i];
		uint64_t expected = word_value(page, i, generations[page]);

		if (found == expected)
			continue;
		if (!atomic_exchange(&bad, true))
			printf("BAD page %zu word %zu: %#llx, expected %#llx\n",
			       page, i, (unsigned long long)found,
			       (unsigned long long)expected);
		return false;
	}
	return true;
}

/* Nobody may see what its last user, or that of its memory, has left in a page. */
static void expect_zeroes(size_t page)
{
	volatile uint64_t *words = memory + page * HUGE_WORDS;
	size_t i;

	for (i = 0; i < HUGE_WORDS && !words[i]; i++)
		;
	if (i == HUGE_WORDS)
		return;
	atomic_store(&bad, true);
	printf("BAD page %zu word %zu: %#llx in a new page\n", page, i,
	       (unsigned long long)words[i]);
}

static bool verify_all(void)
{
	bool right = true;
	size_t page;

	for (page = 0; page < nr_pages; page++)
		right &= verify_page(page);
	return right;
}

static void *writer(void *argument)
{
	size_t first = (size_t)(intptr_t)argument, page;

	while (!atomic_load(&stop)) {
		for (page = first; page < nr_pages && !atomic_load(&stop);
		     page += nr_threads) {
			if (!verify_page(page))
				return NULL;
			generations[page]++;
			write_page(page);
		}
		atomic_fetch_add(&loops, 1);
	}
	return NULL;
}

/* Reports faults on missing pages, and lets who waits try again. */
static void *fault_watcher(void *argument)
{
	struct pollfd fd = { .fd = (intptr_t)argument, .events = POLLIN };
	struct uffd_msg message;

	while (poll(&fd, 1, -1) > 0 &&
	       read(fd.fd, &message, sizeof(message)) == sizeof(message)) {
		struct uffdio_range range = {
			.start = message.arg.pagefault.address & -HUGE_SIZE,
			.len = HUGE_SIZE,
		};

		if (!atomic_exchange(&bad, true))
			printf("BAD fault at %#llx: the page is there\n",
			       (unsigned long long)range.start);
		ioctl(fd.fd, UFFDIO_WAKE, &range);
	}
	return NULL;
}

static void watch(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register area = {
		.range = {
			.start = (uintptr_t)memory,
			.len = nr_pages * HUGE_SIZE,
		},
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	pthread_t thread;

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) ||
	    ioctl(fd, UFFDIO_REGISTER, &area))
		die("userfaultfd");
	if (pthread_create(&thread, NULL, fault_watcher, (void *)(intptr_t)fd))
		die("pthread_create");
}

static void *map_file(int flags)
{
	char path[256];
	void *address;
	int fd;

	snprintf(path, sizeof(path), "%s/hugetlb_user.%d", directory, getpid());
	fd = open(path, O_CREAT | O_EXCL | O_RDWR, 0600);
	if (fd < 0)
		die(path);
	unlink(path);
	address = mmap(NULL, nr_pages * HUGE_SIZE, PROT_READ | PROT_WRITE,
		       flags, fd, 0);
	close(fd);
	return address;
}

static void *map_memfd(void)
{
	int fd = memfd_create("hugetlb_user", MFD_HUGETLB | MFD_HUGE_2MB);
	void *address;

	if (fd < 0 || ftruncate(fd, nr_pages * HUGE_SIZE))
		die("memfd");
	address = mmap(NULL, nr_pages * HUGE_SIZE, PROT_READ | PROT_WRITE,
		       MAP_SHARED, fd, 0);
	close(fd);
	return address;
}

static void *map_shm(void)
{
	int id = shmget(IPC_PRIVATE, nr_pages * HUGE_SIZE,
			SHM_HUGETLB | 21 << MAP_HUGE_SHIFT | IPC_CREAT | 0600);
	void *address;

	if (id < 0)
		die("shmget");
	address = shmat(id, NULL, 0);
	/* Goes with the last user, however that ends. */
	shmctl(id, IPC_RMID, NULL);
	return address;
}

static void *map_anonymous(int flags)
{
	return mmap(NULL, nr_pages * HUGE_SIZE, PROT_READ | PROT_WRITE,
		    flags | MAP_ANONYMOUS | MAP_HUGETLB |
		    21 << MAP_HUGE_SHIFT, -1, 0);
}

static void *map_memory(void)
{
	if (!strcmp(type, "shared"))
		return map_anonymous(MAP_SHARED);
	if (!strcmp(type, "file"))
		return map_file(MAP_SHARED);
	if (!strcmp(type, "file-private"))
		return map_file(MAP_PRIVATE);
	if (!strcmp(type, "memfd"))
		return map_memfd();
	if (!strcmp(type, "shm"))
		return map_shm();
	if (strcmp(type, "private") && strcmp(type, "fork") &&
	    strcmp(type, "mlock")) {
		errno = EINVAL;
		die(type);
	}
	return map_anonymous(MAP_PRIVATE);
}

/* A child that shares the pages and reads them all the time. */
static pid_t fork_reader(void)
{
	pid_t child = fork();

	if (child)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (verify_all())
		;
	fflush(stdout);
	_exit(1);
}

static bool reader_was_right(pid_t reader)
{
	int status;

	if (!reader)
		return true;
	kill(reader, SIGKILL);
	return waitpid(reader, &status, 0) == reader && WIFSIGNALED(status);
}

static void write_pfns(void)
{
	FILE *file = fopen(pfn_file, "w");
	size_t page;

	if (!file)
		die(pfn_file);
	for (page = 0; page < nr_pages; page++)
		fprintf(file, "%lu\n", pfn_of(memory + page * HUGE_WORDS));
	fclose(file);
}

static void announce(void)
{
	FILE *file;

	puts("ready");
	fflush(stdout);
	if (!status_file)
		return;
	file = fopen(status_file, "w");
	if (!file || fputs("ready\n", file) < 0 || fclose(file))
		die(status_file);
}

static void on_sigbus(int signal)
{
	static const char text[] = "BAD SIGBUS: a page is gone\n";

	(void)signal;
	if (write(STDOUT_FILENO, text, sizeof(text) - 1) < 0)
		_exit(USAGE);
	_exit(1);
}

static void exit_with_usage(void)
{
	fprintf(stderr,
		"usage: hugetlb_user [-t TYPE] [-n PAGES] [-w THREADS] [-r] [-u]\n"
		"       [-N NODE] [-f HUGETLBFS] [-o STATUS_FILE] [-p PFN_FILE]\n");
	exit(USAGE);
}

/* All memory comes from that node. */
static void bind_to_node(const char *node)
{
	unsigned long mask = 1UL << strtoul(node, NULL, 10);

	if (syscall(SYS_set_mempolicy, MPOL_BIND, &mask, sizeof(mask) * 8))
		die("set_mempolicy");
}

static void parse(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "t:n:w:f:o:p:ruN:")) != -1) {
		switch (option) {
		case 't':
			type = optarg;
			break;
		case 'n':
			nr_pages = strtoul(optarg, NULL, 10);
			break;
		case 'w':
			nr_threads = atoi(optarg);
			break;
		case 'f':
			directory = optarg;
			break;
		case 'o':
			status_file = optarg;
			break;
		case 'p':
			pfn_file = optarg;
			break;
		case 'N':
			bind_to_node(optarg);
			break;
		case 'r':
			reserve_only = true;
			break;
		case 'u':
			watch_faults = true;
			break;
		default:
			exit_with_usage();
		}
	}
}

static void populate(void)
{
	size_t page;

	generations = calloc(nr_pages, sizeof(*generations));
	if (!generations)
		die("calloc");
	for (page = 0; page < nr_pages; page++) {
		expect_zeroes(page);
		write_page(page);
	}
	if (!strcmp(type, "mlock") &&
	    mlock((void *)memory, nr_pages * HUGE_SIZE))
		die("mlock");
	if (pfn_file)
		write_pfns();
}

static int run(void)
{
	pthread_t *threads = calloc(nr_threads + 1, sizeof(*threads));
	pid_t reader = strcmp(type, "fork") ? 0 : fork_reader();
	int i;
	bool right;

	for (i = 0; i < nr_threads; i++)
		if (pthread_create(&threads[i], NULL, writer,
				   (void *)(intptr_t)i))
			die("pthread_create");
	announce();
	wait_for_sigterm();

	atomic_store(&stop, true);
	for (i = 0; i < nr_threads; i++)
		pthread_join(threads[i], NULL);
	right = reader_was_right(reader);
	right &= verify_all() && !atomic_load(&bad);
	if (right)
		printf("ok pages=%zu words=%zu loops=%lu\n", nr_pages,
		       nr_pages * HUGE_WORDS, atomic_load(&loops));
	else
		printf("BAD content of %s pages\n", type);
	return !right;
}

int main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = on_sigbus };

	parse(argc, argv);
	/* Before there are threads: they inherit it. */
	block_sigterm();
	if (sigaction(SIGBUS, &action, NULL))
		die("sigaction");

	memory = map_memory();
	if (memory == MAP_FAILED)
		die("mmap of huge pages");
	if (reserve_only) {
		announce();
		wait_for_sigterm();
		return 0;
	}
	populate();
	if (watch_faults)
		watch();
	return run();
}
