// SPDX-License-Identifier: GPL-2.0-only
/*
 * hugetlb_reserve CASE PAGES ROUNDS [DIRECTORY]: works with reservations of
 * 2 MiB huge pages, anonymous ones or those of the hugetlbfs at DIRECTORY, and
 * prints what succeeded, and what pool and file system say meanwhile. The same
 * pool gives the same lines, whoever moves its pages about: diff tells.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/mman.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HUGE_SIZE	(2UL << 20)
#define PAGE		4096UL
#define USAGE		2
#define POOL		"/sys/kernel/mm/hugepages/hugepages-2048kB/"

static const char *directory;
static size_t nr_pages, nr_rounds;

/* What happened: calls and faults that succeeded or did not, and lost words. */
static size_t calls, refused, faults, sigbus, wrong;

/* What only succeeded when it was tried again, and for how long, at most. */
static size_t late, late_ms;

static sigjmp_buf after_sigbus;

static void die(const char *what)
{
	fprintf(stderr, "hugetlb_reserve: %s: %s\n", what, strerror(errno));
	exit(USAGE);
}

static void on_sigbus(int signal)
{
	(void)signal;
	siglongjmp(after_sigbus, 1);
}

/*
 * A page that was given back may not be in the pool at once. Who asks for it
 * fails meanwhile: that is counted, and what comes after it is seen as well.
 * Returns true, after a moment, if there is time left to try again.
 */
#define LATE_MS	1000

static bool try_again(size_t *tries)
{
	const struct timespec moment = { .tv_nsec = 1000000 };

	if (*tries == LATE_MS)
		return false;
	++*tries;
	nanosleep(&moment, NULL);
	return true;
}

static void succeeded(size_t tries)
{
	late += tries != 0;
	if (tries > late_ms)
		late_ms = tries;
}

/* --- pages: one word in each 4 KiB, so that many rounds take little time --- */

static uint64_t word_value(size_t page, size_t offset, size_t generation)
{
	return ((uint64_t)page << 48 ^ (uint64_t)generation << 22 ^ offset) *
	       0x9e3779b97f4a7c15ULL;
}

static volatile uint64_t *word(void *memory, size_t page, size_t offset)
{
	return (volatile uint64_t *)((char *)memory + page * HUGE_SIZE +
				     offset);
}

/* The first word is the fault. Returns false if that failed. */
static bool try_fill(void *memory, size_t page, size_t generation)
{
	size_t offset;

	if (sigsetjmp(after_sigbus, 1))
		return false;
	for (offset = 0; offset < HUGE_SIZE; offset += PAGE)
		*word(memory, page, offset) =
			word_value(page, offset, generation);
	faults++;
	return true;
}

/* Writes a page that shall not be there. */
static void fill_none(void *memory, size_t page)
{
	if (!try_fill(memory, page, 0))
		sigbus++;
}

static void fill(void *memory, size_t page, size_t generation)
{
	size_t tries = 0;

	while (!try_fill(memory, page, generation)) {
		if (!try_again(&tries)) {
			sigbus++;
			return;
		}
	}
	succeeded(tries);
}

static void check(void *memory, size_t page, size_t generation)
{
	size_t offset;

	if (sigsetjmp(after_sigbus, 1)) {
		sigbus++;
		return;
	}
	for (offset = 0; offset < HUGE_SIZE; offset += PAGE)
		wrong += *word(memory, page, offset) !=
			 word_value(page, offset, generation);
}

static void fill_all(void *memory, size_t generation)
{
	size_t page;

	for (page = 0; page < nr_pages; page++)
		fill(memory, page, generation);
}

static void check_all(void *memory, size_t generation)
{
	size_t page;

	for (page = 0; page < nr_pages; page++)
		check(memory, page, generation);
}

static bool try_check_zero(void *memory, size_t page)
{
	size_t offset;

	if (sigsetjmp(after_sigbus, 1))
		return false;
	for (offset = 0; offset < HUGE_SIZE; offset += PAGE)
		wrong += *word(memory, page, offset) != 0;
	return true;
}

