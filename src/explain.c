// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files that explain memory to the administrator: a target is written, and what is to
 * be said of it is read.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "explain.h"
#include "explanation.h"
#include "symbols.h"
#include "target.h"

/* What was asked for last. Before that it has no end, and there is nothing to tell. */
static struct target last_target = { .nid = TARGET_ANY, .zone = TARGET_ANY };
static char last_text[TARGET_SIZE];
/* Keeps both together. */
static DEFINE_MUTEX(explain_lock);

static void *current_line(struct explanation *ex)
{
	int ret = ex->made ? 0 : explanation_next(ex);

	if (ret)
		return ERR_PTR(ret);
	return ex->type == LINE_END ? NULL : ex;
}

static void *explain_start(struct seq_file *m, loff_t *pos)
{
	struct explanation *ex = m->private;

	if (!ex->target.end)
		return NULL;
	if (!*pos)
		explanation_begin(ex);
	return *pos == ex->pos ? current_line(ex) : NULL;
}

static void *explain_next(struct seq_file *m, void *unused, loff_t *pos)
{
	struct explanation *ex = m->private;

	ex->pos = ++*pos;
	ex->made = false;
	return current_line(ex);
}

static void explain_stop(struct seq_file *m, void *unused)
{
}

static int explain_show(struct seq_file *m, void *unused)
{
	explanation_show(m, m->private);
	return 0;
}

static const struct seq_operations explain_seq_ops = {
	.start = explain_start,
	.next = explain_next,
	.stop = explain_stop,
	.show = explain_show,
};

static int explain_open(struct inode *inode, struct file *file)
{
	struct explanation *ex;

	if (!kernel_second_pass_known) {
		pr_err("explain: this kernel's memory hotplug is not known\n");
		return -EOPNOTSUPP;
	}
	ex = __seq_open_private(file, &explain_seq_ops, sizeof(*ex));
	if (!ex)
		return -ENOMEM;
	mutex_lock(&explain_lock);
	ex->target = last_target;
	mutex_unlock(&explain_lock);
	return 0;
}

static int set_last(const char *text, struct target *target)
{
	int ret = target_parse(text, target);

	if (ret)
		return ret;
	mutex_lock(&explain_lock);
	last_target = *target;
	strscpy(last_text, text, sizeof(last_text));
	last_text[strcspn(last_text, "\n")] = '\0';
	mutex_unlock(&explain_lock);
	return 0;
}

static ssize_t explain_write(struct file *file, const char __user *buffer,
			     size_t size, loff_t *pos)
{
	struct seq_file *m = file->private_data;
	struct explanation *ex = m->private;
	char text[TARGET_SIZE + 1] = "";
	struct target target;
	int ret;

	if (copy_from_user(text, buffer, min(size, sizeof(text) - 1)))
		return -EFAULT;
	ret = set_last(text, &target);
	if (ret)
		return ret;
	/* What is read next begins anew. Pairs with the reader's hold of it. */
	mutex_lock(&m->lock);
	ex->target = target;
	m->index = 0;
	m->count = 0;
	m->read_pos = 0;
	*pos = 0;
	mutex_unlock(&m->lock);
	return size;
}

/**
 * explain_param_set() - set what is explained to those who can not write to explain
 * @value: the target
 * @kp:    of no use here
 *
 * Context: task context.
 * Return: 0, or -EINVAL with a line in the log.
 */
int explain_param_set(const char *value, const struct kernel_param *kp)
{
	struct target target;

	return set_last(value, &target);
}

/**
 * explain_param_get() - what is explained
 * @buffer: a page
 * @kp:     of no use here
 *
 * Context: task context.
 * Return: the length of what was written.
 */
int explain_param_get(char *buffer, const struct kernel_param *kp)
{
	int length;

	mutex_lock(&explain_lock);
	length = sprintf(buffer, "%s\n", last_text);
	mutex_unlock(&explain_lock);
	return length;
}

const struct file_operations explain_fops = {
	.owner = THIS_MODULE,
	.open = explain_open,
	.read = seq_read,
	.write = explain_write,
	.llseek = seq_lseek,
	.release = seq_release_private,
};

const struct file_operations explanation_fops = {
	.owner = THIS_MODULE,
	.open = explain_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release_private,
};
