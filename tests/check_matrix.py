#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""check_matrix.py [--release]: the table of kernels in docs/kernels.md, and the rows of it in
the README, are of kernels that are tested, and rows of older sources are shown as such. A
release has no such row. Each check is shown tables that are wrong, too."""
import pathlib
import shutil
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(TESTS / "runner"))

# pylint: disable=wrong-import-position
import ktap
import matrix
import verdicts
from kernels import kernel


def changed(top, old, new):
    """What is wrong once something was replaced in the document of that tree."""
    path = top / matrix.DOCUMENT
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(old, new), encoding="utf-8")
    seen = list(matrix.problems(top, release=True))
    path.write_text(text, encoding="utf-8")
    return seen


def sample(top):
    """A tree whose table is right: the row of the default kernel, and no other."""
    (top / matrix.DOCUMENT.parent).mkdir()
    for name in matrix.DOCUMENT, matrix.README:
        (top / name).write_text(matrix.BEGIN + matrix.END, encoding="utf-8")
    row = {"kernel": kernel().release, "Debian": kernel().suite, "free_pages": "provided",
           "tests": "passed", "date": "2026-01-01", "sources": verdicts.sources()}
    matrix.write([row], list(row), top)


def main():
    """Writes KTAP."""
    release = "--release" in sys.argv[1:]
    results = ktap.Results(6 + release)
    top = pathlib.Path(tempfile.mkdtemp(prefix="hugecontig."))
    try:
        sample(top)
        first = kernel().release
        results.equal("a table that is right", list(matrix.problems(top)), [])
        results.holds("the check sees a kernel that is not tested",
                      "9.9.9-amd64 is not in tests/kernels",
                      "\n".join(changed(top, first, "9.9.9-amd64")))
        stale = "\n".join(changed(top, verdicts.sources(), "0" * 12))
        results.holds("the check sees a row of older sources that is not shown as such",
                      f"{first} says 'passed', but it is 'passed, older sources'", stale)
        results.holds("a release is refused with such a row",
                      f"{first} has not passed on today's sources", stale)
        results.holds("the check sees other rows in the README",
                      "README.md has other rows", "\n".join(changed(top, "bullseye", "sid")))
    finally:
        shutil.rmtree(top)
    results.equal("the table of this tree", list(matrix.problems()), [])
    if release:
        results.equal("each row is of today's sources",
                      list(matrix.problems(release=True)), [])
    print("\n".join(results.lines))
    return 1 if any(line.startswith("not ok") for line in results.lines) else 0


if __name__ == "__main__":
    sys.exit(main())
