#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What docs/release.md promises of a release: one version, and a tarball that is the same
# whoever makes it, holds what is committed, and can be built.

TESTS=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$TESTS/.." && pwd)
. "$TESTS/lib/ktap.sh"

for need in git gcc make xz; do
	command -v $need > /dev/null || ktap_skip_all "$need is not installed"
done
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# git of somebody who may not own the tree
git_of()
{
	git -c safe.directory="$TOP" "$@"
}

git_of -C "$TOP" rev-parse --quiet --verify HEAD > /dev/null 2>&1 ||
	ktap_skip_all "this is no clone"
VERSION=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' "$TOP/dkms.conf")
NAME=hugecontig-$VERSION

# versions FILE: what a file that has to name it says
versions()
{
	sed -n -e '1s/^hugecontig (\(.*\)-[0-9.]*) .*/\1/p' -e 's/^Version: *//p' \
		-e 's/^ *version: //p' -e 's/.*hugecontig\(-source\)\{0,1\}:\([0-9.]*[0-9]\).*/\2/p' \
		"$TOP/$1" | sort -u
}

# makes DIRECTORY UMASK TIMEZONE: a clone of its own, and the tarball of that
makes()
{
	git_of clone -q "$TOP" "$work/$1" && (
		umask "$2"
		export TZ="$3"
		cd "$work/$1" && find . -path ./.git -prune -o -exec touch {} + &&
			make dist
	)
}

# changed: a tree that has what is not committed, and what git does not know
changed()
{
	(
		cd "$work/second" && echo changed >> README.md && touch more &&
			rm -r dist && make dist
	)
}

same()
{
	cmp "$work/first/dist/$NAME.tar.xz" "$work/second/dist/$NAME.tar.xz"
}

unpacks()
{
	tar --extract --file "$work/first/dist/$NAME.tar.xz" --directory "$work"
}

logged()
{
	"$@" > "$work/log" 2>&1 && return
	sed 's/^/# /' "$work/log"
	return 1
}

ktap_plan 12

for file in debian/changelog tools/rpm/hugecontig.spec tools/rpm/hugecontig-kmod.spec \
	tools/fleet/kubernetes/module.yaml tools/fleet/kubernetes/Containerfile; do
	ktap_equal "version of $file" "$(versions $file)" "$VERSION"
done
ktap_true "tarball" logged makes first 022 UTC
ktap_true "tarball of somebody else" logged makes second 077 Asia/Tokyo
ktap_true "the same" logged same
ktap_true "also of a tree that was changed" logged changed
ktap_true "the same again" logged same
logged unpacks
ktap_equal "what is committed" "$(cd "$work/$NAME" && find . ! -type d | sed "s|^\./||" | LC_ALL=C sort)" \
	"$(git_of -C "$work/first" ls-tree -r --name-only HEAD | LC_ALL=C sort)"
logged make -C "$work/$NAME/tools"
ktap_equal "its program" "$("$work/$NAME/tools/hugecontig" --version)" "hugecontig $VERSION"

ktap_finish
