# SPDX-License-Identifier: GPL-2.0-only
"""Test suites of others, built from Debian's source packages."""
import hashlib
import shutil

from kernels import (CACHE, TESTS, BuildError, appears_at_once, build_directory,
                     cache_lock, in_chroot, run)

# The suite that has the source, which Debian 12 can verify.
LIBHUGETLBFS_SUITE = "trixie"

# Of the library, what its tests need. All is linked statically: guests have no
# shared libraries.
LIBHUGETLBFS_SOURCES = ("alloc", "debug", "hugeutils", "kernel-features", "init",
                        "shm", "morecore", "tests/testutils",
                        "tests/libtestutils")
LIBHUGETLBFS_FLAGS = ("-O1", "-w", "-static", "-pthread", "-D__LIBHUGETLBFS__",
                      "-DNO_ELFLINK", '-DVERSION="test"')


def download_source(package, suite, where):
    """The upstream source in a source package; the rest of it is not needed."""
    run("apt-get", "-q=2", "update")
    uris = run("apt-get", "indextargets", "--format", "$(REPO_URI)",
               "Created-By: Packages", "Component: main").split()
    if not uris:
        raise BuildError("apt has no mirror with the component main")
    (where / "lists" / "partial").mkdir(parents=True)
    sources = where / "sources.list"
    sources.write_text(f"deb-src {uris[0]} {suite} main\n", encoding="ascii")
    apt = ("apt-get", "-q=2", "-o", f"Dir::Etc::SourceList={sources}",
           "-o", "Dir::Etc::SourceParts=-", "-o", f"Dir::State::Lists={where}/lists",
           "-o", "APT::Sandbox::User=root")
    run(*apt, "update")
    try:
        run(*apt, "--download-only", "source", package, cwd=where)
    except BuildError:
        # A mirror may lack the others of its files; apt has verified this one.
        if not any(where.glob("*.orig.tar.gz")):
            raise
    source, = where.glob("*.orig.tar.gz")
    return source


def libhugetlbfs_names():
    """The tests that are run, without their arguments."""
    lines = (TESTS / "libhugetlbfs.cases").read_text(encoding="ascii").splitlines()
    return sorted({line.split()[0] for line in lines if line[0] != "#"})


def build_libhugetlbfs(target, part):
    """Fills a directory of the cache."""
    with build_directory(target) as top:
        source = download_source("libhugetlbfs", LIBHUGETLBFS_SUITE,
                                 top / "download")
        run("tar", "xf", source, "--strip-components=1", "-C", top)
        (top / "version.h").touch()
        inside = "/" + str(top.relative_to(target.chroot))
        library = [f"{inside}/{name}.c" for name in LIBHUGETLBFS_SOURCES]
        for name in libhugetlbfs_names():
            in_chroot(target, target.compiler, *LIBHUGETLBFS_FLAGS, f"-I{inside}",
                      f"{inside}/tests/{name}.c", *library, "-o", f"{inside}/{name}")
            shutil.move(top / name, part / name)


def libhugetlbfs(target):
    """A directory with the tests of libhugetlbfs."""
    digest = hashlib.sha256(" ".join(libhugetlbfs_names()).encode())
    path = CACHE / f"libhugetlbfs-{digest.hexdigest()[:12]}"
    with cache_lock():
        if not path.exists():
            with appears_at_once(path) as part:
                build_libhugetlbfs(target, part)
    return path
