#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# check_dkms.sh CHROOT RELEASE: the dkms of that Debian builds the module for its kernel,
# goes on without it if a kernel comes that nobody knows, and logs why it cannot build it.

TESTS=$(cd "$(dirname "$0")" && pwd)
TOP=$TESTS/..
. "$TESTS/lib/ktap.sh"

if [ ! -x "$1/usr/sbin/dkms" ]; then
	ktap_skip_all "usage: check_dkms.sh CHROOT RELEASE, with dkms in it"
fi
CHROOT=$1
RELEASE=$2
# All have the headers of that release, with which it can be built.
KNOWN=$RELEASE+known
NEXT=$RELEASE+next
UNKNOWN=99.9.9-unknown
# These headers are of a kernel without kprobes.
LACKING=$RELEASE+lacking
MODULES=$CHROOT/lib/modules
VERSION=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' "$TOP/dkms.conf")

WORK=$(mktemp -d "$CHROOT/tmp/hugecontig.XXXXXX") || exit 1
trap 'rm -rf "$WORK" "$MODULES/$KNOWN" "$MODULES/$NEXT" "$MODULES/$UNKNOWN" \
	"$MODULES/$LACKING"' EXIT
INSIDE=${WORK#"$CHROOT"}

# dkms_run ARGUMENTS: in the chroot. It is told where to look and to build, but not all
# versions take headers from elsewhere than /lib/modules.
dkms_run()
{
	unshare --mount --pid --fork --mount-proc --root="$CHROOT" \
		env PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C \
		dkms "$@" --dkmstree "$INSIDE/dkms" --sourcetree "$INSIDE/src" \
		> "$WORK/log" 2>&1
}

# installed: the kernels that have it
installed()
{
	(cd "$MODULES" && find "$KNOWN" "$NEXT" $UNKNOWN -name 'hugecontig.ko*') |
		cut -d / -f 1 | sort | xargs
}

# versions: of the modules that are installed
versions()
{
	find "$MODULES/$KNOWN" "$MODULES/$NEXT" -name 'hugecontig.ko*' |
		while read -r module; do
			chroot "$CHROOT" /sbin/modinfo --field version "${module#"$CHROOT"}"
		done | sort -u
}

# shows_log COMMAND...: what dkms said, if it fails
shows_log()
{
	"$@" && return
	sed 's/^/# /' "$WORK/log"
	return 1
}

# fails COMMAND...
fails()
{
	! "$@"
}

source=$WORK/hugecontig
mkdir -p "$source" "$WORK/dkms" "$WORK/src"
cp -r "$TOP/dkms.conf" "$TOP/Kbuild" "$TOP/Makefile" "$TOP/include" "$TOP/src" "$source"
for kernel in "$KNOWN" "$NEXT" $UNKNOWN; do
	mkdir -p "$MODULES/$kernel"
	ln -s "/usr/src/linux-headers-$RELEASE" "$MODULES/$kernel/build"
done
mkdir -p "$MODULES/$LACKING"
# Some links of the headers are relative.
cp -rL "$CHROOT/usr/src/linux-headers-$RELEASE" "$MODULES/$LACKING/build"
sed -i '/^CONFIG_KPROBES=/d' "$MODULES/$LACKING/build/include/config/auto.conf"

ktap_plan 9
ktap_true "add" shows_log dkms_run add "$INSIDE/hugecontig"
ktap_true "no kernel yet, one comes that is not known: it goes on" \
	shows_log dkms_run autoinstall -k $UNKNOWN
ktap_true "one that is known" shows_log dkms_run autoinstall -k "$KNOWN"
ktap_true "another one that is not" shows_log dkms_run autoinstall -k $UNKNOWN
ktap_true "another one that is" shows_log dkms_run autoinstall -k "$NEXT"
ktap_equal "installed for" "$(installed)" "$KNOWN $NEXT"
ktap_equal "version of the module" "$(versions)" "$VERSION"

ktap_true "one that lacks an option: the build fails" \
	fails dkms_run build -m hugecontig -v "$VERSION" -k "$LACKING"
ktap_equal "its log names the option" \
	"$(grep -o "hugecontig: this kernel lacks .* needs" \
		"$WORK/dkms/hugecontig/$VERSION/build/make.log")" \
	"hugecontig: this kernel lacks CONFIG_KPROBES, which the module needs"

ktap_finish
