#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The Debian packages: they are built on each Debian, hold what they shall, build the module
# when they are installed, and leave nothing behind.
#
# Whatever is installed is so in a copy of a chroot, see runner/debs.py, where this script
# calls itself: check_debian.sh --inside SCENARIO. What the kernel has and does is made up
# there: no module is loaded.

# checks NAME COMMAND...: in a scenario: tells whether the command succeeds
checks()
{
	checks_name=$1
	shift
	if ("$@"); then
		echo "ok $checks_name"
	else
		echo "not ok $checks_name"
	fi
}

# equals ACTUAL EXPECTED
equals()
{
	[ "$1" = "$2" ] && return
	echo "is '$1', expected '$2'"
	return 1
}

# version_of FILE...: of packages, without Debian's part
version_of()
{
	dpkg-deb --field "$1" Version | sed 's/-[^-]*$//'
}

# system: all files, and what dpkg knows. Left out: caches and logs, and what dkms, dpkg and
# python3 make for themselves.
system()
{
	find / -xdev \( -path /proc -o -path /out -o -path /tmp -o -path /var/cache \
		-o -path /var/log -o -path /var/lib/apt -o -path /var/lib/dpkg \
		-o -path '/var/lib/dkms/mok.*' -o -name __pycache__ \) -prune -o -print | sort
	dpkg-query --show --showformat '${Package} ${Version} ${Status}\n'
}

# same_system: as it was when "system" was written to that file
same_system()
{
	system > /tmp/system.now
	diff /tmp/system /tmp/system.now
}

# install_packages FILE...: without a network
install_packages()
{
	apt-get -q=2 --no-install-recommends install "$@"
}

# module_is VERSION: dkms has built that one, and no other, for the kernel that there is
module_is()
{
	equals "$(dkms status hugecontig)" "$(dkms status hugecontig/"$1" -k "$KERNEL")" &&
		dkms status hugecontig/"$1" -k "$KERNEL" | grep -q ': installed$' &&
		equals "$(modinfo -k "$KERNEL" --field version hugecontig)" "$1" &&
		equals "$(echo /usr/src/hugecontig-*)" "/usr/src/hugecontig-$1"
}

# put_kernel: a kernel that has loaded the module of that version
put_kernel()
{
	mkdir -p /sys/module/hugecontig/parameters
	echo "$1" > /sys/module/hugecontig/version
	echo Y > /sys/module/hugecontig/parameters/enabled
	rm -f /tmp/asked
}

