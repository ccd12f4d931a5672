#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The table of kernels: what each can do, as its guests said, when, and on which sources.

"make check-kernels" writes it to docs/kernels.md, and four rows of it to the README. By
hand: marks the rows of other sources than today's.
"""
import pathlib
import re
import sys

import verdicts
from kernels import TESTS, kernels

TOP = TESTS.parent
DOCUMENT = pathlib.Path("docs/kernels.md")
README = pathlib.Path("README.md")
BEGIN = "<!-- kernels: written by make check-kernels -->\n"
END = "<!-- /kernels -->\n"

# The lines of the status that say who does what: "key: who, why".
CAPABILITY = re.compile(r"# status: (\w+): (native|provided|unavailable)\b")

# A row is a dictionary. These columns are not capabilities.
FIRST, LAST = ("kernel", "Debian"), ("tests", "date", "sources")
OLDER = ", older sources"


def lines_of(columns, rows):
    """A table as Markdown."""
    for cells in (columns, ["---"] * len(columns),
                  *([row.get(name, "?") for name in columns] for row in rows)):
        yield "| " + " | ".join(cells) + " |"


def read(text):
    """The columns and the rows of the table in a document."""
    inner = text.partition(BEGIN)[2].partition(END)[0].splitlines()
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in inner]
    if not table:
        return [], []
    head, _, *rows = table
    return head, [dict(zip(head, row)) for row in rows]


def replaced(text, columns, rows):
    """The document with another table."""
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    table = "\n".join(lines_of(columns, rows))
    return f"{before}{BEGIN}{table}\n{END}{after}"


def marked(rows):
    """The rows, with those of other sources than today's shown as such."""
    today = verdicts.sources()
    for row in rows:
        verdict = row["tests"].removesuffix(OLDER)
        yield row | {"tests": verdict + (OLDER if row["sources"] != today else "")}


def short(rows):
    """Columns and rows of the README: one kernel of each series, and what they differ in."""
    names = {target.release for target in kernels() if target.tests in ("first", "main")}
    rows = [row for row in rows if row["kernel"] in names]
    differ = [name for name in (rows[0] if rows else {}) if name not in FIRST + LAST
              and len({row[name] for row in rows}) > 1]
    return [*FIRST, *differ, "tests"], rows


def write(new=(), columns=None, top=TOP):
    """Writes the rows, and those of other kernels that were there, to both documents. The
    columns are those of the new rows."""
    text = (top / DOCUMENT).read_text(encoding="utf-8")
    head, rows = read(text)
    columns = columns or head
    by_kernel = {row["kernel"]: row for row in (*rows, *new)}
    rows = list(marked(by_kernel[target.release] for target in kernels()
                       if target.release in by_kernel))
    (top / DOCUMENT).write_text(replaced(text, columns, rows), encoding="utf-8")
    text = (top / README).read_text(encoding="utf-8")
    (top / README).write_text(replaced(text, *short(rows)), encoding="utf-8")


def problems(top=TOP, release=False):
    """What is wrong with the two documents, a line each; of a release, too, which has a
    row for each kernel, of today's sources, with passed tests."""
    columns, rows = read((top / DOCUMENT).read_text(encoding="utf-8"))
    known = [target.release for target in kernels() if target.tests != "built"]
    for row in rows:
        if row["kernel"] not in known:
            yield f"{row['kernel']} is not in tests/kernels"
    for row, right in zip(rows, marked(rows)):
        if row != right:
            yield f"{row['kernel']} says '{row['tests']}', but it is '{right['tests']}'"
    head, seen = read((top / README).read_text(encoding="utf-8"))
    expected, right = short(rows)
    if head != expected or seen != [{name: row[name] for name in expected} for row in right]:
        yield f"{README} has other rows than {DOCUMENT}"
    if not release:
        return
    passed = {row["kernel"] for row in marked(rows) if row["tests"] == "passed"}
    for name in known:
        if name not in passed:
            yield f"{name} has not passed on today's sources"


class Matrix:
    """The rows of one run, as its jobs end."""

    def __init__(self):
        self.rows = {}

    def add(self, target, lines, passed, date):
        """A job of that kernel is over."""
        row = self.rows.setdefault(target.release, {
            "kernel": target.release, "Debian": target.suite, "tests": "passed",
            "date": date, "sources": verdicts.sources()})
        row["date"] = min(row["date"], date)
        if not passed:
            row["tests"] = "failed"
        row |= {found[1]: found[2] for found in map(CAPABILITY.search, lines) if found}

    def told(self):
        """The rows that have capabilities."""
        return {name: row for name, row in self.rows.items() if len(row) > len(FIRST + LAST)}

    def columns(self):
        """Those of the table: of each capability that a guest has named."""
        names = {name: None for row in self.told().values() for name in row}
        return [*FIRST, *(name for name in names if name not in FIRST + LAST), *LAST]

    def differences(self):
        """How the document differs from what the guests of this run have said."""
        head, rows = read((TOP / DOCUMENT).read_text(encoding="utf-8"))
        said = self.told()
        if said and head != self.columns():
            yield f"{DOCUMENT} has the columns {' '.join(head)}, and status prints " + \
                " ".join(self.columns())
        for row in rows:
            for name, value in said.get(row["kernel"], {}).items():
                if name not in LAST and row.get(name) != value:
                    yield f"{DOCUMENT}: {row['kernel']}: {name} is {value}"


if __name__ == "__main__":
    write()
    sys.exit(0)