/* The first word may be a fault. */
static void check_zero(void *memory, size_t page)
{
	size_t tries = 0;

	while (!try_check_zero(memory, page)) {
		if (!try_again(&tries)) {
			sigbus++;
			return;
		}
	}
	succeeded(tries);
}

/* The file itself, with no mapping in between. A hole stays one. */
static void check_file(int fd, size_t page, size_t generation, bool hole)
{
	static uint64_t words[HUGE_SIZE / sizeof(uint64_t)];

	if (pread(fd, words, HUGE_SIZE, page * HUGE_SIZE) != HUGE_SIZE)
		wrong++;
	else if (hole)
		check_zero(words, 0);
	else
		for (size_t offset = 0; offset < HUGE_SIZE; offset += PAGE)
			wrong += words[offset / sizeof(uint64_t)] !=
				 word_value(page, offset, generation);
}

/* --- calls --- */

/* Counts the result of a call. */
static bool count(bool success)
{
	if (success)
		calls++;
	else
		refused++;
	return success;
}

static void *map_once(size_t pages, int flags, int fd)
{
	if (fd < 0)
		flags |= MAP_ANONYMOUS | MAP_HUGETLB | 21 << MAP_HUGE_SHIFT;
	return mmap(NULL, pages * HUGE_SIZE, PROT_READ | PROT_WRITE, flags, fd,
		    0);
}

/* Reserves what shall not be there. */
static void map_none(size_t pages, int flags, int fd)
{
	void *memory = map_once(pages, flags, fd);

	if (count(memory != MAP_FAILED))
		munmap(memory, pages * HUGE_SIZE);
}

static void *map(size_t pages, int flags, int fd)
{
	void *memory = map_once(pages, flags, fd);
	size_t tries = 0;

	while (memory == MAP_FAILED && try_again(&tries))
		memory = map_once(pages, flags, fd);
	if (!count(memory != MAP_FAILED))
		die("mmap");
	succeeded(tries);
	return memory;
}

static void unmap(void *memory, size_t pages)
{
	if (munmap(memory, pages * HUGE_SIZE))
		die("munmap");
}

static int new_file(void)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/hugetlb_reserve", directory);
	fd = open(path, O_CREAT | O_EXCL | O_RDWR, 0600);
	if (fd < 0 || unlink(path))
		die(path);
	return fd;
}

/* Asks for pages that shall not be there. */
static void allocate_none(int fd, size_t page, size_t pages)
{
	count(!fallocate(fd, 0, page * HUGE_SIZE, pages * HUGE_SIZE));
}

static void allocate(int fd, size_t page, size_t pages)
{
	size_t tries = 0;
	int ret;

	do {
		ret = fallocate(fd, 0, page * HUGE_SIZE, pages * HUGE_SIZE);
	} while (ret && try_again(&tries));
	if (count(!ret))
		succeeded(tries);
}

static void resize(int fd, size_t pages)
{
	count(!ftruncate(fd, pages * HUGE_SIZE));
}

/* --- what is shown --- */

static long pool_counter(const char *name)
{
	char path[128];
	long value = -1;
	FILE *file;

	snprintf(path, sizeof(path), POOL "%s_hugepages", name);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%ld", &value) != 1)
		die(path);
	fclose(file);
	return value;
}

/* The pool, and the file system: its blocks are huge pages. */
static void show(const char *when)
{
	struct statfs fs;

	printf("%s: pool %ld %ld %ld %ld", when, pool_counter("nr"),
	       pool_counter("free"), pool_counter("resv"),
	       pool_counter("surplus"));
	if (directory) {
		if (statfs(directory, &fs))
			die(directory);
		printf(" statfs %ld %ld %ld", (long)fs.f_blocks,
		       (long)fs.f_bfree, (long)fs.f_bavail);
	}
	putchar('\n');
}

/* As show(), when so many pages are left in use. */
static void show_used(const char *when, long used)
{
	size_t tries = 0;

	while (pool_counter("nr") - pool_counter("free") != used &&
	       try_again(&tries))
		;
	succeeded(tries);
	show(when);
}

static void show_counts(void)
{
	printf("calls %zu refused %zu faults %zu sigbus %zu wrong %zu\n",
	       calls, refused, faults, sigbus, wrong);
	printf("late %zu up to %zu ms\n", late, late_ms);
}

