#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The Debian packages: builds them from the work tree in a chroot of a suite.

The chroot itself is never written to: all that is done in it is done in a copy, which is
a layer in memory, and gone with the command.
"""
import argparse
import email.utils
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from kernels import CACHE, TESTS, BuildError, appears_at_once, cache_lock, run

TOP = TESTS.parent
SUITES = ("bullseye", "bookworm", "trixie")

# What builds the packages, and a repository of them.
PACKAGES = ("apt-utils", "build-essential", "debhelper", "dh-sequence-dkms")

# What the packages are installed beside, and looked at with: debian/tests/tools and
# dkms-autopkgtest need some of it.
TEST_PACKAGES = ("bash-completion", "dctrl-tools", "dkms", "linux-headers-amd64", "man-db",
                 "openssl", "python3", "systemd", "zsh")

# lintian of Debian 11 is not asked; reprotest is the one of Debian 12.
MORE_PACKAGES = {"bullseye": (),
                 "bookworm": ("faketime", "lintian", "locales-all", "reprotest"),
                 "trixie": ("lintian",)}

# Nobody, who builds, and nogroup.
BUILDER = 65534

# Mounts a copy of the chroot $1 at $2, with the directory $3 in it, and runs the rest
# there: as in a system of its own, for reprotest can not vary all in a chroot.
ENTER = """
chroot=$1 place=$2 directory=$3
shift 3
mount -t tmpfs -o mode=0755 copy "$place"
mkdir "$place/upper" "$place/work" "$place/root"
mount -t overlay -o "lowerdir=$chroot,upperdir=$place/upper,workdir=$place/work" \\
	copy "$place/root"
mount -t proc proc "$place/root/proc"
mkdir "$place/root/out"
mount --bind "$directory" "$place/root/out"
cd "$place/root"
pivot_root . mnt
exec chroot . sh -e -c 'umount -l /mnt; exec "$@"' sh "$@"
"""

# Runs in the copy, beside the sources. Whatever is older than the changelog keeps its time.
BUILD = """
cd /out
find "hugecontig-$1" -exec touch --no-dereference --date="@$2" {} +
tar -c -J -f "hugecontig_$1.orig.tar.xz" --sort=name --owner=0 --group=0 --numeric-owner \\
	--mode=u=rwX,go=rX --exclude="hugecontig-$1/debian" "hugecontig-$1"
