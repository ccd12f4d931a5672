// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of virtio-mem devices, from /proc/iomem.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iomem.h"
#include "memory.h"
#include "source.h"

#define IOMEM		"/proc/iomem"
#define PLUGGED_NAME	"System RAM (virtio_mem)"

/* A device is a resource of the top, named as the bus does: virtio7. */
static bool is_device(const char *line, const char *name)
{
	size_t digits;

	if (*line == ' ' || strncmp(name, "virtio", 6))
		return false;
	digits = strspn(name + 6, "0123456789");
	return digits && !name[6 + digits];
}

/* virtio-mem adds memory block by block, the kernel may show each by itself. */
static void add_plugged(struct iomem *iomem, const char *device, unsigned long long start,
			unsigned long long end)
{
	struct plugged *last = iomem->nr ? &iomem->plugged[iomem->nr - 1] : NULL;

	if (last && last->end + 1 == start && !strcmp(last->device, device)) {
		last->end = end;
		return;
	}
	iomem->plugged = memory_grow(iomem->plugged, iomem->nr, sizeof(*last));
	last = &iomem->plugged[iomem->nr++];
	snprintf(last->device, sizeof(last->device), "%s", device);
	last->start = start;
	last->end = end;
}

/**
 * iomem_read() - look for memory of virtio-mem
 * @iomem: where it goes; empty after an error
 *
 * Return: 0; -1 with errno, EACCES if addresses are hidden from the user.
 */
int iomem_read(struct iomem *iomem)
{
	unsigned long long start, end, last_address = 0;
	FILE *file = source_fopen(IOMEM);
	char line[SOURCE_LINE], device[32] = "";
	const char *name;
	bool any = false;
	int error;

	memset(iomem, 0, sizeof(*iomem));
	if (!file)
		return -1;
	while (source_read_line(file, line, sizeof(line))) {
		name = strstr(line, " : ");
		if (!name || sscanf(line, "%llx-%llx", &start, &end) != 2 || start > end)
			continue;
		name += strlen(" : ");
		any = true;
		last_address |= end;
		if (is_device(line, name)) {
			snprintf(device, sizeof(device), "%s", name);
			iomem->nr_devices++;
		} else if (*line != ' ') {
			*device = '\0';
		}
		if (!strcmp(name, PLUGGED_NAME))
			add_plugged(iomem, *device ? device : "virtio-mem", start, end);
	}
	error = ferror(file) ? errno : any && !last_address ? EACCES : 0;
	fclose(file);
	if (error)
		iomem_free(iomem);
	errno = error;
	return error ? -1 : 0;
}

/**
 * iomem_free() - forget it
 * @iomem: is empty then
 */
void iomem_free(struct iomem *iomem)
{
	free(iomem->plugged);
	memset(iomem, 0, sizeof(*iomem));
}

/**
 * iomem_bytes() - how much memory there is of virtio-mem
 * @iomem: what was found
 *
 * Return: bytes.
 */
unsigned long long iomem_bytes(const struct iomem *iomem)
{
	unsigned long long bytes = 0;
	size_t i;

	for (i = 0; i < iomem->nr; i++)
		bytes += iomem->plugged[i].end - iomem->plugged[i].start + 1;
	return bytes;
}
