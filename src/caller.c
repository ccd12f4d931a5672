// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who called alloc_contig_range().
 */
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/stacktrace.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#include "caller.h"

/* How far up a caller is looked for, our own functions included. */
#define DEPTH	16

/**
 * caller_name() - the function that an address is in
 * @address: an address that a call returns to
 * @name:    out: the name of the function, without that of its module
 * @size:    of @name, in bytes
 *
 * The kernel shows what has no name as an address, which is nobody's business: it is
 * called "?".
 *
 * Context: any.
 */
void caller_name(unsigned long address, char *name, size_t size)
{
	char symbol[KSYM_SYMBOL_LEN];

	/* The call may be the last thing that its function does. */
	sprint_symbol_no_offset(symbol, address - 1);
	if (strstarts(symbol, "0x"))
		strscpy(symbol, "?", sizeof(symbol));
	symbol[strcspn(symbol, " ")] = '\0';
	strscpy(name, symbol, size);
}

/* In v7.x alloc_contig_range() is one that calls the function that is redirected. */
static bool is_on_behalf(unsigned long address)
{
	char name[sizeof("alloc_contig_")];

	if (within_module(address, THIS_MODULE))
		return true;
	caller_name(address, name, sizeof(name));
	return !strcmp(name, "alloc_contig_");
}

/**
 * caller_find() - who is behind a call of alloc_contig_range()
 * @address: where the call returns to, a call that this is called from
 *
 * It takes a walk up the stack, so only those who are going to show it ask.
 *
 * Context: task context.
 * Return: where the first call returns to that is of neither this module nor a function
 *         of the same family.
 */
unsigned long caller_find(unsigned long address)
{
	unsigned long entries[DEPTH];
	unsigned int nr, i;

	if (!is_on_behalf(address))
		return address;
	nr = stack_trace_save(entries, ARRAY_SIZE(entries), 0);
	for (i = 0; i < nr && entries[i] != address; i++)
		;
	while (i < nr && is_on_behalf(entries[i]))
		i++;
	return i < nr ? entries[i] : address;
}

/**
 * caller_is_virtio_mem() - is virtio-mem giving memory back?
 *
 * The address that the call returns to tells less: with a kretprobe it is that of the
 * trampoline. Other works may be gone while they still run, so theirs is read as the
 * workqueue itself does it for a report.
 *
 * Context: task context.
 * Return: true if the current task is a worker that runs the work of virtio-mem.
 */
bool caller_is_virtio_mem(void)
{
	const struct work_struct *work = current_work();
	char name[sizeof("virtio_mem_")];
	work_func_t func;

	if (!work || copy_from_kernel_nofault(&func, &work->func, sizeof(func)))
		return false;
	/* Where a function begins, not where a call in it returns to. */
	caller_name((unsigned long)func + 1, name, sizeof(name));
	return !strcmp(name, "virtio_mem_");
}