# put_programs: that ask the kernel. How it answers rmmod is in /tmp/kernel. Time passes at
# once for who is waited for. This is no container, unless a file says so: some take a copy
# for one.
put_programs()
{
	PATH=/usr/local/sbin:$PATH
	cat > /usr/local/sbin/rmmod <<- 'EOT'
		#!/bin/sh
		echo "$(cat /sys/module/hugecontig/parameters/enabled)" "$*" >> /tmp/asked
		case $(cat /tmp/kernel) in
		unloads) rm -r /sys/module/hugecontig ;;
		refuses)
			echo "rmmod: ERROR: Module hugecontig is in use" >&2
			exit 1
			;;
		waits) exec /bin/sleep 1000 ;;
		esac
	EOT
	cat > /usr/local/sbin/sleep <<- 'EOT'
		#!/bin/sh
		[ "$(cat /tmp/kernel)" = waits ] || exec /bin/sleep "$@"
		echo "$1" >> /tmp/slept
	EOT
	cat > /usr/local/sbin/systemd-detect-virt <<- 'EOT'
		#!/bin/sh
		[ -e /run/systemd/container ] && exec /usr/bin/systemd-detect-virt "$@"
		exit 1
	EOT
	chmod +x /usr/local/sbin/*
}

# said COMMAND...: succeeds if it does; what it printed is in /tmp/said, too
said()
{
	"$@" > /tmp/said 2>&1 < /dev/null
	said_code=$?
	cat /tmp/said
	return $said_code
}

# removes HOW COMMAND...: the kernel answers so when the package goes
removes()
{
	echo "$1" > /tmp/kernel
	shift
	said "$@" dpkg --remove hugecontig-dkms && [ ! -e "/usr/src/hugecontig-$NEXT" ]
}

# says TEXT: the one line of ours, if there is one
says()
{
	equals "$(grep '^hugecontig: ' /tmp/said)" "$1"
}

# reinstall: the module need not be built for what follows
reinstall()
{
	touch /etc/dkms/no-autoinstall
	install_packages "/out/next/hugecontig-dkms_$NEXT-1_all.deb"
	put_kernel "$NEXT"
}

# is_unloaded: it was switched off first
is_unloaded()
{
	removes unloads && says "" && equals "$(cat /tmp/asked)" "N hugecontig" &&
		[ ! -e /sys/module/hugecontig ]
}

STAYS="hugecontig: the module stays loaded (enabled: N),"
WHAT='run "rmmod hugecontig" when that is over, or reboot'

is_refused()
{
	removes refuses &&
		says "$STAYS rmmod: ERROR: Module hugecontig is in use: $WHAT"
}

# is_waited_for: a minute, and no longer
is_waited_for()
{
	rm -f /tmp/slept
	removes waits && says "$STAYS what it serves is not over after 60 s: $WHAT" &&
		equals "$(sort /tmp/slept | uniq -c | xargs)" "60 1"
}

# is_left_alone COMMAND...
is_left_alone()
{
	removes unloads "$@" && says "" && [ ! -e /tmp/asked ] &&
		equals "$(cat /sys/module/hugecontig/parameters/enabled)" Y
}

# is_upgraded: and what is loaded is left alone
is_upgraded()
{
	put_kernel "$VERSION"
	echo unloads > /tmp/kernel
	said install_packages "$@" &&
		says "hugecontig: version $VERSION stays loaded, and works on: $NEXT is what is loaded next time" &&
		[ ! -e /tmp/asked ] &&
		equals "$(cat /sys/module/hugecontig/parameters/enabled)" Y &&
		equals "$(hugecontig --version)" "hugecontig $NEXT" &&
		equals "$(systemctl is-enabled hugecontig.service)" enabled
}

# is_installed: nothing is loaded or enabled by that
is_installed()
{
	install_packages /out/hugecontig-dkms_*.deb /out/hugecontig-tools_*.deb &&
		[ ! -e /tmp/asked ] &&
		equals "$(systemctl is-enabled hugecontig.service)" disabled &&
		equals "$(systemctl is-enabled hugecontig-metrics.timer)" disabled
}

scenario_install()
{
	KERNEL=$(ls /lib/modules)
	VERSION=$(version_of /out/hugecontig-dkms_*.deb)
	NEXT=$(version_of /out/next/hugecontig-dkms_*.deb)
	# As dkms does.
	depmod "$KERNEL"
	system > /tmp/system
	put_programs
	checks install is_installed
	checks module module_is "$VERSION"
	# systemd-analyze of Debian 11 looks for it.
	mkdir -p /sys/fs/cgroup
	mount -t cgroup2 cgroup /sys/fs/cgroup
	checks tools /out/tools
	umount /sys/fs/cgroup
	systemctl --quiet enable hugecontig.service hugecontig-metrics.timer
	checks upgrade is_upgraded /out/next/hugecontig-dkms_*.deb \
		/out/next/hugecontig-tools_*.deb
	checks "module of the upgrade" module_is "$NEXT"
	checks "loaded: unloaded" is_unloaded
	reinstall
	checks "loaded: refused" is_refused
	reinstall
	checks "loaded: waited for" is_waited_for
	reinstall
	mount --rbind / /mnt
	checks "loaded: a chroot" is_left_alone chroot /mnt
	umount -l /mnt
	reinstall
	mkdir -p /run/systemd
	echo lxc > /run/systemd/container
	checks "loaded: a container" is_left_alone
	rm -r /run/systemd /usr/local/sbin/* /sys/* /etc/dkms/no-autoinstall
	apt-get -q=2 purge hugecontig-dkms hugecontig-tools
	checks purge same_system
}

# without_headers: kernels are gone, too, and with them what they would be installed for
without_headers()
{
	dpkg-query --show --showformat '${Package}\n' 'linux-headers-*' 'linux-image-*' |
		xargs apt-get -q=2 purge
	[ ! -e /lib/modules ] || rmdir /lib/modules
}

scenario_headers()
{
	without_headers
	system > /tmp/system
	checks "no headers: install" install_packages /out/hugecontig-dkms_*.deb
	checks "no headers: status" equals "$(dkms status | sed 's/^hugecontig.*: //')" added
	apt-get -q=2 purge hugecontig-dkms
	checks "no headers: purge" same_system
}

# What autopkgtest-pkg-dkms stands for.
scenario_dkms()
{
	cd /out || return
	echo 'deb [trusted=yes] file:/out ./' > /etc/apt/sources.list
	rm -f /etc/apt/sources.list.d/*
	apt-get -q=2 update
	mkdir -p /tmp/artifacts
	AUTOPKGTEST_ARTIFACTS=/tmp/artifacts
	export AUTOPKGTEST_ARTIFACTS
	checks dkms-autopkgtest /usr/lib/dkms/dkms-autopkgtest
}

# fails TEXT COMMAND...: and it says that
fails()
{
	fails_text=$1
	shift
	! said "$@" && says "$fails_text"
}

# is_made TEXT COMMAND...: and it says that
is_made()
{
	is_made_text=$1
	shift
	said "$@" && says "$is_made_text"
}

# Without packages.
scenario_sources()
{
	KERNEL=$(ls /lib/modules)
	depmod "$KERNEL"
	put_programs
	system > /tmp/system
	mkdir /tmp/tree
	tar --extract --file /out/hugecontig_*.orig.tar.xz --strip-components=1 --directory /tmp/tree
	cd /tmp/tree || return
	VERSION=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' dkms.conf)
	checks "sources: no headers" \
		fails "hugecontig: 5.10.0-none has no headers here: install linux-headers-5.10.0-none" \
		make dkms-install KERNELRELEASE=5.10.0-none
	checks "sources: nothing half done" same_system
	installed="hugecontig: installed, and not loaded: modprobe hugecontig"
	checks "sources: a kernel that is not known" \
		is_made "hugecontig: 99.9.0 goes without it, it was not tested there
$installed" make dkms-install KERNELRELEASE=99.9.0
	checks "sources: install" is_made "$installed" make dkms-install
	checks "sources: module" module_is "$VERSION"
	put_kernel "$VERSION"
	echo refuses > /tmp/kernel
	checks "sources: it is in use" \
		fails "hugecontig: the module stays loaded: see who uses it with lsmod, and try again" \
		make uninstall
	checks "sources: and still there" module_is "$VERSION"
	echo unloads > /tmp/kernel
	checks "sources: uninstall" is_made "" make uninstall
	rm -r /sys/*
	checks "sources: nothing is left" same_system
	touch /etc/dkms/no-autoinstall
	install_packages /out/hugecontig-dkms_*.deb
	checks "sources: not beside the package" \
		fails "hugecontig: Debian's package hugecontig-dkms is installed: use apt" \
		make dkms-install
}

if [ "$1" = --inside ]; then
	exec 2>&1
	"scenario_$2"
	exit
fi

TESTS=$(cd "$(dirname "$0")" && pwd)
TOP=$TESTS/..
. "$TESTS/lib/ktap.sh"

SUITES="bullseye bookworm trixie"

# Not the order of files in a directory, which needs FUSE, nor the user, which needs sudo;
# but reprotest builds as root, and runner/debs.py does not.
VARIATIONS=+all,-fileordering,-user_group

for need in git mmdebstrap; do
	command -v $need > /dev/null || ktap_skip_all "$need is not installed"
done
[ "$(id -u)" -eq 0 ] || ktap_skip_all "root is needed, to install packages in a copy of a chroot"

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# in_copy SUITE: runs the script on stdin in a copy of the chroot
in_copy()
{
	"$TESTS/runner/debs.py" "$1" "$work/$1" --script
}

# case_of SUITE NAME COMMAND...: skipped without a chroot of that suite; what the command
# printed is shown if it fails
case_of()
{
	case_suite=$1
	case_name="$1: $2"
	shift 2
	if [ -e "$work/$case_suite.lacks" ]; then
		ktap_skip "$case_name" "$(tail -n 1 "$work/$case_suite.lacks")"
	elif "$@" > "$work/log" 2>&1; then
		ktap_pass "$case_name"
	else
		sed 's/^/# /' "$work/log"
		ktap_fail "$case_name" "failed: $*"
	fi
}

# builds SUITE: both versions
builds()
{
	"$TESTS/runner/debs.py" "$1" "$work/$1" > "$work/$1.build" 2>&1 || {
		cat "$work/$1.build"
		return 1
	}
	"$TESTS/runner/debs.py" "$1" "$work/next" --version "$VERSION.1" &&
		mv "$work/next" "$work/$1/next"
}

# silent COMMAND...: it prints nothing
silent()
{
	silent_output=$("$@")
	[ -z "$silent_output" ] || echo "$silent_output"
	[ -z "$silent_output" ]
}

# warnings SUITE: of dpkg, debhelper and the compiler
warnings()
{
	grep -E '^(dpkg|dh)[a-z_-]*: (warning|error)|: warning: ' "$work/$1.build"
}

# files_of SUITE PACKAGE: newer ones have /lib in /usr
files_of()
{
	for file in "$work/$1/$2"_*.deb; do
		dpkg-deb --fsys-tarfile "$file" | tar t
	done | sed -n 's|^\./||; s|^usr/lib/systemd/|lib/systemd/|; /[^/]$/p' | sort
}

# sources: all that dkms needs, and nothing else
sources()
{
	(cd "$TOP" && find Kbuild Makefile dkms.conf include src -name '*.mod.c' -prune -o \
		-type f \( -name '*.[ch]' -o -name '*.mk' -o ! -name '*.*' -o -name dkms.conf \) \
		-print) | sed "s|^|usr/src/hugecontig-$VERSION/|"
}

files_of_dkms()
{
	sources
	cat <<- EOT
		lib/systemd/system/hugecontig.service
		usr/share/doc/hugecontig-dkms/README.Debian
		usr/share/doc/hugecontig-dkms/README.md.gz
		usr/share/doc/hugecontig-dkms/changelog.Debian.gz
		usr/share/doc/hugecontig-dkms/changelog.gz
		usr/share/doc/hugecontig-dkms/copyright
		usr/share/doc/hugecontig-dkms/docs/interface.md.gz
		usr/share/doc/hugecontig-dkms/docs/operator.md.gz
		usr/share/doc/hugecontig-dkms/docs/tracing.md.gz
		usr/share/doc/hugecontig-dkms/docs/troubleshooting.md.gz
		usr/share/lintian/overrides/hugecontig-dkms
	EOT
}

files_of_tools()
{
	cat <<- EOT
		lib/systemd/system/hugecontig-metrics.service
		lib/systemd/system/hugecontig-metrics.timer
		usr/sbin/hugecontig
		usr/share/bash-completion/completions/hugecontig
		usr/share/doc/hugecontig-tools/changelog.Debian.gz
		usr/share/doc/hugecontig-tools/changelog.gz
		usr/share/doc/hugecontig-tools/copyright
		usr/share/doc/hugecontig-tools/examples/hugecontig.dashboard.json
		usr/share/doc/hugecontig-tools/examples/hugecontig.rules.test.yml
		usr/share/doc/hugecontig-tools/examples/hugecontig.rules.yml
		usr/share/doc/hugecontig-tools/fleet.md.gz
		usr/share/lintian/overrides/hugecontig-tools
		usr/share/man/man8/hugecontig.8.gz
		usr/share/zsh/vendor-completions/_hugecontig
	EOT
}

# holds SUITE PACKAGE: these files, and no other
holds()
{
	files_of "$1" "hugecontig-$2" > "$work/files"
	"files_of_$2" | sort | diff - "$work/files"
}

# lintian SUITE: warnings are failures, the rest is shown
lintian()
{
	in_copy "$1" > "$work/$1.lintian" <<- 'EOT'
		cd /out
		lintian --version
		lintian --allow-root --display-info --pedantic --fail-on warning,error \
			hugecontig_*.changes
	EOT
	lintian_code=$?
	sed 's/^/# /' "$work/$1.lintian"
	return $lintian_code
}

# reproducible: twice the same, however they are built, and what was built before
reproducible()
{
	in_copy bookworm <<- EOT
		cp /out/*.dsc /out/*.tar.xz /tmp
		cd /tmp
		reprotest --no-diffoscope --variations=$VARIATIONS hugecontig_*.dsc -- null > sums
		cat sums
		grep -x '[0-9a-f]*  ./hugecontig.*[.]deb' sums > built
		[ "\$(wc -l < built)" -eq "\$(ls /out/*.deb | wc -l)" ]
		cd /out
		sha256sum --check /tmp/built
	EOT
}

# scenario SUITE NAME CASE...: plays it, and tells of each case
scenario()
{
	scenario_suite=$1
	scenario_log=$work/$1.$2
	if [ ! -e "$work/$1.lacks" ]; then
		in_copy "$1" > "$scenario_log" 2>&1 <<- EOT
			exec sh /out/check_debian.sh --inside $2
		EOT
	fi
	shift 2
	for scenario_case; do
		case_of "$scenario_suite" "$scenario_case" \
			told "$scenario_log" "$scenario_case"
	done
}

# told LOG CASE: it was reached, and is ok; else what was printed since the one before
told()
{
	grep -q -x -F "ok $2" "$1" && return
	awk -v name="not ok $2" '
		/^(not )?ok / { if ($0 == name) { printf "%s", text; found = 1 } text = ""; next }
		{ text = text $0 "\n" }
		END { if (!found) printf "%s", text }' "$1"
	return 1
}

VERSION=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' "$TOP/dkms.conf")

ktap_plan 92

ktap_equal "version" "$(sed -n '1s/^hugecontig (\(.*\)) .*/\1/p' "$TOP/debian/changelog")" \
	"$VERSION-1"
