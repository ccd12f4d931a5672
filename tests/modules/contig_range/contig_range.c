// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lets a test call alloc_contig_range() on any range of memory that is online.
 *
 * /sys/kernel/debug/contig_range/alloc takes "START_PFN NR_PAGES [FLAG]" and
 * frees the range again; result then has "CODE NANOSECONDS", without what it takes to
 * free it. Flags: sigkill, a fatal signal is pending during the call, and the writer dies
 * after it; nofs and noio, the caller must not enter the file system, or do IO; in_noio,
 * it says so for all that it calls, and not in this call.
 *
 * timed takes "START_PFN NR_PAGES SCRATCH_PFN" for a benchmark: the same, after what is
 * at SCRATCH_PFN was allocated and freed, and a tick of the timer is over.
 *
 * Whatever is written to drain, the free pages that CPUs keep for themselves go to the
 * buddy allocator, which no file of the kernel does.
 *
 * holds has "COUNT TOTAL LONGEST ABOVE_5_US" of the times for which a module that was built with
 * tests/hold_times.h has held hugetlb_lock, since it was last read.
 *
 * kept shows the pfn of a page that the module has, as drivers have theirs.
 *
 * inspect takes "START_PFN NR_PAGES"; CODE is how many of these pages are not as they have
 * to be in the buddy allocator, by the rules of free_page_is_bad().
 *
 * pages takes "NR_PAGES [noretry]" and calls alloc_contig_pages(), which is not
 * exported everywhere: CODE is 0, or -ENOMEM if there were none.
 *
 * copy takes a number of huge pages, and copies one as often as that, in the way of this
 * kernel's migrate_pages().
 *
 * For tests only: never install it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "compat/gfp.h"
#include "compat/mm.h"

#include "../lookup.h"

static DEFINE_MUTEX(result_lock);
static int result_code;
static s64 result_ns;
static struct dentry *directory;
static struct page *kept_page;
static void (*drain_pages_of_kernel)(struct zone *zone);
/* It takes folios, which head pages are. */
static int (*copy_of_kernel)(struct page *to, struct page *from);
static struct page *(*alloc_pages_of_kernel)(unsigned long nr, gfp_t gfp,
					     int nid, nodemask_t *nodemask);

/* Its counterpart, DEFINE_SHOW_ATTRIBUTE(), is the kernel's. */
#define DEFINE_WRITE_ATTRIBUTE(name)					\
	static const struct file_operations name##_fops = {		\
		.owner = THIS_MODULE,					\
		.open = simple_open,					\
		.write = name##_write,					\
	}

/* What is written, if it fits with its end. */
static int get_text(char *text, size_t room, const char __user *buffer, size_t size)
{
	if (size >= room)
		return -EINVAL;
	return copy_from_user(text, buffer, size) ? -EFAULT : 0;
}

/* alloc_contig_range() believes its caller that the range is in one zone. */
static bool range_is_valid(unsigned long start, unsigned long nr)
{
	struct page *first = pfn_to_online_page(start);
	unsigned long pfn;

	if (!first || !nr || start + nr < start)
		return false;
	for (pfn = start; pfn < start + nr; pfn++) {
		struct page *page = pfn_to_online_page(pfn);

		if (!page || page_zone(page) != page_zone(first))
			return false;
	}
	return true;
}

/*
 * free_contig_range(), but for its warning about pages that others refer to. On 5.10
 * who takes memory off line, or marks it as poisoned, takes a reference to whatever
 * page is there, if only for a moment.
 */
static void free_range(unsigned long start, unsigned long nr)
{
	unsigned long pfn;

	for (pfn = start; pfn < start + nr; pfn++)
		__free_page(pfn_to_page(pfn));
}

static void set_result(int code, ktime_t begin)
{
	mutex_lock(&result_lock);
	result_code = code;
	result_ns = ktime_to_ns(ktime_sub(ktime_get(), begin));
	mutex_unlock(&result_lock);
}

static void alloc_range(unsigned long start, unsigned long nr, gfp_t gfp)
{
	ktime_t begin = ktime_get();
	int ret;

	ret = alloc_contig_range(start, start + nr, ACR_FLAGS_NONE, gfp);
	set_result(ret, begin);
	if (!ret)
		free_range(start, nr);
}

