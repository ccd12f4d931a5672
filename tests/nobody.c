// SPDX-License-Identifier: GPL-2.0-only
/*
 * nobody COMMAND...: runs the command as a user without any rights. A guest has
 * no list of users, so that su does not know anybody.
 */
#define _DEFAULT_SOURCE
#include <grp.h>
#include <stdio.h>
#include <unistd.h>

#define NOBODY	65534

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: nobody COMMAND...\n");
		return 2;
	}
	if (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY)) {
		perror("nobody");
		return 2;
	}
	execvp(argv[1], argv + 1);
	perror(argv[1]);
	return 2;
}
