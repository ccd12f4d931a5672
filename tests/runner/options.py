#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Builds the module against configurations that turn options of a kernel on or off.

A line of tests/options changes the configuration of Debian's kernel. The headers of
Debian's source are prepared for the result, and no kernel is built. Either the module
builds without a warning, or Kbuild refuses in one line that names an option.
"""
import argparse
import os
import re
import shutil
import sys
import time
from typing import NamedTuple

import ktap
from build import TOP
from kernels import TESTS, BuildError, build_directory, in_chroot, inside, kernels, source_tree

# What the module is built from.
SOURCES = ("Kbuild", "dkms.conf", "include", "src")


class Line(NamedTuple):
    """A line of tests/options."""

    options: str
    series: str
    expected: str
    named: str = ""

    def includes(self, series):
        """Does this line apply to that series?"""
        first, dash, last = self.series.partition("-")
        if not dash:
            return self.series in ("all", series)
        return (not first or number(first) <= number(series)) and \
            (not last or number(series) <= number(last))

    def values(self):
        """The values of the options that are changed."""
        return dict(word.split("=") for word in self.options.split(",") if word != "-")

    @property
    def outcome(self):
        """What must become of the module."""
        return f"{self.expected} {self.named}".strip()

    @property
    def name(self):
        """What its result is called."""
        options = "Debian's own" if self.options == "-" else self.options
        return f"{options}: {self.outcome}"


def number(series):
    """X.Y, to compare it."""
    return tuple(map(int, series.split(".")))


def lines_for(series, option=None):
    """The lines of a series; with an option only those that change it."""
    fields = (text.split("#")[0].split() for text in (TESTS / "options").open())
    lines = (Line(*words) for words in fields if words)
    return [line for line in lines if line.includes(series) and
            (option is None or option in line.values())]


def bases():
    """The kernels whose configurations are changed, by series."""
    return {target.version: target for target in kernels()
            if target.tests in ("first", "main")}


class Tree:
    """Headers that are prepared for one configuration after the other, and the module. All of
    it is in a directory that the next run does not find, so a run may be interrupted."""

    def __init__(self, target, source, top):
        self.target, self.source = target, source
        self.build, self.module = top / "build", top / "module"
        self.build.mkdir()
        self.module.mkdir()
        for name in SOURCES:
            copy = shutil.copytree if (TOP / name).is_dir() else shutil.copy
            copy(TOP / name, self.module / name)

    def make(self, *arguments):
        """Runs make there; what it printed."""
        return in_chroot(self.target, "make", "-s", f"-j{os.cpu_count()}",
                         "-C", inside(self.target, self.source),
                         f"O={inside(self.target, self.build)}",
                         f"CC={self.target.compiler}", f"HOSTCC={self.target.compiler}",
                         *arguments)

    def configuration(self):
        """The options that are not n, and their values."""
        text = (self.build / ".config").read_text(encoding="ascii")
        return dict(re.findall(r"^CONFIG_(\w+)=(.*)$", text, re.MULTILINE))

    def configure(self, values):
        """Writes the configuration. Each option must change, or nothing is tested."""
        debian = self.target.chroot / self.target.kdir.lstrip("/") / ".config"
        shutil.copy(debian, self.build / ".config")
        before = self.configuration()
        with (self.build / ".config").open("a", encoding="ascii") as config:
            config.writelines(f"CONFIG_{option}={value}\n"
                              for option, value in values.items())
        self.make("olddefconfig")
        now = self.configuration()
        for option, value in values.items():
            if before.get(option, "n") == value:
                raise BuildError(f"Debian has {option}={value}")
            if now.get(option, "n") != value:
                raise BuildError(f"Kconfig keeps {option}={now.get(option, 'n')}")

    def result(self, line):
        """What became of the module: builds, refused and the option, or what make printed."""
        try:
            self.configure(line.values())
            # Kbuild refuses before it needs more than the configuration.
            self.make("syncconfig" if line.named else "modules_prepare")
            # Without the symbols of a kernel there is nothing to link with.
            output = self.make(f"M={inside(self.target, self.module)}", "KCFLAGS=-g0",
                               "hugecontig.o")
        except BuildError as error:
            refusals = re.findall(r"hugecontig: this kernel lacks CONFIG_(\w+)", str(error))
            return f"refused {refusals[0]}" if len(refusals) == 1 else str(error)
        return output if "warning" in output.lower() else "builds"


def check(series, option=None):
    """The lines of that series: a stream, and what went wrong around it."""
    lines = lines_for(series, option)
    results = ktap.Results(len(lines))
    failure = None
    try:
        target = bases()[series]
        source = source_tree(target)
        with build_directory(target) as top:
            tree = Tree(target, source, top)
            for line in lines:
                begin = time.monotonic()
                results.equal(f"{series} {line.name}", tree.result(line), line.outcome)
                results.lines.append(f"# {time.monotonic() - begin:.0f} s")
    except BuildError as error:
        failure = str(error)
    return ktap.stream({"options.py": results.lines}, failure), failure


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("series", nargs="?", choices=bases(), help="such as 6.1; all without")
    parser.add_argument("option", nargs="?", help="such as NUMA; all without")
    options = parser.parse_args()
    return max(ktap.show(*check(series, options.option))
               for series in ([options.series] if options.series else bases()))


if __name__ == "__main__":
    sys.exit(main())
