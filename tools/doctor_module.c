// SPDX-License-Identifier: GPL-2.0-only
/*
 * The doctor's look at the module: loaded, installed, switched on; lockdown, and
 * whether it has to be signed.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "doctor.h"
#include "lockdown.h"
#include "module.h"
#include "source.h"

#define DKMS_KEY	"/var/lib/dkms/mok.pub"
#define SIG_ENFORCE	"/sys/module/module/parameters/sig_enforce"

/* dkms compresses it as the kernel's own modules are. */
static bool is_installed(const char *release)
{
	static const char * const endings[] = { "", ".xz", ".zst", ".gz" };
	char path[256];
	unsigned int i;

	for (i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
		snprintf(path, sizeof(path), "/lib/modules/%s/updates/dkms/hugecontig.ko%s",
			 release, endings[i]);
		if (source_exists(path))
			return true;
	}
	return false;
}

static void look_at_presence(struct doctor *doctor)
{
	bool installed = *doctor->release && is_installed(doctor->release);

	if (doctor->loaded && installed)
		doctor_say(doctor, FINDING_OK, "module", NULL, "loaded, and installed by dkms");
	else if (doctor->loaded)
		doctor_say(doctor, FINDING_WARN, "module",
			   "to have it after a reboot, install hugecontig-dkms, or \"make dkms-install\"",
			   "loaded, but not installed by dkms for this kernel");
	else if (installed)
		doctor_say(doctor, FINDING_WARN, "module", "run \"modprobe hugecontig\"",
			   "installed, but not loaded");
	else
		doctor_say(doctor, FINDING_FAIL, "module",
			   "install hugecontig-dkms, or \"make dkms-install\", then \"modprobe hugecontig\"",
			   "neither loaded nor installed by dkms for this kernel");
}

static void look_at_switch(struct doctor *doctor)
{
	char enabled[16], mode[16];

	if (source_read_first_line(MODULE_ENABLED, enabled, sizeof(enabled))) {
		doctor_say(doctor, FINDING_UNKNOWN, "switch", "is /sys mounted?",
			   "can not read " MODULE_ENABLED ": %s", strerror(errno));
		return;
	}
	if (*enabled == 'Y')
		doctor_say(doctor, FINDING_OK, "switch", NULL, "on");
	else
		doctor_say(doctor, FINDING_WARN, "switch", "run \"hugecontig enable\"", "off");
	if (source_read_first_line(MODULE_MODE, mode, sizeof(mode)))
		return;
	if (!strcmp(mode, "observe"))
		doctor_say(doctor, FINDING_WARN, "mode", "run \"hugecontig mode act\"",
			   "it only observes");
	else
		doctor_say(doctor, FINDING_OK, "mode", NULL, "%s", mode);
}

static void look_at_taint(struct doctor *doctor)
{
	char taint[32];

	if (source_read_first_line(MODULE_TAINT, taint, sizeof(taint)))
		return;
	if (taint[strspn(taint, "OE")])
		doctor_say(doctor, FINDING_WARN, "taint", "load a module that is your own build",
			   "%s: of the module only O (out of tree) and E (not signed) are known",
			   taint);
	else if (*taint)
		doctor_say(doctor, FINDING_OK, "taint", NULL,
			   "%s: O is out of tree, E is not signed; vendors ask for bugs without them",
			   taint);
	else
		doctor_say(doctor, FINDING_OK, "taint", NULL, "none");
}

/**
 * doctor_module() - whether the module is there, and does something
 * @doctor: the examination
 */
void doctor_module(struct doctor *doctor)
{
	look_at_presence(doctor);
	if (!doctor->loaded)
		return;
	look_at_switch(doctor);
	look_at_taint(doctor);
}

static void look_at_signature(struct doctor *doctor, enum lockdown lockdown)
{
	char enforce[8] = "";
	bool known = !source_read_first_line(SIG_ENFORCE, enforce, sizeof(enforce));
	bool needed = *enforce == 'Y' || lockdown >= LOCKDOWN_INTEGRITY;
	static const char what[] = "signature";

	if (!needed && !known && errno != ENOENT)
		doctor_say(doctor, FINDING_UNKNOWN, what, "run it as root",
			   "can not read " SIG_ENFORCE ": %s", strerror(errno));
	else if (!needed && lockdown == LOCKDOWN_UNKNOWN)
		doctor_say(doctor, FINDING_UNKNOWN, what, NULL,
			   "needed if the kernel is locked down");
	else if (!needed)
		doctor_say(doctor, FINDING_OK, what, NULL, "the module need not be signed");
	else if (doctor->loaded)
		doctor_say(doctor, FINDING_OK, what, NULL,
			   "modules have to be signed, and it was taken");
	else if (source_exists(DKMS_KEY))
		doctor_say(doctor, FINDING_WARN, what,
			   "if it is refused, run \"mokutil --import " DKMS_KEY "\" and reboot",
			   "modules have to be signed: the key of dkms has to be enrolled");
	else
		doctor_say(doctor, FINDING_WARN, what,
			   "see docs/operator.md how dkms of this system gets one, then import it and reboot",
			   "modules have to be signed, and dkms has no key yet");
}

/**
 * doctor_lockdown() - what Secure Boot forbids
 * @doctor: the examination
 */
void doctor_lockdown(struct doctor *doctor)
{
	enum lockdown lockdown = lockdown_read();
	static const char what[] = "lockdown";

	switch (lockdown) {
	case LOCKDOWN_UNKNOWN:
		doctor_say(doctor, FINDING_UNKNOWN, what,
			   "run it as root, with securityfs mounted on " SECURITYFS,
			   "can not read " LOCKDOWN);
		break;
	case LOCKDOWN_ABSENT:
		doctor_say(doctor, FINDING_OK, what, NULL, "this kernel has none");
		break;
	case LOCKDOWN_NONE:
		doctor_say(doctor, FINDING_OK, what, NULL, "none");
		break;
	case LOCKDOWN_INTEGRITY:
		doctor_say(doctor, FINDING_OK, what, NULL,
			   "integrity: this program does by parameters what debugfs forbids");
		break;
	case LOCKDOWN_CONFIDENTIALITY:
		doctor_say(doctor, FINDING_WARN, what,
			   "use \"hugecontig failures\" and \"hugecontig watch\"",
			   "confidentiality: tracefs is closed, \"hugecontig events\" does not work");
		break;
	}
	look_at_signature(doctor, lockdown);
}