/* Returns false if there is no such flag. */
static bool alloc_with_flag(unsigned long start, unsigned long nr,
			    const char *flag)
{
	unsigned int noio;

	if (!strcmp(flag, "sigkill")) {
		send_sig(SIGKILL, current, 1);
		alloc_range(start, nr, GFP_KERNEL);
	} else if (!strcmp(flag, "nofs")) {
		alloc_range(start, nr, GFP_NOFS);
	} else if (!strcmp(flag, "noio")) {
		alloc_range(start, nr, GFP_NOIO);
	} else if (!strcmp(flag, "in_noio")) {
		noio = memalloc_noio_save();
		alloc_range(start, nr, GFP_KERNEL);
		memalloc_noio_restore(noio);
	} else {
		return false;
	}
	return true;
}

static ssize_t alloc_write(struct file *file, const char __user *buffer,
			   size_t size, loff_t *pos)
{
	char text[80] = "", flag[8] = "";
	unsigned long start, nr;
	int fields, ret;

	ret = get_text(text, sizeof(text), buffer, size);
	if (ret)
		return ret;
	fields = sscanf(text, "%lu %lu %7s", &start, &nr, flag);
	if (fields < 2 || !range_is_valid(start, nr))
		return -EINVAL;
	if (fields == 2)
		alloc_range(start, nr, GFP_KERNEL);
	else if (!alloc_with_flag(start, nr, flag))
		return -EINVAL;
	return size;
}
DEFINE_WRITE_ATTRIBUTE(alloc);

#define SCRATCH_PAGES	1024

/*
 * Each call drains the lists of free pages that the CPU has, and that takes as long as
 * what others have put there. So the last one who did was here, with always the same
 * pages. A tick, and what is done by interrupts along with it, would take as long as a
 * huge page: what is over before the next one has none in it.
 */
static void alloc_timed(unsigned long start, unsigned long nr, unsigned long scratch)
{
	unsigned long tick;

	/* Who else wants the CPU gets it now. */
	schedule_timeout_uninterruptible(2);
	alloc_range(scratch, SCRATCH_PAGES, GFP_KERNEL);
	tick = jiffies;
	while (!time_after(jiffies, tick))
		cpu_relax();
	alloc_range(start, nr, GFP_KERNEL);
}

static ssize_t timed_write(struct file *file, const char __user *buffer,
			   size_t size, loff_t *pos)
{
	unsigned long start, nr, scratch;
	char text[80] = "";
	int ret;

	ret = get_text(text, sizeof(text), buffer, size);
	if (ret)
		return ret;
	if (sscanf(text, "%lu %lu %lu", &start, &nr, &scratch) != 3 ||
	    !range_is_valid(start, nr) || !range_is_valid(scratch, SCRATCH_PAGES))
		return -EINVAL;
	alloc_timed(start, nr, scratch);
	return size;
}
DEFINE_WRITE_ATTRIBUTE(timed);

static ssize_t drain_write(struct file *file, const char __user *buffer,
			   size_t size, loff_t *pos)
{
	drain_pages_of_kernel(NULL);
	return size;
}
DEFINE_WRITE_ATTRIBUTE(drain);

static bool is_good_free_page(struct page *page)
{
	/* The first one of a block says that it is one, in place of a map count. */
	bool is_typed = PageBuddy(page);

	return !page_ref_count(page) && !page->mapping && !PageTail(page) &&
	       (is_typed || atomic_read(&page->_mapcount) == -1) &&
	       !(compat_page_flags(page) & PAGE_FLAGS_CHECK_AT_PREP);
}

static ssize_t inspect_write(struct file *file, const char __user *buffer,
			     size_t size, loff_t *pos)
{
	unsigned long start, nr, pfn;
	ktime_t begin = ktime_get();
	char text[80] = "";
	int bad = 0, ret;

	ret = get_text(text, sizeof(text), buffer, size);
	if (ret)
		return ret;
	if (sscanf(text, "%lu %lu", &start, &nr) != 2 || !range_is_valid(start, nr))
		return -EINVAL;
	for (pfn = start; pfn < start + nr; pfn++)
		bad += !is_good_free_page(pfn_to_page(pfn));
	set_result(bad, begin);
	return size;
}
DEFINE_WRITE_ATTRIBUTE(inspect);