cd "hugecontig-$1"
exec dpkg-buildpackage --no-sign
"""

REPOSITORY = """
cd /out
apt-ftparchive packages . > Packages
apt-ftparchive -o APT::FTPArchive::Release::Suite=hugecontig release . > Release.new
mv Release.new Release
"""


def make_chroot(suite, names, path):
    """A system of that suite with these packages. It is not booted."""
    with appears_at_once(path) as part:
        run("mmdebstrap", "--variant=minbase", "--include=" + ",".join(names), suite, part,
            env=os.environ | {"INITRD": "No"})


def chroot(suite):
    """The chroot of that suite, which is made if it is not there."""
    names = (*PACKAGES, *TEST_PACKAGES, *MORE_PACKAGES[suite])
    digest = hashlib.sha256(" ".join(names).encode()).hexdigest()[:12]
    path = CACHE / f"packages-{suite}-{digest}"
    # Whoever fills the cache with something else is not waited for.
    if not path.exists():
        with cache_lock():
            if not path.exists():
                make_chroot(suite, names, path)
    return path


def enter(suite, directory, place, *command):
    """The command line that runs a command in a copy of the chroot, with that directory
    as /out, and without a network."""
    environment = ("PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "HOME=/root",
                   "DEBIAN_FRONTEND=noninteractive", "INITRD=No")
    return ("unshare", "--mount", "--pid", "--net", "--fork", "--kill-child", "sh", "-e",
            "-c", ENTER, "sh", str(chroot(suite)), place, str(directory),
            "env", "-i", *environment, *command)


def as_builder(*command):
    """The same command, by nobody."""
    return ("setpriv", f"--reuid={BUILDER}", f"--regid={BUILDER}", "--clear-groups",
            "env", "HOME=/nonexistent", *command)


def run_in_copy(suite, directory, *command):
    """Runs a command there, and returns what it printed."""
    with tempfile.TemporaryDirectory(prefix="hugecontig.") as place:
        return run(*enter(suite, directory, place, *command))


def run_script(suite, directory):
    """Runs the script that is on stdin there, and returns its code."""
    with tempfile.TemporaryDirectory(prefix="hugecontig.") as place:
        return subprocess.run(enter(suite, directory, place, "sh", "-e"),
                              check=False).returncode


def tree_version(top=TOP):
    """The version that the sources have."""
    text = (top / "dkms.conf").read_text(encoding="ascii")
    return re.search(r'^PACKAGE_VERSION="(.*)"$', text, re.MULTILINE)[1]


def copy_sources(to):
    """Copies what git has of the work tree, or would take, as it is now."""
    names = run("git", "-c", f"safe.directory={TOP}", "-C", TOP, "ls-files", "-z",
                "--cached", "--others", "--exclude-standard").split("\0")
    for name in filter(None, names):
        source = TOP / name
        # Others are listed as long as their removal is not committed.
        if os.path.lexists(source):
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, to / name, follow_symlinks=False)


def set_version(top, version):
    """Makes another version of the sources."""
    conf = top / "dkms.conf"
    text = conf.read_text(encoding="ascii")
    conf.write_text(text.replace(f'PACKAGE_VERSION="{tree_version(top)}"',
                                 f'PACKAGE_VERSION="{version}"'), encoding="ascii")
    changelog = top / "debian" / "changelog"
    text = changelog.read_text(encoding="utf-8")
    signature = re.search(r"^ -- .*$", text, re.MULTILINE)[0]
    changelog.write_text(f"hugecontig ({version}-1) unstable; urgency=medium\n\n"
                         f"  * Another version, for a test.\n\n{signature}\n\n{text}",
                         encoding="utf-8")


def changelog_time(top):
    """When the last entry of the changelog was written, in seconds since 1970."""
    text = (top / "debian" / "changelog").read_text(encoding="utf-8")
    date = re.search(r"^ -- .*>  (.*)$", text, re.MULTILINE)[1]
    return int(email.utils.parsedate_to_datetime(date).timestamp())


def unpack(top, version=None):
    """Puts sources to build into that directory; what BUILD wants to know of them."""
    sources = top / "hugecontig"
    sources.mkdir()
    copy_sources(sources)
    if version:
        set_version(sources, version)
    version = tree_version(sources)
    when = changelog_time(sources)
    sources.rename(top / f"hugecontig-{version}")
    return version, str(when)


def build(suite, out, version=None):
    """Builds the packages, and puts them, their source and what goes with them into that
    directory. Returns what dpkg-buildpackage printed."""
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="hugecontig.") as name:
        top = pathlib.Path(name)
        words = unpack(top, version)
        run("chown", "-R", f"{BUILDER}:{BUILDER}", top)
        printed = run_in_copy(suite, top, *as_builder("sh", "-e", "-c", BUILD, "sh",
                                                      *words))
        for path in top.iterdir():
            if path.is_file():
                shutil.copy(path, out)
    return printed


def repository(out, suite=SUITES[-1]):
    """Makes a directory with packages a repository: deb [trusted=yes] file:DIRECTORY ./
    The suite is whose apt makes it."""
    run_in_copy(suite, out, "sh", "-e", "-c", REPOSITORY)


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suite", choices=SUITES)
    parser.add_argument("out", type=pathlib.Path,
                        help="where the packages go; it becomes a repository")
    parser.add_argument("--version", help="build another version than that of dkms.conf")
    parser.add_argument("--script", action="store_true",
                        help="build nothing, run the script that is on stdin in a copy of "
                        "the chroot, with the directory as /out")
    options = parser.parse_args()
    try:
        if options.script:
            return run_script(options.suite, options.out.resolve())
        print(build(options.suite, options.out, options.version))
        repository(options.out.resolve(), options.suite)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
