# SPDX-License-Identifier: GPL-2.0-only
"""Writes KTAP, reads it as it comes, and counts results.

Counted are the results of the subtests. A subtest that has none counts as one
itself, and so does one that failed without a failed result: a script that died.
"""
import os
import re
import subprocess

KSFT_SKIP = 4
RESULT = re.compile(r"(not )?ok \d+(?: - )? ?([^#]*)(# SKIP.*)?", re.ASCII)
PLAN = re.compile(r"1\.\.(\d+)(?: # SKIP (.*))?")


SUBTEST = "# Subtest: "


def why(result):
    """The reason of a skip."""
    return result[3].removeprefix("# SKIP").strip()


class Totals:
    """How many results there were."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def add(self, other):
        """Adds the results of another one."""
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def count(self):
        """All results."""
        return self.passed + self.failed + self.skipped

    def __str__(self):
        return (f"{self.passed} passed, {self.failed} failed, "
                f"{self.skipped} skipped")


class Reader:
    """Takes one KTAP stream line by line."""

    def __init__(self, complain):
        self.complain = complain
        self.script = ""
        self.totals = Totals()
        self.planned = None
        self.subtests_planned = None
        self.subtests = 0
        self.subtest = Totals()
        # Of each skip the script, the result, or - for all of them, and why.
        self.skips = []
        self.why_all = ""

    def fail(self, why):
        """Something that no result stands for went wrong."""
        self.totals.failed += 1
        self.complain(why)

    def line(self, text):
        """One line of the stream."""
        inner = text.startswith(" ")
        plan = PLAN.match(text.strip())
        result = RESULT.match(text.strip())
        if text.strip().startswith(SUBTEST):
            self.script = text.strip()[len(SUBTEST):]
        elif plan and inner:
            self.planned = int(plan[1])
            self.why_all = plan[2] or ""
        elif plan:
            self.subtests_planned = int(plan[1])
        elif result and inner:
            self.count(self.subtest, result)
            if result[3]:
                self.skips.append((self.script, result[2].strip(), why(result)))
        elif result:
            self.end_of_subtest(result)

    @staticmethod
    def count(totals, result):
        """Counts one result."""
        if result[1]:
            totals.failed += 1
        elif result[3]:
            totals.skipped += 1
        else:
            totals.passed += 1

    def end_of_subtest(self, result):
        """The result of a whole script."""
        name = result[2].strip()
        self.subtests += 1
        self.totals.add(self.subtest)
        if self.planned is None:
            self.fail(f"{name}: no plan")
        elif self.subtest.count() != self.planned:
            self.fail(f"{name}: {self.planned} results planned, "
                      f"{self.subtest.count()} seen")
        elif result[1] and not self.subtest.failed:
            self.fail(f"{name}: failed after its results")
        elif not self.planned:
            self.count(self.totals, result)
            if result[3]:
                self.skips.append((name, "-", self.why_all or why(result)))
        self.planned = None
        self.subtest = Totals()

    def end(self):
        """The end of the stream."""
        if self.subtest.count() or self.planned is not None:
            self.totals.add(self.subtest)
            self.fail("a script did not come to its end")
        elif self.subtests_planned is None:
            self.fail("no KTAP at all")
        if self.subtests != (self.subtests_planned or 0):
            self.fail(f"{self.subtests_planned} scripts planned, "
                      f"{self.subtests} seen")


class Results:
    """The lines of one script."""

    def __init__(self, count):
        self.lines = ["TAP version 13", f"1..{count}"]

    def add(self, name, good, seen=""):
        """A result, with what was seen if it is not good."""
        if not good:
            self.lines += [f"# {line}" for line in str(seen).splitlines()]
        number = sum(bool(RESULT.match(line)) for line in self.lines) + 1
        self.lines.append(f"{'ok' if good else 'not ok'} {number} {name}")

    def equal(self, name, seen, expected):
        """What was seen has to be that."""
        self.add(name, seen == expected, f"is {seen!r}, expected {expected!r}")

    def holds(self, name, words, seen):
        """What was seen has to have these words in it."""
        self.add(name, words in seen, seen)


def stream(subtests, failure=None):
    """The lines of a stream with these subtests, by name. What went wrong around them is
    the last one's."""
    lines = [f"1..{len(subtests)}"]
    for number, (name, inner) in enumerate(subtests.items(), 1):
        bad = any(line.startswith("not ok") for line in inner)
        bad = bad or (failure and number == len(subtests))
        skip = " # SKIP" if any(line.startswith("1..0 # SKIP") for line in inner) else ""
        lines += [f"    # Subtest: {name}", *("    " + line for line in inner),
                  f"{'not ok' if bad else 'ok'} {number} {name}{skip}"]
    return lines


def lines_of(*command):
    """Runs a test script of this host: its lines, and what went wrong around them."""
    name = os.path.basename(command[0])
    result = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            check=False)
    lines = result.stdout.splitlines()
    failure = None
    if result.returncode not in (0, KSFT_SKIP) and \
            not any(line.startswith("not ok") for line in lines):
        failure = f"{name} ended with {result.returncode}"
    return lines, failure


def of_script(*command):
    """The same, as a stream with one subtest."""
    lines, failure = lines_of(*command)
    return stream({os.path.basename(command[0]): lines}, failure), failure


def show(lines, failure):
    """Prints a stream, what went wrong around it, and the totals; 0 if all went well."""
    reader = Reader(lambda why: print("#", why))
    for line in lines:
        print(line)
        reader.line(line)
    reader.end()
    if failure:
        print(failure)
    print(reader.totals)
    return 1 if failure or reader.totals.failed else 0
