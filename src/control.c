// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the administrator sees: the switch, as a module parameter and in
 * debugfs, and what the module is doing.
 *
 * The parameter is the switch that always works: with Secure Boot the kernel
 * forbids writing to debugfs (lockdown).
 */
#include <linux/debugfs.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/utsname.h>

#include "buddy.h"
#include "capability.h"
#include "contig.h"
#include "control.h"
#include "explain.h"
#include "failures.h"
#include "gigantic.h"
#include "migrate.h"
#include "redirect.h"
#include "second_pass.h"
#include "stats.h"

enum control_state {
	CONTROL_LOADING,	/* the switch only says what init has to do */
	CONTROL_LIVE,
	CONTROL_GOING,		/* nothing may be enabled any more */
};

/* Serialises the writers of the switch, and load and unload against them. */
static DEFINE_MUTEX(control_lock);
static enum control_state state;
static bool enabled = true;
static struct redirect *control_redirects;
static unsigned int control_nr_redirects;
static struct dentry *directory;

static int switch_live(bool enable)
{
	int ret = 0;

	if (enable == enabled)
		return 0;
	if (enable)
		ret = redirect_enable(control_redirects, control_nr_redirects);
	else
		redirect_disable(control_redirects, control_nr_redirects);
	if (ret)
		return ret;
	WRITE_ONCE(enabled, enable);
	pr_info("%s\n", enable ? "enabled" : "disabled");
	return 0;
}

/* The one setter. After an error the state is what it was. */
static int control_switch(bool enable)
{
	int ret = 0;

	mutex_lock(&control_lock);
	switch (state) {
	case CONTROL_LOADING:
		enabled = enable;
		break;
	case CONTROL_LIVE:
		ret = switch_live(enable);
		break;
	case CONTROL_GOING:
		ret = -ENODEV;
		break;
	}
	mutex_unlock(&control_lock);
	return ret;
}

/* kstrtobool() looks at no more than the first letters: "never" is N to it. */
static int parse_switch(const char *name, const char *value, bool *enable)
{
	static const char * const positions[] = {
		"N", "Y", "n", "y", "0", "1", "off", "on",
	};
	int position = sysfs_match_string(positions, value);

	if (position < 0) {
		pr_err("%s: '%*pE' is no switch position, write Y or N\n", name,
		       (int)min_t(size_t, strcspn(value, "\n"), 16), value);
		return -EINVAL;
	}
	*enable = position % 2;
	return 0;
}

static int param_set_enabled(const char *value, const struct kernel_param *kp)
{
	bool enable;
	int ret;

	ret = parse_switch(kp->name, value, &enable);
	return ret ? ret : control_switch(enable);
}

static int param_set_switch(const char *value, const struct kernel_param *kp)
{
	bool enable;
	int ret;

	ret = parse_switch(kp->name, value, &enable);
	if (!ret)
		WRITE_ONCE(*(bool *)kp->arg, enable);
	return ret;
}

static int param_get_switch(char *buffer, const struct kernel_param *kp)
{
	return sprintf(buffer, "%c\n", READ_ONCE(*(bool *)kp->arg) ? 'Y' : 'N');
}

static const char * const modes[] = { "act", "observe" };

static int param_set_mode(const char *value, const struct kernel_param *kp)
{
	int mode = sysfs_match_string(modes, value);

	if (mode < 0) {
		pr_err("%s: '%*pE' is no mode, write act or observe\n", kp->name,
		       (int)min_t(size_t, strcspn(value, "\n"), 16), value);
		return -EINVAL;
	}
	WRITE_ONCE(*(bool *)kp->arg, mode);
	return 0;
}

static int param_get_mode(char *buffer, const struct kernel_param *kp)
{
	return sprintf(buffer, "%s\n", modes[READ_ONCE(*(bool *)kp->arg)]);
}

/**
 * struct limit - a parameter that is a number
 * @value: the number
 * @most:  up to which it makes sense
 */
struct limit {
	unsigned int *value;
	unsigned int most;
};

static int param_set_limit(const char *value, const struct kernel_param *kp)
{
	const struct limit *limit = kp->arg;
	unsigned int number;

	if (kstrtouint(value, 0, &number) || number > limit->most) {
		pr_err("%s: '%*pE' is no such number, write 0 to %u\n", kp->name,
		       (int)min_t(size_t, strcspn(value, "\n"), 16), value,
		       limit->most);
		return -EINVAL;
	}
	WRITE_ONCE(*limit->value, number);
	return 0;
}

static int param_get_limit(char *buffer, const struct kernel_param *kp)
{
	const struct limit *limit = kp->arg;

	return sprintf(buffer, "%u\n", READ_ONCE(*limit->value));
}

static const struct kernel_param_ops enabled_ops = {
	.set = param_set_enabled,
	.get = param_get_switch,
};

static const struct kernel_param_ops switch_ops = {
	.set = param_set_switch,
	.get = param_get_switch,
};

static const struct kernel_param_ops limit_ops = {
	.set = param_set_limit,
	.get = param_get_limit,
};

static const struct kernel_param_ops mode_ops = {
	.set = param_set_mode,
	.get = param_get_mode,
};

static const struct kernel_param_ops explain_ops = {
	.set = explain_param_set,
	.get = explain_param_get,
};

static struct limit attempts_limit = {
	&second_pass_attempts, SECOND_PASS_MAX_ATTEMPTS
};