/* --- the cases --- */

/* All of the pool is reserved: nobody else gets a page, its owner each. */
static void reserved(void)
{
	size_t round;
	void *memory;

	for (round = 0; round < nr_rounds; round++) {
		memory = map(nr_pages,
				    round % 2 ? MAP_SHARED : MAP_PRIVATE, -1);
		map_none(1, MAP_PRIVATE, -1);
		if (!round)
			show("reserved");
		fill_all(memory, round);
		check_all(memory, round);
		if (!round)
			show("faulted");
		unmap(memory, nr_pages);
	}
}

/* No reservation: exactly the pages of the pool can be had, one by one. */
static void noreserve(void)
{
	size_t round;
	void *memory;

	for (round = 0; round < nr_rounds; round++) {
		memory = map(nr_pages + 1, MAP_PRIVATE | MAP_NORESERVE, -1);
		fill_all(memory, round);
		fill_none(memory, nr_pages);
		check_all(memory, round);
		if (!round)
			show("faulted");
		unmap(memory, nr_pages + 1);
	}
}

/* A child starts from zero, and its results count as the parent's. */
static pid_t fork_child(void)
{
	pid_t child = fork();

	if (child < 0)
		die("fork");
	if (!child) {
		sigbus = 0;
		wrong = 0;
	}
	return child;
}

#define LOST	255

static void exit_child(void)
{
	_exit(wrong ? LOST : (int)sigbus);
}

static void join(pid_t child)
{
	int status;

	if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
		die("child");
	if (WEXITSTATUS(status) == LOST)
		wrong++;
	else
		sigbus += WEXITSTATUS(status);
}

/* Two fault the same reserved pages, one from each end. */
static void together(void)
{
	size_t round, page;
	void *memory;
	pid_t child;

	for (round = 0; round < nr_rounds; round++) {
		memory = map(nr_pages, MAP_SHARED, -1);
		child = fork_child();
		for (page = 0; page < nr_pages; page++)
			fill(memory, child ? page : nr_pages - 1 - page, round);
		if (!child)
			exit_child();
		join(child);
		check_all(memory, round);
		unmap(memory, nr_pages);
	}
}

/* What a child sees once its parent has taken all pages for itself. */
static pid_t fork_reader(void *memory, int *go)
{
	pid_t child = fork_child();
	char byte;

	if (child)
		return child;
	close(go[1]);
	if (read(go[0], &byte, 1))
		wrong++;
	check_all(memory, 0);
	exit_child();
	return 0;
}

/*
 * The owner of a private reservation and its child share all pages of the pool.
 * Who writes them next is the owner: its copies are taken from the child, which
 * dies of it, but never the owner.
 */
static void steal(void)
{
	size_t round;
	void *memory;
	pid_t child;
	int go[2];

	for (round = 0; round < nr_rounds; round++) {
		memory = map(nr_pages, MAP_PRIVATE, -1);
		fill_all(memory, 0);
		if (pipe(go))
			die("pipe");
		child = fork_reader(memory, go);
		close(go[0]);
		fill_all(memory, 1);
		close(go[1]);
		join(child);
		check_all(memory, 1);
		unmap(memory, nr_pages);
	}
}

/* A file: what the file system counts of it, until it is gone. */
static void file(void)
{
	size_t round;
	void *memory;
	int fd;

	for (round = 0; round < nr_rounds; round++) {
		fd = new_file();
		resize(fd, nr_pages);
		memory = map(nr_pages, MAP_SHARED, fd);
		if (!round)
			show("mapped");
		fill_all(memory, round);
		check_all(memory, round);
		if (!round)
			show("faulted");
		unmap(memory, nr_pages);
		resize(fd, nr_pages / 2);
		if (!round)
			show_used("shrunk", nr_pages / 2);
		close(fd);
	}
}

/* One file has reserved all there is: not a page more, but each of these. */
static void limit(void)
{
	size_t round, page;
	void *memory;
	int fd;

	for (round = 0; round < nr_rounds; round++) {
		fd = new_file();
		memory = map(nr_pages, MAP_SHARED, fd);
		map_none(nr_pages + 1, MAP_SHARED, fd);
		allocate_none(fd, nr_pages, 1);
		for (page = 0; page < nr_pages; page++) {
			fill(memory, page, round);
			check(memory, page, round);
		}
		allocate_none(fd, nr_pages, 1);
		unmap(memory, nr_pages);
		close(fd);
	}
}

