// SPDX-License-Identifier: GPL-2.0-only
/*
 * What there may be in the way of a range, how it is shown, and what helps.
 */
#include <string.h>

#include "verdicts.h"

#define WAIT_HINT	"try again: it is only on its way somewhere"

const struct verdict verdicts[NR_VERDICTS] = {
	{ "none", '-', STYLE_FAINT, "no memory that was asked for", "" },
	{ GIVEN_BACK, 'v', STYLE_FAINT, "given back to the hypervisor already", "" },
	{ "free", '.', STYLE_GOOD, "free memory", "" },
	{ "movable", 'm', STYLE_CALM, "memory of a process or file, would be moved", "" },
	{ "cma", 'c', STYLE_CALM, "for a CMA area only", "" },
	{ "mlocked", 'l', STYLE_CALM, "memory that a process has locked, would be moved", "" },
	{ "huge_free", 'f', STYLE_BUSY, "free huge page, would be replaced", "" },
	{ "huge_in_use", 'u', STYLE_BUSY, "huge page in use, would be migrated", "" },
	{ "huge_being_freed", 'b', STYLE_BUSY,
	  "huge page whose free is not over, would be waited for", "" },
	{ "off_lru", 'O', STYLE_WARN, "memory just on its way somewhere", WAIT_HINT },
	{ "isolated", 'I', STYLE_WARN, "pageblock that somebody else is emptying",
	  "wait until that is over: memory that goes off line, CMA, or another 1 GiB page" },
	{ "huge_isolated", 'W', STYLE_WARN, "huge page that somebody else is moving",
	  WAIT_HINT },
	{ "pinned", 'P', STYLE_BAD, "page that somebody holds beyond its mappings",
	  "end what pins it: VFIO (a guest with a device), RDMA, io_uring, vmsplice()" },
	{ "huge_pinned", 'H', STYLE_BAD, "huge page that somebody holds beyond its mappings",
	  "end what pins it: VFIO (a guest with a device), RDMA, DPDK, io_uring, vmsplice()" },
	{ "huge_not_migratable", 'N', STYLE_BAD,
	  "huge page in use in a way that the kernel can not migrate",
	  "end its user: a private mapping of a hugetlbfs with a size limit is one" },
	{ "huge_gigantic", 'G', STYLE_BAD, "1 GiB page, which no free memory can replace",
	  "lower nr_hugepages of its size, or set the parameter give_up_gigantic" },
	{ "slab", 'S', STYLE_BAD, "slab of the kernel",
	  "\"echo 2 > /proc/sys/vm/drop_caches\" may help; else it stays" },
	{ "page_table", 'T', STYLE_BAD, "page table",
	  "it goes with the process that it belongs to" },
	{ "unmovable", 'K', STYLE_BAD, "memory of the kernel or a driver",
	  "it stays as long as its user; for memory that comes later use ZONE_MOVABLE" },
	{ "poisoned", 'X', STYLE_BAD, "memory that hardware has failed in",
	  "nothing helps but another module of memory" },
	{ "huge_poisoned", 'E', STYLE_BAD, "huge page with a memory error",
	  "nothing helps but another module of memory" },
	{ "reserved", 'R', STYLE_BAD,
	  "never the page allocator's: image of the kernel, firmware, struct pages",
	  "nothing helps: ask for another range" },
	{ "offline", 'V', STYLE_BAD, "given back to a hypervisor",
	  "plug it again, or ask for another range" },
	{ "hole", '_', STYLE_FAINT, "no memory, or not online",
	  "ask for a range without the hole" },
	{ "others", '?', STYLE_BAD, "a verdict that this program does not know",
	  "use the version of this program that came with the module" },
};

/**
 * verdict_find() - look a verdict up
 * @name: as in the file; NULL is none
 *
 * Return: its index in verdicts[]; the last one if it is not known.
 */
unsigned int verdict_find(const char *name)
{
	unsigned int i;

	for (i = 1; name && i < NR_VERDICTS - 1; i++)
		if (!strcmp(verdicts[i].name, name))
			return i;
	return NR_VERDICTS - 1;
}
