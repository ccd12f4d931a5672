#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# dkms.sh install [KERNEL]: gives these sources to dkms, which builds them for that kernel,
#                           or for each that has its headers here, and for those to come
# dkms.sh uninstall:        switches the module off, unloads it, and takes it from dkms
#
# What make dkms-install and make uninstall do. Debian's packages need none of this.
set -eu

TOP=$(cd "$(dirname "$0")/.." && pwd)
MODULE=/sys/module/hugecontig
VERSION=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' "$TOP/dkms.conf")
SOURCE=/usr/src/hugecontig-$VERSION

die()
{
	echo "hugecontig: $*" >&2
	exit 1
}

# is_supported KERNEL: dkms reads its file by bash, too
is_supported()
{
	# shellcheck disable=SC2016 # for bash
	bash -c '. "$1"; [[ $2 =~ $BUILD_EXCLUSIVE_KERNEL ]]' bash "$TOP/dkms.conf" "$1"
}

# kernels: that have headers here
kernels()
{
	for build in /lib/modules/*/build; do
		[ ! -e "$build" ] || basename "$(dirname "$build")"
	done
}

# remove_all: each version that dkms has, and its sources
remove_all()
{
	for directory in /var/lib/dkms/hugecontig/[0-9]*; do
		[ -d "$directory" ] || continue
		dkms remove "hugecontig/$(basename "$directory")" --all
	done
	rm -rf /var/lib/dkms/hugecontig /usr/src/hugecontig-[0-9]*
}

# wanted KERNEL...: those of them that it is built for; ends if one of them lacks headers
wanted()
{
	for kernel; do
		if ! is_supported "$kernel"; then
			echo "hugecontig: $kernel goes without it, it was not tested there" >&2
		elif [ ! -e "/lib/modules/$kernel/build" ]; then
			die "$kernel has no headers here: install linux-headers-$kernel"
		else
			echo "$kernel"
		fi
	done
}

install_all()
{
	# shellcheck disable=SC2046 # a list of kernels
	[ $# -gt 0 ] || set -- $(kernels)
	# Before anything is changed.
	kernels=$(wanted "$@")
	remove_all
	mkdir -p "$SOURCE"
	(cd "$TOP" && cp -r Kbuild Makefile dkms.conf LICENSE include src "$SOURCE")
	dkms add "hugecontig/$VERSION"
	for kernel in $kernels; do
		dkms install "hugecontig/$VERSION" -k "$kernel"
	done
	echo "hugecontig: installed, and not loaded: modprobe hugecontig"
}

uninstall()
{
	if [ -d $MODULE ]; then
		# Both wait until no call is on its way any more.
		if ! { echo N > $MODULE/parameters/enabled && rmmod hugecontig; }; then
			die "the module stays loaded: see who uses it with lsmod, and try again"
		fi
	fi
	remove_all
}

[ "$(id -u)" -eq 0 ] || die "run this as root"
command -v dkms > /dev/null || die "there is no dkms: install the package dkms"
! dpkg -S /usr/src/hugecontig-[0-9]* > /dev/null 2>&1 ||
	die "Debian's package hugecontig-dkms is installed: use apt"
action=${1:-}
[ $# -eq 0 ] || shift
case $action in
install) install_all "$@" ;;
uninstall) uninstall ;;
*) die "usage: dkms.sh install [KERNEL] | uninstall" ;;
esac
