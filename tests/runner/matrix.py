# SPDX-License-Identifier: GPL-2.0-only
"""The table of kernels and what each can do, as the guests told."""
import re

from kernels import TESTS, kernels

README = TESTS.parent / "README.md"
BEGIN = "<!-- kernels: written by make check-kernels -->\n"
END = "<!-- /kernels -->\n"

# The lines of the status that say who does what: "key: who, why".
CAPABILITY = re.compile(r"# status: (\w+): (native|provided|unavailable)\b")


class Matrix:
    """A row for each kernel."""

    def __init__(self, targets):
        self.rows = {target.release: {} for target in targets}
        self.suites = {target.release: target.suite for target in targets}
        self.failed = set()

    def add(self, release, lines, passed):
        """A guest of that kernel is over."""
        if release not in self.rows:
            return
        if not passed:
            self.failed.add(release)
        for line in lines:
            if found := CAPABILITY.search(line):
                self.rows[release][found[1]] = found[2]

    def table(self):
        """Rows of words: a kernel is only told to work if all its guests said so."""
        names = list(dict.fromkeys(name for row in self.rows.values()
                                   for name in row))
        yield ["kernel", "Debian", *names, "tests"]
        for release, row in self.rows.items():
            verdict = "failed" if release in self.failed or not row else "passed"
            yield [release, self.suites[release],
                   *(row.get(name, "?") for name in names), verdict]

    def lines(self):
        """The table as Markdown."""
        head, *rows = self.table()
        for row in (head, ["---"] * len(head), *rows):
            yield "| " + " | ".join(row) + " |"

    def write(self):
        """Puts the rows into the README: the others there stay, if they have the
        same columns."""
        text = README.read_text(encoding="utf-8")
        before, rest = text.split(BEGIN)
        old, after = rest.split(END)
        head, rule, *rows = self.lines()
        old_head, _, *old_rows = old.splitlines() or ("", "")
        kept = [row for row in old_rows if old_head == head
                and row.split()[1] not in self.rows]
        # In the order of tests/kernels, of which kernels may be gone.
        place = {target.release: number
                 for number, target in enumerate(kernels())}
        rows = sorted((row for row in kept + rows if row.split()[1] in place),
                      key=lambda row: place[row.split()[1]])
        table = "\n".join((head, rule, *rows))
        README.write_text(f"{before}{BEGIN}{table}\n{END}{after}",
                          encoding="utf-8")
