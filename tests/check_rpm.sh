#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The RPM packages of tools/rpm, built by Debian's rpmbuild in a Debian system of their
# own, and for Debian's kernel. Debian has neither the macros of systemd nor kmodtool:
# instead there are a few lines here that show what the specs ask them for.

TESTS=$(cd "$(dirname "$0")" && pwd)
TOP=$TESTS/..
. "$TESTS/lib/ktap.sh"

export PYTHONDONTWRITEBYTECODE=1
system=$("$TESTS/check_rpm.py" 2>&1) || ktap_skip_all "$system"
ROOT=${system% *}
RELEASE=${system##* }
VERSION=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' "$TOP/dkms.conf")

WORK=$(mktemp -d "$ROOT/tmp/hugecontig.XXXXXX") || exit 1
trap 'rm -rf "$WORK"' EXIT
trap 'exit 1' HUP INT TERM
INSIDE=${WORK#"$ROOT"}
SPECS=$INSIDE/SPECS
MODULES=/usr/lib/modules
DRIVER=$MODULES/$RELEASE/extra/hugecontig

# inside COMMAND...: in that system
inside()
{
	unshare --mount --pid --fork --mount-proc --root="$ROOT" \
		env -i PATH="$INSIDE/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
		LC_ALL=C.UTF-8 HOME="$INSIDE" "$@"
}

# rpm_build ARGUMENTS: what it says is kept, errors are shown. Debian's packages do not
# count as what is required.
rpm_build()
{
	inside rpmbuild --load "$INSIDE/macros" --define "_topdir $INSIDE" --nodeps "$@" \
		> "$WORK/log" 2>&1 && return
	grep -E '^error|[Ee]rror:|^\+ test ' "$WORK/log" | tail -n 20 | sed 's/^/# /'
	return 1
}

# refused WORDS COMMAND...: it fails, and says so by these words
refused()
{
	refused_words=$1
	shift
	! "$@" > "$WORK/told" || return
	grep -q -e "$refused_words" "$WORK/log" && return
	cat "$WORK/told"
	return 1
}

# built NAME: the package, seen from inside
built()
{
	for built_file in "$WORK"/RPMS/*/"$1-$VERSION"-*.rpm; do
		echo "${built_file#"$ROOT"}"
	done
}

# files PACKAGE: what is in it, but for directories of documents, whose names differ
files()
{
	inside rpm --query --package --list "$(built "$1")" |
		grep -v -E '^/usr/(lib/\.build-id|share/(doc|licenses)/[^/]*$)' |
		sed "s,/\(doc\|licenses\)/\([^/]*\)-$VERSION/,/\1/\2/,"
}

# scripts PACKAGE: what it runs, without comments
scripts()
{
	inside rpm --query --package --scripts "$(built "$1")" | grep -v -e '^#' -e '^$'
}

# relation KIND PACKAGE: of what the package provides, requires, ... what is ours
relation()
{
	inside rpm --query --package "--$1" "$(built "$2")" | grep -e hugecontig |
		grep -v -e '^config(' -e '(x86-64)' | sort
}

# versions: of all packages, by the specs
versions()
{
	for spec in hugecontig hugecontig-kmod; do
		inside rpmspec --query --load "$INSIDE/macros" --queryformat '%{VERSION}\n' \
			"$SPECS/$spec.spec"
		inside rpmspec --query --srpm --load "$INSIDE/macros" \
			--queryformat '%{VERSION}\n' "$SPECS/$spec.spec"
	done | sort -u
}

# tree: the sources, as "make dist" has them
tree()
{
	(cd "$TOP" && tar --create --xz --file "$WORK/SOURCES/hugecontig-$VERSION.tar.xz" \
		--transform "s,^,hugecontig-$VERSION/," --exclude '*.o' --exclude '*.d' \
		--exclude '*.ko' --exclude '*.mod*' --exclude '.*.cmd' \
		--exclude tools/hugecontig --exclude '__pycache__' \
		Kbuild Makefile LICENSE README.md dkms.conf docs include src tools)
}

# lint: what rpmlint says, but for the frame around it
lint()
{
	inside rpmlint --config "$SPECS/rpmlint.toml" "$SPECS" "$INSIDE/RPMS" |
		grep -E ': [EW]: |Traceback|^[A-Za-z]*Error'
}

# rpm_in DIRECTORY ARGUMENTS: rpm, for a root of its own. Nothing of Debian is in there
# that could be required, or run. Debian's rpm warns that it is not dpkg.
rpm_in()
{
	rpm_root=$1
	shift
	mkdir -p "$WORK/$rpm_root"
	inside rpm --root "$INSIDE/$rpm_root" "$@" 2> "$WORK/warnings" && return
	grep -v -e '^rpm: ' "$WORK/warnings" | sed 's/^/# /' >&2
	return 1
}

# unpacked PACKAGE: the directory that it is unpacked in, seen from inside
unpacked()
{
	rpm_in "$1" --install --nodeps --noscripts "$(built "$1")" && echo "$INSIDE/$1"
}

# module_says FIELD: of the module that was built
module_says()
{
	inside modinfo --field "$1" "$module/$DRIVER/hugecontig.ko"
}

# twice: files that are in more than one package
twice()
{
	for package in hugecontig hugecontig-kmod-common "kmod-hugecontig-$RELEASE"; do
		files "$package"
	done | sort | uniq --repeated
}

# steady: the packages fit together, are installed as they are, and leave nothing
steady()
{
	packages="$(built hugecontig) $(built hugecontig-kmod-common) \
		$(built "kmod-hugecontig-$RELEASE")"
	mkdir -p "$WORK/empty"
	# What is not ours is not there.
	! inside rpm --root "$INSIDE/empty" --install --test $packages 2>&1 |
		grep -e conflicts -e 'hugecontig.* is needed' || return
	rpm_in empty --install --nodeps --noscripts $packages &&
		rpm_in empty --verify --all --nodeps --noscripts &&
		rpm_in empty --erase --nodeps --noscripts hugecontig \
			hugecontig-kmod-common "kmod-hugecontig-$RELEASE" || return
	! find "$WORK/empty/usr" "$WORK/empty/etc" -name '*hugecontig*' | grep .
}

# with_no_modules COMMAND...: in that system, without a kernel
with_no_modules()
{
	unshare --mount sh -c "mount -t tmpfs none '$ROOT$MODULES'; exec \"\$@\"" sh \
		unshare --root="$ROOT" \
		env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME="$INSIDE" "$@"
}

# known_to_modprobe: the list of modules of the kernel has it as long as its package is
# there; a kernel that is not there has no list
known_to_modprobe()
{
	package="kmod-hugecontig-$RELEASE"
	with_no_modules sh -e -c "
		run='rpm --dbpath $INSIDE/db --nodeps'
		\$run --install $(built "$package")
		test ! -e $MODULES/$RELEASE/modules.dep
		\$run --erase $package
		mkdir -p $MODULES/$RELEASE
		touch $MODULES/$RELEASE/modules.order $MODULES/$RELEASE/modules.builtin
		\$run --install $(built "$package")
		grep -q -e '^extra/hugecontig/hugecontig.ko:' $MODULES/$RELEASE/modules.dep
		\$run --erase $package
		! grep hugecontig $MODULES/$RELEASE/modules.dep" > "$WORK/log" 2>&1 && return
	grep -v -e '^rpm: ' "$WORK/log" | sed 's/^/# /'
	return 1
}

# parameters: that modprobe.d sets, and the module does not have
parameters()
{
	sed -n 's/^options hugecontig //p' "$TOP/tools/rpm/modprobe.conf" | tr ' ' '\n' |
		while IFS='=' read -r name _; do
			module_says parm | grep -q "^$name:" ||
				echo "$name"
		done
}

# source_package: of the module, on a host without kmodtool
source_package()
{
	inside env PATH=/usr/bin:/bin rpmbuild --define "_topdir $INSIDE" -bs \
		"$SPECS/hugecontig-kmod.spec" > "$WORK/log" 2>&1 || return
	inside rpm --query --package --list \
		"$INSIDE/SRPMS/hugecontig-kmod-$VERSION-1.src.rpm" > "$WORK/list" 2>&1 &&
		grep -q "^hugecontig-$VERSION.tar.xz$" "$WORK/list" &&
		grep -q "^hugecontig-kmod.spec$" "$WORK/list"
}

# carried: the source package in akmod-hugecontig, as akmods finds it
carried()
{
	carried_in=$(unpacked akmod-hugecontig) &&
		inside readlink -e "$carried_in/usr/src/akmods/hugecontig-kmod.latest"
}

mkdir -p "$WORK/SOURCES" "$WORK/SPECS" "$WORK/bin"
cp "$TOP"/tools/rpm/*.spec "$TOP/tools/rpm/rpmlint.toml" "$WORK/SPECS"
cat > "$WORK/macros" << 'END'
%_unitdir /usr/lib/systemd/system
%systemd_post() systemd_post %{?*}
%systemd_preun() systemd_preun %{?*}
%systemd_postun() systemd_postun %{?*}
%systemd_postun_with_restart() systemd_postun_with_restart %{?*}
END

# What the real one prints for an akmod, or for kernels, without what is not needed here.
cat > "$WORK/bin/kmodtool" << 'END'
#!/bin/sh
case $* in
"--target x86_64 --kmodname hugecontig-kmod --akmod")
	cat << 'END_OF_AKMOD'
%global akmod_install mkdir -p %{buildroot}/usr/src/akmods \
rpmbuild --define "_sourcedir %{_sourcedir}" \\\
    --define "_srcrpmdir %{buildroot}/usr/src/akmods" \\\
    -bs --nodeps %{_specdir}/%{name}.spec \
cd %{buildroot}/usr/src/akmods \
ln -s *.src.rpm hugecontig-kmod.latest
%package -n akmod-hugecontig
Summary: Stand-in
Requires: akmods, kmodtool, %{AkmodsBuildRequires}
%description -n akmod-hugecontig
%files -n akmod-hugecontig
/usr/src/akmods/*
END_OF_AKMOD
	;;
"--target x86_64 --kmodname hugecontig-kmod --akmod --for-kernels "*)
	for kernel; do :; done
	cat << END_OF_KERNEL
%global kmodinstdir_prefix /usr/lib/modules/
%global kmodinstdir_postfix /extra/hugecontig/
%global kernel_versions ${kernel}___/lib/modules/$kernel/build/
%package -n kmod-hugecontig-$kernel
Summary: Stand-in
%description -n kmod-hugecontig-$kernel
%files -n kmod-hugecontig-$kernel
%defattr(644,root,root,755)
/usr/lib/modules/$kernel/extra/hugecontig/
END_OF_KERNEL
	;;
*)
	echo "%global kmodtool_check echo \"kmodtool error: $*\"; exit 2;"
	exit 2
	;;
esac
END
chmod +x "$WORK/bin/kmodtool"

ktap_plan 23

ktap_equal "versions" "$(versions)" "$VERSION"
tree || exit 1
ktap_true "program: builds" rpm_build -ba "$SPECS/hugecontig.spec"
ktap_equal "program: files" "$(files hugecontig)" \
	"/usr/lib/systemd/system/hugecontig-metrics.service
/usr/lib/systemd/system/hugecontig-metrics.timer
/usr/sbin/hugecontig
/usr/share/bash-completion/completions/hugecontig
/usr/share/doc/hugecontig/fleet.md
/usr/share/doc/hugecontig/hugecontig.dashboard.json
/usr/share/doc/hugecontig/hugecontig.rules.test.yml
/usr/share/doc/hugecontig/hugecontig.rules.yml
/usr/share/licenses/hugecontig/LICENSE
/usr/share/man/man8/hugecontig.8
/usr/share/zsh/site-functions/_hugecontig"
ktap_equal "common: files" "$(files hugecontig-kmod-common)" \
	"/etc/modprobe.d/hugecontig.conf
/usr/lib/systemd/system/hugecontig.service
/usr/share/doc/hugecontig-kmod-common/README.md
/usr/share/doc/hugecontig-kmod-common/interface.md
/usr/share/doc/hugecontig-kmod-common/rpm.md
/usr/share/doc/hugecontig-kmod-common/tracing.md
/usr/share/licenses/hugecontig-kmod-common/LICENSE"
unit=$(unpacked hugecontig-kmod-common)/usr/lib/systemd/system/hugecontig.service
ktap_equal "common: the service names no file of Debian" \
	"$(sed -n 's/^Documentation=//p' "$ROOT$unit")" "man:hugecontig(8)"
ktap_equal "program: scripts" "$(scripts hugecontig)" "postinstall scriptlet (using /bin/sh):
systemd_post hugecontig-metrics.timer
preuninstall scriptlet (using /bin/sh):
systemd_preun hugecontig-metrics.timer
postuninstall scriptlet (using /bin/sh):
systemd_postun_with_restart hugecontig-metrics.timer"
ktap_equal "common: scripts" "$(scripts hugecontig-kmod-common)" \
	"postinstall scriptlet (using /bin/sh):
systemd_post hugecontig.service
preuninstall scriptlet (using /bin/sh):
systemd_preun hugecontig.service
postuninstall scriptlet (using /bin/sh):
systemd_postun hugecontig.service"
ktap_equal "common: requires" "$(relation requires hugecontig-kmod-common)" \
	"hugecontig-kmod >= $VERSION"

ktap_true "module: source package, without kmodtool and a kernel" \
	source_package
ktap_true "module: no kernel named" refused "which kernel?" \
	rpm_build --without kmodtool -bb "$SPECS/hugecontig-kmod.spec"
ktap_true "module: headers of another kernel" refused "test .* = 6.1.0-other" \
	rpm_build --without kmodtool --define "kernel 6.1.0-other" \
	--define "kernel_dir /usr/src/linux-headers-$RELEASE" -bb \
	"$SPECS/hugecontig-kmod.spec"
ktap_true "module: builds" rpm_build --without kmodtool --define "kernel $RELEASE" \
	--define "kernel_dir /usr/src/linux-headers-$RELEASE" -bb \
	"$SPECS/hugecontig-kmod.spec"
ktap_equal "module: files" "$(files "kmod-hugecontig-$RELEASE")" \
	"$MODULES/$RELEASE/extra
$DRIVER
$DRIVER/hugecontig.ko"
module=$(unpacked "kmod-hugecontig-$RELEASE")
ktap_equal "module: kernel" "$(module_says vermagic | cut -d ' ' -f 1)" "$RELEASE"
ktap_equal "module: what modprobe.d sets it does not know" "$(parameters)" ""
ktap_equal "module: provides and requires" \
	"$(relation provides "kmod-hugecontig-$RELEASE")
$(relation requires "kmod-hugecontig-$RELEASE")" \
	"hugecontig-kmod = $VERSION-1
kmod-hugecontig-$RELEASE = $VERSION-1
hugecontig-kmod-common >= $VERSION"
ktap_true "module: known to modprobe" known_to_modprobe
ktap_equal "all: files that are there twice" "$(twice)" ""
ktap_true "all: fit together, and leave nothing" steady
ktap_equal "all: rpmlint" "$(lint)" ""

rm -rf "$WORK/RPMS"
ktap_true "akmod: builds" rpm_build -bb "$SPECS/hugecontig-kmod.spec"
# As akmodsbuild does it.
ktap_true "akmod: builds the module" rpm_build --define "kernels $RELEASE" \
	--rebuild "$(carried)"
ktap_equal "akmod: files of that" "$(files "kmod-hugecontig-$RELEASE")" \
	"$DRIVER
$DRIVER/hugecontig.ko"

ktap_finish
