# SPDX-License-Identifier: GPL-2.0-only
"""Test suites of others, from Debian's packages. Each is a directory of the cache."""
import hashlib
import re
import shutil

from kernels import (CACHE, TESTS, BuildError, appears_at_once, build_directory,
                     cache_lock, downloaded, in_chroot, run,
                     unpack_source)

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


def cases(suite):
    """The lines of the suite's file: commands that are run, one after another. The
    exclamation mark before some is for lib/suites.sh."""
    text = (TESTS / f"{suite}.cases").read_text(encoding="ascii")
    return [line.removeprefix("! ") for line in text.splitlines()
            if line and line[0] != "#"]


def cached(name, names, build, *arguments):
    """The directory that is filled once for these names."""
    digest = hashlib.sha256(" ".join(names).encode())
    path = CACHE / f"{name}-{digest.hexdigest()[:12]}"
    with cache_lock():
        if not path.exists():
            with appears_at_once(path) as part:
                build(part, names, *arguments)
    return path


def build_libhugetlbfs(part, names, target):
    """Compiles the tests of that name, with the library."""
    with build_directory(target) as top:
        source = download_source("libhugetlbfs", LIBHUGETLBFS_SUITE,
                                 top / "download")
        run("tar", "xf", source, "--strip-components=1", "-C", top)
        (top / "version.h").touch()
        inside = "/" + str(top.relative_to(target.chroot))
        library = [f"{inside}/{name}.c" for name in LIBHUGETLBFS_SOURCES]
        for name in names:
            in_chroot(target, target.compiler, *LIBHUGETLBFS_FLAGS, f"-I{inside}",
                      f"{inside}/tests/{name}.c", *library, "-o", f"{inside}/{name}")
            shutil.move(top / name, part / name)


def libhugetlbfs(target):
    """The tests of libhugetlbfs."""
    names = sorted({case.split()[0] for case in cases("libhugetlbfs")})
    return cached("libhugetlbfs", names, build_libhugetlbfs, target)


# In the kernel's source.
KSELFTEST = "tools/testing/selftests"
KSELFTEST_FLAGS = ("-O2", "-w", "-static", "-pthread")


def build_kselftest(part, names, target):
    """The directories of kselftest, with the programs of that name compiled, and
    the sources of the modules for livepatch's."""
    with downloaded(target, target.source) as package, \
            build_directory(target) as top:
        unpack_source(package, top, f"{KSELFTEST}/kselftest.h", f"{KSELFTEST}/vm",
                      f"{KSELFTEST}/livepatch", "lib/livepatch")
        inside = "/" + str((top / KSELFTEST).relative_to(target.chroot))
        for source in (name + ".c" for name in names):
            if (top / KSELFTEST / source).exists():
                in_chroot(target, target.compiler, *KSELFTEST_FLAGS,
                          f"{inside}/{source}", "-o", f"{inside}/{source[:-2]}")
        for directory in ("vm", "livepatch"):
            shutil.copytree(top / KSELFTEST / directory, part / directory,
                            ignore=shutil.ignore_patterns("*.[ch]"))
            for script in (part / directory).glob("*.sh"):
                script.chmod(0o755)
        shutil.copytree(top / "lib" / "livepatch", part / "modules")


def kselftest(target):
    """kselftest of the kernel's own source."""
    names = sorted({case.split()[0] for case in cases("kselftest")})
    # What write_hugetlb_memory.sh runs.
    names.append("vm/write_to_hugetlbfs")
    return cached(f"kselftest-{target.version}", names, build_kselftest, target)


# The programs that scripts of the suites call, those of GNU and not busybox', and
# a suite that is a package itself.
USERLAND = ("bash", "coreutils", "diffutils", "findutils", "grep", "kmod", "mawk",
            "mount", "procps", "psmisc", "sed", "stress-ng", "util-linux")
USERLAND_WITHOUT = ("/usr/share/*", "/usr/lib/*/gconv/*", "/usr/lib/*/perl*",
                    "/usr/bin/perl*", "/usr/lib/udev/*")

# Those who listen to tracepoints. In Debian 11 perf is a script of linux-base, and
# bpftrace includes a header. They have Perl and Python for scripts of others only.
TRACING = ("bash", "bpftrace", "coreutils", "grep", "linux-base", "linux-libc-dev",
           "linux-perf", "mawk", "sed", "trace-cmd")
TRACING_WITHOUT = (*USERLAND_WITHOUT, "/usr/lib/python3*", "/usr/bin/python3*")


def build_userland(part, names, target, without):
    """Unpacks packages, with all that they depend on."""
    run("mmdebstrap", "--variant=extract", "--include=" + ",".join(names),
        *(f"--dpkgopt=path-exclude={path}" for path in without), target.base, part)
    # Guests have their own; a copy of a device has all that can be read from it.
    shutil.rmtree(part / "dev")
    (part / "dev").mkdir()
    # What maintainer scripts would have done.
    (part / "usr/bin/awk").symlink_to("mawk")
    (part / "bin/sh").symlink_to("bash")


def userland(target):
    """A root directory to run them in."""
    return cached(f"userland-{target.base}", USERLAND, build_userland, target,
                  USERLAND_WITHOUT)


def tracing(target):
    """A root directory with what the one-liners of docs/tracing.md run."""
    return cached(f"tracing-{target.base}", TRACING, build_userland, target,
                  TRACING_WITHOUT)


# Where guests have them.
SUITES = {"libhugetlbfs": libhugetlbfs, "kselftest": kselftest, "userland": userland,
          "tracing": tracing}


def copy_suites(target, to, scripts):
    """The suites that the text of scripts names. If one cannot be built, its tests are
    skipped."""
    for name, directory in SUITES.items():
        if f"suites.d/{name}" not in scripts:
            continue
        try:
            shutil.copytree(directory(target), to / name, symlinks=True)
        except BuildError as error:
            print(f"# no {name}: {error}", flush=True)
