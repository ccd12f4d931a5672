# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# A root directory with the programs of Debian, for suites that need those and not
# busybox'. Scripts set USERLAND to it.

# userland_enter: what a running system has there
userland_enter()
{
	[ -d "$USERLAND" ] || ktap_skip_all "the programs of Debian are not there"
	for directory in proc sys dev tmp; do
		mount -o bind /$directory "$USERLAND/$directory"
	done
	mount -o bind /sys/kernel/debug "$USERLAND/sys/kernel/debug"
}

# in_userland COMMAND: a line for its shell
in_userland()
{
	PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$USERLAND" bash -c "$1"
}