static struct limit pages_limit = { &second_pass_pages, UINT_MAX };

/* Jiffies of both signs are compared: so far the deadline may be away. */
static struct limit ms_limit = { &second_pass_ms, 600 * MSEC_PER_SEC };

module_param_cb(enabled, &enabled_ops, &enabled, 0644);
MODULE_PARM_DESC(enabled, "Redirect the kernel's functions (default: Y)");
module_param_cb(mode, &mode_ops, &contig_observe, 0644);
MODULE_PARM_DESC(mode, "act; or observe: count, trace and explain what would be done, and do nothing (default: act)");
module_param_cb(explain_target, &explain_ops, NULL, 0644);
MODULE_PARM_DESC(explain_target, "What the file explanation of debugfs is about, where its file explain can not be written to");
module_param_cb(free_blocks, &switch_ops, &buddy_use_blocks, 0644);
MODULE_PARM_DESC(free_blocks, "Replace pages by free blocks of the buddy allocator, which are not zeroed, as long as there are some (default: Y)");

module_param_cb(give_up_gigantic, &switch_ops, &gigantic_give_up, 0644);
MODULE_PARM_DESC(give_up_gigantic, "Give up free 1 GiB pages that are not reserved for a smaller range that is in one: their pool shrinks (default: N)");
module_param_cb(second_pass_attempts, &limit_ops, &attempts_limit, 0644);
MODULE_PARM_DESC(second_pass_attempts, "How many ranges one call of alloc_contig_pages() tries to empty that the kernel has passed over; 0: none (default: 4)");
module_param_cb(second_pass_pages, &limit_ops, &pages_limit, 0644);
MODULE_PARM_DESC(second_pass_pages, "How many pages it moves for that at most (default: 262144)");
module_param_cb(second_pass_ms, &limit_ops, &ms_limit, 0644);
MODULE_PARM_DESC(second_pass_ms, "How long it goes on with that, in ms (default: 10000)");

static ssize_t enabled_read(struct file *file, char __user *buffer, size_t size,
			    loff_t *pos)
{
	char text[] = { READ_ONCE(enabled) ? 'Y' : 'N', '\n' };

	return simple_read_from_buffer(buffer, size, pos, text, sizeof(text));
}

static ssize_t enabled_write(struct file *file, const char __user *buffer,
			     size_t size, loff_t *pos)
{
	char text[17] = "";
	bool enable;
	int ret;

	if (copy_from_user(text, buffer, min(size, sizeof(text) - 1)))
		return -EFAULT;
	ret = parse_switch("enabled", text, &enable);
	if (!ret)
		ret = control_switch(enable);
	return ret ? ret : size;
}

static const struct file_operations enabled_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = enabled_read,
	.write = enabled_write,
	.llseek = default_llseek,
};

static int status_show(struct seq_file *m, void *unused)
{
	unsigned int i;

	seq_printf(m, "version: %s\n", THIS_MODULE->version);
	seq_printf(m, "kernel: %s\n", init_utsname()->release);
	seq_printf(m, "enabled: %c\n", READ_ONCE(enabled) ? 'Y' : 'N');
	seq_printf(m, "mode: %s\n", modes[READ_ONCE(contig_observe)]);
	capability_show(m);
	for (i = 0; i < control_nr_redirects; i++)
		seq_printf(m, "redirect_%s: %ld calls\n", control_redirects[i].name,
			   atomic_long_read(&control_redirects[i].calls));
	migrate_show_in_flight(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(status);
DEFINE_SHOW_ATTRIBUTE(stats);
DEFINE_SHOW_ATTRIBUTE(failures);

/**
 * control_init() - enable what shall be enabled, and show the knobs
 * @set: the redirects, resolved
 * @nr:  number of @set
 *
 * Context: module init, may sleep.
 * Return: 0; an error of redirect_enable(), and then nothing is left behind.
 */
int control_init(struct redirect *set, unsigned int nr)
{
	int ret = 0;

	mutex_lock(&control_lock);
	control_redirects = set;
	control_nr_redirects = nr;
	if (enabled)
		ret = redirect_enable(set, nr);
	/* After an error the parameter stays visible until the module is gone. */
	state = ret ? CONTROL_GOING : CONTROL_LIVE;
	if (!ret)
		pr_info("loaded, %s\n", enabled ? "enabled" : "disabled");
	mutex_unlock(&control_lock);
	if (ret)
		return ret;

	directory = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("enabled", 0600, directory, NULL, &enabled_fops);
	debugfs_create_file("status", 0444, directory, NULL, &status_fops);
	debugfs_create_file("stats", 0444, directory, NULL, &stats_fops);
	debugfs_create_file("failures", 0444, directory, NULL, &failures_fops);
	debugfs_create_file("explain", 0600, directory, NULL, &explain_fops);
	debugfs_create_file("explanation", 0444, directory, NULL,
			    &explanation_fops);
	return 0;
}

/**
 * control_exit() - remove the knobs and disable
 *
 * The knobs go first: nobody can enable again after the redirects are off.
 * The parameter outlives this function, so the setter has to know by itself.
 *
 * Context: module exit, sleeps until nobody is inside a replacement.
 */
void control_exit(void)
{
	debugfs_remove(directory);
	mutex_lock(&control_lock);
	switch_live(false);
	state = CONTROL_GOING;
	mutex_unlock(&control_lock);
}
