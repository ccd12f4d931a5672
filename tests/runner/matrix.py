# SPDX-License-Identifier: GPL-2.0-only
"""The table of kernels and what each can do, as the guests told."""
import re

from kernels import TESTS

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

    def lines(self):
        """As Markdown: a kernel is only told to work if all its guests said so."""
        names = list(dict.fromkeys(name for row in self.rows.values()
                                   for name in row))
        yield "| kernel | Debian | " + " | ".join(names) + " | tests |"
        yield "| --- " * (len(names) + 3) + "|"
        for release, row in self.rows.items():
            verdict = "failed" if release in self.failed or not row else "passed"
            cells = [release, self.suites[release],
                     *(row.get(name, "?") for name in names), verdict]
            yield "| " + " | ".join(cells) + " |"

    def write(self):
        """Puts the table into the README, in the place of the last one."""
        text = README.read_text(encoding="utf-8")
        before, rest = text.split(BEGIN)
        after = rest.split(END)[1]
        table = "\n".join(self.lines())
        README.write_text(f"{before}{BEGIN}{table}\n{END}{after}",
                          encoding="utf-8")
