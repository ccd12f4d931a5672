#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What tools/fleet/kubernetes has: the resource for the operator KMM, and the Containerfile,
# by which an image is built for a kernel of Debian 12, without a registry.

TESTS=$(cd "$(dirname "$0")" && pwd)
TOP=$TESTS/..
. "$TESTS/lib/ktap.sh"

KUBERNETES=$TOP/tools/fleet/kubernetes
VERSION=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' "$TOP/dkms.conf")
# Nothing is left in the tree.
export PYTHONDONTWRITEBYTECODE=1

# clean_up: containers are mounted, and so is the place where they are
clean_up()
{
	rm -rf "$work"
	[ -n "$storage" ] || return
	image_tool rm --all > /dev/null 2>&1
	umount "$storage/root/overlay" 2> /dev/null
	rm -rf "$storage"
}

work=$(mktemp -d) || exit 1
storage=
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

# Debian's packages are for its own python3.
for python in python3 /usr/bin/python3; do
	"$python" -c 'import jsonschema, yaml' 2> /dev/null && break
	python=
done
[ -n "$python" ] ||
	ktap_skip_all "python3-jsonschema or python3-yaml is not installed"

# checked ARGUMENTS: prints what is wrong
checked()
{
	"$python" "$TESTS/check_kubernetes.py" "$@"
}

# notices OPTION SCRIPT WORDS: it is told, by these words, that sed has changed the file
notices()
{
	case $1 in
	containerfile) notices_file=Containerfile ;;
	*) notices_file=$1.yaml ;;
	esac
	sed "$2" "$KUBERNETES/$notices_file" > "$work/mutant"
	! cmp -s "$KUBERNETES/$notices_file" "$work/mutant" || return
	! checked "--$1" "$work/mutant" > "$work/told" 2>&1 || return
	grep -q -e "$3" "$work/told" && return
	sed 's/^/# /' "$work/told"
	return 1
}

# image_tool ARGUMENTS: buildah, with a storage of its own
image_tool()
{
	buildah --root "$storage/root" --runroot "$storage/run" \
		--storage-driver "$driver" "$@"
}

# put_image NAME DIRECTORY_OR_ARCHIVE: an image with nothing else
put_image()
{
	put_image_container=$(image_tool from scratch) &&
		image_tool add --quiet "$put_image_container" "$2" / > /dev/null &&
		image_tool commit --quiet --rm "$put_image_container" "$1" > /dev/null
}

# sources: as Debian's own images have them, of those of the small Debian
sources()
{
	awk '$1 == "deb" {
		printf "%sTypes: deb\nURIs: %s\nSuites: %s\nComponents: %s\n", gap, $2, $3, $4
		gap = "\n"
	}' "$base/etc/apt/sources.list"
}

# images: those that the Containerfile begins with
images()
{
	mkdir -p "$work/etc/etc/apt/sources.list.d" &&
		sources > "$work/etc/etc/apt/sources.list.d/debian.sources" &&
		tar --create --file "$work/debian.tar" --one-file-system \
			--exclude ./etc/apt/sources.list --exclude './var/lib/apt/lists/*' \
			-C "$base" . -C "$work/etc" ./etc/apt/sources.list.d/debian.sources &&
		put_image docker.io/library/debian:bookworm-slim "$work/debian.tar" || return
	(cd "$TOP" && tar --create --xz --file "$work/source.tar.xz" \
		--transform "s,^,hugecontig-$VERSION/," --exclude '*.o' --exclude '*.d' \
		--exclude '*.ko' --exclude '*.mod*' --exclude '.*.cmd' \
		--exclude tools/hugecontig Kbuild Makefile dkms.conf include src tools) &&
		put_image "registry.example/hugecontig-source:$VERSION" "$work/source.tar.xz"
}

# build ARGUMENTS: by the Containerfile, of a directory with nothing in it, as KMM does
build()
{
	mkdir -p "$work/empty"
	image_tool bud --isolation chroot --pull-never --layers=false \
		--file "$KUBERNETES/Containerfile" "$@" "$work/empty" > "$work/log" 2>&1
}

# build_image: the image for that kernel, as KMM would have it built
build_image()
{
	set -- --tag "$image"
	checked --build-arguments "$RELEASE" > "$work/arguments" || return
	while read -r argument; do
		set -- "$@" --build-arg "$argument"
	done < "$work/arguments"
	build "$@" && return
	tail -n 20 "$work/log" | sed 's/^/# /'
	return 1
}

# needs_kernel: without one it ends at once
needs_kernel()
{
	! build && grep -q "which kernel?" "$work/log"
}

