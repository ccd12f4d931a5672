# SPDX-License-Identifier: GPL-2.0-only
"""Builds what goes into a guest: the module, its tests, its broken variants."""
import contextlib
import pathlib
import shutil
import subprocess
import tempfile

from kernels import TESTS, BuildError, build_directory, make
from suites import libhugetlbfs

TOP = TESTS.parent

# What the module and its tests are built from, seen from the top of the tree.
SOURCES = ("Kbuild", "Makefile", "include", "src", "tests")

# Of the tests, what a guest has no use for.
HOST_ONLY = shutil.ignore_patterns("runner", "guest", "*.c", "*.h", "*.o",
                                   "*.cmd", "*.mod*", "Module.symvers")


def variants():
    """The lines of tests/variants: name, file, sed expression."""
    for line in (TESTS / "variants").open(encoding="utf-8"):
        if line.strip() and not line.startswith("#"):
            yield line.rstrip("\n").split(" : ", 3)[:3]


def build_variants(target, top, to):
    """Builds the module once for each variant, with one source edited."""
    to.mkdir()
    for name, source, expression in variants():
        path = top / source
        original = path.read_text(encoding="utf-8")
        subprocess.run(["sed", "-i", expression, str(path)], check=True)
        if path.read_text(encoding="utf-8") == original:
            raise SystemExit(f"tests/variants: '{name}' changes nothing")
        make(target, top, "modules")
        shutil.copy(top / "hugecontig.ko", to / f"{name}.ko")
        path.write_text(original, encoding="utf-8")


def copy_suites(target, to):
    """Test suites of others, if they can be had: else their tests are skipped."""
    try:
        shutil.copytree(libhugetlbfs(target), to / "libhugetlbfs.d")
    except BuildError as error:
        print(f"# no tests of libhugetlbfs: {error}", flush=True)


@contextlib.contextmanager
def built(target, with_variants=False, with_suites=True):
    """The files of a guest, below a directory that is gone afterwards."""
    with build_directory(target) as top, \
            tempfile.TemporaryDirectory(prefix="hugecontig.") as name:
        files = pathlib.Path(name)
        for source in SOURCES:
            copy = shutil.copytree if (TOP / source).is_dir() else shutil.copy
            copy(TOP / source, top / source)
        make(target, top, "modules")
        shutil.copy(top / "hugecontig.ko", files)
        make(target, top / "tests")
        shutil.copytree(top / "tests", files / "tests", ignore=HOST_ONLY)
        if with_suites:
            copy_suites(target, files / "tests")
        if with_variants:
            build_variants(target, top, files / "tests" / "variants.d")
        yield files
