# SPDX-License-Identifier: GPL-2.0-only
"""Builds what goes into a guest: the module, its tests, its edited variants."""
import contextlib
import pathlib
import shutil
import subprocess
import tempfile

from kernels import TESTS, build_directory, in_chroot, kernel, make
from suites import copy_suites

TOP = TESTS.parent

# What the module and its tests are built from, seen from the top of the tree.
SOURCES = ("Kbuild", "Makefile", "dkms.conf", "include", "src", "tests", "tools")

# What a test runs, of the documentation.
DOCUMENTS = ("docs/tracing.md",)

# Of the tests, what a guest has no use for.
HOST_ONLY = shutil.ignore_patterns("runner", "guest", "*.c", "*.h", "*.o",
                                   "*.cmd", "*.mod*", "Module.symvers")


# Files of tests whose lines are edits of the module.
EDITS = ("variants", "broken")


def edits(name):
    """The lines of a file of EDITS: name of the module, file, sed expression."""
    for line in (TESTS / name).open(encoding="utf-8"):
        if line.strip() and not line.startswith("#"):
            yield line.rstrip("\n").split(" : ", 3)[:3]


def build_edits(target, top, name, to):
    """Builds the module once for each line of a file of EDITS. Sources and objects are put
    back with their times, so that make compiles the source of the edit and no other."""
    to.mkdir(exist_ok=True)
    kept = shutil.copytree(top / "src", top / "kept")
    for module, source, expression in edits(name):
        path = top / source
        original = path.read_bytes()
        subprocess.run(["sed", "-i", expression, str(path)], check=True)
        if path.read_bytes() == original:
            raise SystemExit(f"tests/{name}: '{module}' changes nothing")
        make(target, top, "modules", "C=0")
        shutil.copy(top / "hugecontig.ko", to / f"{module}.ko")
        shutil.copytree(kept, top / "src", dirs_exist_ok=True)
    shutil.rmtree(kept)


def build_with_hold_times(target, top, to):
    """The module as bench_locks.sh wants it."""
    to.mkdir(exist_ok=True)
    header = top / "tests" / "hold_times.h"
    inside = "/" + str(header.relative_to(target.chroot))
    make(target, top, "clean")
    make(target, top, "modules", f"KCFLAGS=-include {inside}")
    shutil.copy(top / "hugecontig.ko", to / "hold_times.ko")


def build_livepatches(target, top, suite):
    """Builds the modules that kselftest's tests of livepatch load."""
    sources = suite / "modules"
    build = shutil.copytree(sources, top / "livepatches")
    names = " ".join(f"{path.stem}.o" for path in sorted(sources.glob("*.c")))
    (build / "Makefile").unlink(missing_ok=True)
    (build / "Kbuild").write_text(f"obj-m := {names}\n", encoding="ascii")
    inside = "/" + str(build.relative_to(target.chroot))
    in_chroot(target, "make", "-s", "-C", target.kdir, f"M={inside}",
              f"CC={target.compiler}", "modules")
    shutil.rmtree(sources)
    sources.mkdir()
    for module in build.glob("*.ko"):
        shutil.copy(module, sources)


def copy_tree(to):
    """What everything is built from."""
    for source in SOURCES:
        copy = shutil.copytree if (TOP / source).is_dir() else shutil.copy
        copy(TOP / source, to / source)


@contextlib.contextmanager
def built_module(target):
    """The module alone; it is gone when the block ends."""
    with build_directory(target) as top:
        copy_tree(top)
        make(target, top, "modules")
        yield top / "hugecontig.ko"


@contextlib.contextmanager
def built(target, scripts=(), with_hold_times=False):
    """The files of a guest, below a directory that is gone afterwards: the module, its
    tests, its program, and all that one of these scripts names."""
    text = "".join((TESTS / name).read_text(encoding="utf-8") for name in scripts)
    with build_directory(target) as top, \
            tempfile.TemporaryDirectory(prefix="hugecontig.") as name:
        files = pathlib.Path(name)
        copy_tree(top)
        make(target, top, "modules")
        shutil.copy(top / "hugecontig.ko", files)
        # One kernel is enough for sparse to look at the test modules.
        make(target, top / "tests", *(() if target == kernel() else ("C=0",)))
        shutil.copytree(top / "tests", files / "tests", ignore=HOST_ONLY)
        make(target, top / "tools", "LDFLAGS=-static")
        (files / "tools").mkdir()
        shutil.copy(top / "tools" / "hugecontig", files / "tools")
        for document in DOCUMENTS:
            (files / document).parent.mkdir(exist_ok=True)
            shutil.copy(TOP / document, files / document)
        suites = files / "tests" / "suites.d"
        copy_suites(target, suites, text)
        if (suites / "kselftest").exists():
            build_livepatches(target, top, suites / "kselftest")
        for edit in EDITS:
            if f"{edit}.d" in text:
                build_edits(target, top, edit, files / "tests" / f"{edit}.d")
        if with_hold_times:
            build_with_hold_times(target, top, files / "tests" / "variants.d")
        yield files