/* A hole of pages in a file whose page cache is full otherwise. */
static void punch_hole(int fd, void *memory, size_t first, size_t pages,
		       size_t generation)
{
	struct stat state;
	size_t page;

	count(!fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			 first * HUGE_SIZE, pages * HUGE_SIZE));
	if (fstat(fd, &state))
		die("fstat");
	wrong += (size_t)state.st_blocks !=
		 (nr_pages - pages) * (HUGE_SIZE / 512);
	for (page = 0; page < nr_pages; page++)
		check_file(fd, page, generation, page - first < pages);
	/* By one call or by faults, it is filled with zeroes. */
	if (generation % 2)
		allocate(fd, first, pages);
	for (page = first; page < first + pages; page++)
		check_zero(memory, page);
}

static void punch(void)
{
	size_t generation, first, pages;
	int fd = new_file();
	void *memory;

	allocate(fd, 0, nr_pages);
	memory = map(nr_pages, MAP_SHARED, fd);
	show("allocated");
	for (generation = 0; generation < nr_rounds; generation++) {
		fill_all(memory, generation);
		first = generation * 7 % nr_pages;
		pages = 1 + generation * 5 % (nr_pages - first);
		punch_hole(fd, memory, first, pages, generation);
	}
	show("punched");
	unmap(memory, nr_pages);
	close(fd);
}

/* What is cut off is gone, with SIGBUS for who touches it, and comes back empty. */
static void cut(void)
{
	size_t round, page, left = 0;
	int fd = new_file();
	void *memory;

	resize(fd, nr_pages);
	memory = map(nr_pages, MAP_SHARED, fd);
	for (round = 0; round < nr_rounds; round++) {
		left = round * 5 % nr_pages;
		fill_all(memory, round);
		resize(fd, left);
		fill_none(memory, left);
		resize(fd, nr_pages);
		for (page = 0; page < nr_pages; page++)
			check_file(fd, page, round, page >= left);
	}
	show_used("cut", left);
	unmap(memory, nr_pages);
	close(fd);
}

/* Private copies of a file's pages, from a reservation of all that is free. */
static void cow(void)
{
	size_t round, page;
	int fd = new_file();
	void *memory, *copy;

	resize(fd, nr_pages);
	memory = map(nr_pages, MAP_SHARED, fd);
	fill_all(memory, 0);
	for (round = 1; round <= nr_rounds; round++) {
		copy = map(nr_pages, MAP_PRIVATE, fd);
		check_all(copy, 0);
		if (round == 1)
			show("mapped");
		fill_all(copy, round);
		for (page = 0; page < nr_pages; page++) {
			check(copy, page, round);
			check_file(fd, page, 0, false);
		}
		if (round == 1)
			show("copied");
		unmap(copy, nr_pages);
	}
	unmap(memory, nr_pages);
	close(fd);
}

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	{ "reserved",	reserved },
	{ "noreserve",	noreserve },
	{ "together",	together },
	{ "steal",	steal },
	{ "file",	file },
	{ "limit",	limit },
	{ "punch",	punch },
	{ "cut",	cut },
	{ "cow",	cow },
};

static void run_case(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (strcmp(name, cases[i].name))
			continue;
		cases[i].run();
		show_used("end", 0);
		show_counts();
		return;
	}
	errno = EINVAL;
	die(name);
}

int main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = on_sigbus };

	if (argc != 4 && argc != 5) {
		fprintf(stderr,
			"usage: hugetlb_reserve CASE PAGES ROUNDS [DIRECTORY]\n");
		return USAGE;
	}
	nr_pages = strtoul(argv[2], NULL, 10);
	nr_rounds = strtoul(argv[3], NULL, 10);
	directory = argv[4];
	/* A child must not write what is in the buffer a second time. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (sigaction(SIGBUS, &action, NULL))
		die("sigaction");
	run_case(argv[1]);
	return 0;
}