# extra_suite: the first of the sources has it, and no other
extra_suite()
{
	build --target debian --build-arg EXTRA_SUITE=some-backports \
		--tag localhost/extra || return
	extra_container=$(image_tool from --pull-never localhost/extra) &&
		image_tool run --isolation chroot "$extra_container" \
			cat /etc/apt/sources.list.d/debian.sources > "$work/extra" &&
		image_tool rm "$extra_container" > /dev/null || return
	sources | sed '0,/^Suites:/s/^Suites:.*/& some-backports/' | diff - "$work/extra"
}

# in_image COMMAND...: in a container of it
in_image()
{
	image_tool run --isolation chroot "$container" "$@"
}

# field NAME: of the module in the image
field()
{
	in_image cat "$module" | tr '\0' '\n' | sed -n "s/^$1=//p"
}

ktap_plan 23

ktap_equal "resource, patch and Containerfile" "$(checked 2>&1)" ""
ktap_true "notices: a key that is not known" \
	notices module 's/imagePullPolicy/pullPolicy/' "'pullPolicy' was unexpected"
ktap_true "notices: a key that is there twice" \
	notices module 's/^  namespace: .*/&\n&/' "namespace is there twice"
ktap_true "notices: neither regexp nor literal" \
	notices module '/- regexp/{s/- regexp.*/-/;n;s/.*/          containerImage: "a\/b:0"/}' \
	"is not valid under any"
ktap_true "notices: a tested kernel without an image" \
	notices module 's/(-cloud|-rt)?/(-cloud)?/' "is matched by 0 mappings"
ktap_true "notices: a kernel that nobody knows" \
	notices module "s/-amd64\\$'/-amd64'/" "nobody has tested it"
ktap_true "notices: two mappings for a kernel" \
	notices module 's/0-0\\\.deb11\\\./0-.*/' "is matched by 2 mappings"
ktap_true "notices: a mapping for no kernel" \
	notices module 's/\^7\\\.2/^7\\.1/' "matches no kernel"
# shellcheck disable=SC2016 # not of the shell
ktap_true "notices: one image for several kernels" \
	notices module 's/-${KERNEL_FULL_VERSION}/-6.1/' "kernels have the image"
ktap_true "notices: another Debian" \
	notices module 's/debian:trixie-slim/debian:bookworm-slim/' "not built on trixie"
ktap_true "notices: a suite that is not looked into" \
	notices module '/EXTRA_SUITE/,+1 d' "is in trixie-backports, and not looked for"
ktap_true "notices: another version" \
	notices module 's/version: .*/version: 0.0.1/' "the version is 0.0.1"
ktap_true "notices: a parameter that the module does not have" \
	notices module 's/mode=observe/dry_run=yes/' "no parameter dry_run"
# shellcheck disable=SC2016 # not of the shell
ktap_true "notices: a module that is not signed" \
	notices sign 's/\*/${KERNEL_FULL_VERSION}/' "deb13-amd64/hugecontig.ko is not signed"
ktap_true "notices: an argument that nobody asks for" \
	notices containerfile '/^ARG EXTRA_SUITE/d' "nobody asks for EXTRA_SUITE"
ktap_true "notices: a stage that is not there" \
	notices containerfile 's/--from=build/--from=builder/' "there is no stage builder"
ktap_true "notices: files of where it is built" \
	notices containerfile 's/--from=source //' "there is nothing to copy"

# What can not be done here, if so.
lacks=
command -v buildah > /dev/null || lacks="buildah is not installed"
[ -n "$lacks" ] || there=$(checked --base 2>&1) || lacks=$there
if [ -n "$lacks" ]; then
	for name in "ends at once without a kernel" "has an extra suite" "builds" "files" \
		"kernel" "program"; do
		ktap_skip "image: $name" "$lacks"
	done
	ktap_finish
fi

base=${there% *}
RELEASE=${there##* }
storage=$(mktemp -d "$(dirname "$base")/kubernetes.XXXXXX") || exit 1
image=$(checked --image "$RELEASE")
module=/opt/lib/modules/$RELEASE/hugecontig.ko
# Layers on each other, or where that can not be, copies.
driver=overlay
image_tool images > /dev/null 2>&1 || driver=vfs
images || exit 1

ktap_true "image: ends at once without a kernel" needs_kernel
ktap_true "image: has an extra suite" extra_suite
ktap_true "image: builds" build_image
container=$(image_tool from --pull-never "$image")
ktap_equal "image: files" "$(in_image find /opt -name '*.ko' -o -name modules.dep)" \
	"$module
/opt/lib/modules/$RELEASE/modules.dep"
ktap_equal "image: version and kernel" \
	"$(field version) $(field vermagic | cut -d ' ' -f 1)" "$VERSION $RELEASE"
ktap_equal "image: program" "$(in_image cp /usr/sbin/hugecontig /tmp/copy &&
	in_image /tmp/copy --version)" "hugecontig $VERSION"

ktap_finish