if command -v shellcheck > /dev/null; then
	ktap_equal "shellcheck" "$(cd "$TOP" && grep -l -r '^#!/bin/sh' debian |
		xargs shellcheck --format=gcc)" ""
else
	ktap_skip "shellcheck" "not installed"
fi
for suite in $SUITES; do
	mkdir "$work/$suite"
	echo true | in_copy $suite > "$work/log" 2>&1 || mv "$work/log" "$work/$suite.lacks"
	case_of $suite "builds" builds $suite
	case_of $suite "no warnings" silent warnings $suite
	case_of $suite "files of hugecontig-dkms" holds $suite dkms
	case_of $suite "files of hugecontig-tools" holds $suite tools
	mkdir "$work/$suite/debian"
	cp "$0" "$TOP/debian/tests/tools" "$work/$suite"
	cp "$TOP/debian/control" "$work/$suite/debian"
	scenario $suite install install module tools upgrade "module of the upgrade" \
		"loaded: unloaded" "loaded: refused" "loaded: waited for" \
		"loaded: a chroot" "loaded: a container" purge
	scenario $suite headers "no headers: install" "no headers: status" \
		"no headers: purge"
	scenario $suite dkms dkms-autopkgtest
	scenario $suite sources "sources: no headers" "sources: nothing half done" \
		"sources: a kernel that is not known" "sources: install" "sources: module" \
		"sources: it is in use" "sources: and still there" "sources: uninstall" \
		"sources: nothing is left" "sources: not beside the package"
done
case_of bookworm lintian lintian bookworm
case_of trixie lintian lintian trixie
case_of bookworm reproducible reproducible

ktap_finish