static ssize_t pages_write(struct file *file, const char __user *buffer,
			   size_t size, loff_t *pos)
{
	ktime_t begin = ktime_get();
	char text[40] = "", flag[8] = "";
	gfp_t gfp = GFP_KERNEL;
	struct page *page;
	unsigned long nr;
	int fields, ret;

	ret = get_text(text, sizeof(text), buffer, size);
	if (ret)
		return ret;
	fields = sscanf(text, "%lu %7s", &nr, flag);
	if (fields < 1 || !nr || (fields == 2 && strcmp(flag, "noretry")))
		return -EINVAL;
	if (fields == 2)
		gfp |= __GFP_NORETRY;
	page = alloc_pages_of_kernel(nr, gfp, numa_node_id(), NULL);
	if (page)
		free_range(page_to_pfn(page), nr);
	set_result(page ? 0 : -ENOMEM, begin);
	return size;
}
DEFINE_WRITE_ATTRIBUTE(pages);

#define COPY_ORDER	9

/*
 * By folio_mc_copy() since 060913999d7a ("mm: migrate: support poisoned recover from
 * migrate folio", v6.11).
 */
static void copy_huge_page(struct page *to, struct page *from)
{
	int i;

	if (copy_of_kernel) {
		copy_of_kernel(to, from);
		return;
	}
	for (i = 0; i < 1 << COPY_ORDER; i++)
		copy_highpage(to + i, from + i);
}

static ssize_t copy_write(struct file *file, const char __user *buffer,
			  size_t size, loff_t *pos)
{
	struct page *from = alloc_pages(GFP_HIGHUSER | __GFP_COMP, COPY_ORDER);
	struct page *to = alloc_pages(GFP_HIGHUSER | __GFP_COMP, COPY_ORDER);
	unsigned int count = 0;
	ktime_t begin;
	int ret;

	ret = kstrtouint_from_user(buffer, size, 0, &count);
	if (!ret && !(from && to))
		ret = -ENOMEM;
	begin = ktime_get();
	for (; !ret && count; count--)
		copy_huge_page(to, from);
	set_result(ret, begin);
	if (from)
		__free_pages(from, COPY_ORDER);
	if (to)
		__free_pages(to, COPY_ORDER);
	return ret ? ret : size;
}
DEFINE_WRITE_ATTRIBUTE(copy);

static int result_show(struct seq_file *m, void *unused)
{
	mutex_lock(&result_lock);
	seq_printf(m, "%d %lld\n", result_code, result_ns);
	mutex_unlock(&result_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(result);

/* Takes what the module has counted. Without such a module there is nothing. */
static u64 take_sum(const char *name)
{
	u64 *sum = (void *)lookup(name);

	return sum ? xchg(sum, 0) : 0;
}

static int holds_show(struct seq_file *m, void *unused)
{
	u64 nr = take_sum("hold_nr");
	u64 total = take_sum("hold_total");

	seq_printf(m, "%llu %llu %llu %llu\n", nr, total,
		   take_sum("hold_longest"), take_sum("hold_above"));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(holds);

static int kept_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "%lu\n", page_to_pfn(kept_page));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(kept);

static int __init contig_range_init(void)
{
	drain_pages_of_kernel = (void *)lookup("drain_all_pages");
	if (!drain_pages_of_kernel)
		return -ENOENT;
	copy_of_kernel = (void *)lookup("folio_mc_copy");
	alloc_pages_of_kernel = (void *)lookup("alloc_contig_pages_noprof");
	if (!alloc_pages_of_kernel)
		alloc_pages_of_kernel = (void *)lookup("alloc_contig_pages");
	if (!alloc_pages_of_kernel)
		return -ENOENT;
	kept_page = alloc_page(GFP_KERNEL);
	if (!kept_page)
		return -ENOMEM;
	directory = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("alloc", 0200, directory, NULL, &alloc_fops);
	debugfs_create_file("copy", 0200, directory, NULL, &copy_fops);
	debugfs_create_file("drain", 0200, directory, NULL, &drain_fops);
	debugfs_create_file("holds", 0400, directory, NULL, &holds_fops);
	debugfs_create_file("inspect", 0200, directory, NULL, &inspect_fops);
	debugfs_create_file("kept", 0400, directory, NULL, &kept_fops);
	debugfs_create_file("pages", 0200, directory, NULL, &pages_fops);
	debugfs_create_file("result", 0400, directory, NULL, &result_fops);
	debugfs_create_file("timed", 0200, directory, NULL, &timed_fops);
	return 0;
}

static void __exit contig_range_exit(void)
{
	debugfs_remove(directory);
	__free_page(kept_page);
}

module_init(contig_range_init);
module_exit(contig_range_exit);

MODULE_DESCRIPTION("Test of hugecontig: alloc_contig_range() from user space");
MODULE_LICENSE("GPL");
