# SPDX-License-Identifier: GPL-2.0-only
"""Guests and goals: which tests run on which kernels, as tests/guests says."""
import contextlib
import os
import re
import threading
from typing import NamedTuple

import kernels
from guest import Guest, GuestError

TESTS = kernels.TESTS

# The goals that boot guests, each a column of tests/guests.
GOALS = ("check", "kernels", "full")

# What every guest runs after its tests.
LAST_TEST = "test_leaks.sh"

# With KASAN and lockdep everything takes longer.
DEBUG_LIMIT = 6


def newest():
    """The newest kernel that "make check" boots."""
    def age(candidate):
        return [int(number) for number in re.findall(r"\d+", candidate.release)]
    return max((target for target in kernels.kernels()
                if target.tests in ("first", "main")), key=age)


def is_member(target, words):
    """Is the kernel in one of the sets, whose names are separated by commas? A set is a word
    of the column "tests" of tests/kernels; stock has all but the built ones, all has
    the first one and the main ones, ends the first one and the newest of those."""
    sets = {target.tests}
    if target.tests != "built":
        sets.add("stock")
    if target.tests in ("first", "main"):
        sets.add("all")
    if target == newest():
        sets |= {"newest", "ends"}
    if target == kernels.kernel():
        sets.add("ends")
    return bool(sets & set(words.split(",")))


class Plan(NamedTuple):
    """A line of tests/guests."""

    name: str
    check: str
    kernels: str
    full: str
    memory: int
    nodes: int
    vmem: int
    vmem_node: int
    tcg: str
    limit: int
    append: str
    tests: str

    def includes(self, target, goal):
        """Does the goal boot this guest with that kernel?"""
        return is_member(target, getattr(self, goal))

    def guest(self):
        """What its verdict depends on: all but the goals."""
        return self[len(GOALS) + 1:]

    def scripts(self):
        """The names of all scripts that it runs."""
        return [word for word in (*self.tests.split(), LAST_TEST)
                if word.endswith(".sh")]


def plans():
    """All guests of tests/guests."""
    for line in (TESTS / "guests").open(encoding="utf-8"):
        fields = line.split("#")[0].split(None, 9)
        if fields:
            *head, memory, vmem, tcg, limit, append, tests = fields
            memory, _, nodes = memory.partition("/")
            vmem, _, node = vmem.partition("@")
            yield Plan(*head, int(memory), int(nodes or 1), int(vmem), int(node or 0), tcg,
                       int(limit), "" if append == "-" else append.replace(",", " "),
                       tests.strip())


def chosen(goals, targets):
    """(plan, kernel) of each guest that one of the goals boots."""
    return [(plan, target) for plan in plans() for target in targets
            if any(plan.includes(target, goal) for goal in goals)]


def with_debugging(plan):
    """The same guest, for a kernel built to find bugs. KASAN and lockdep take a fifth of its
    memory: that much comes on top. Most of it, the shadow of KASAN, is an eighth of
    the whole and ends in ZONE_MOVABLE, the rest is for the other zones."""
    more = plan.memory // 4
    shadow = (plan.memory + more) // 8

    def kernelcore(found):
        size = int(found[1]) * (1024 if found[2] == "G" else 1)
        return f"kernelcore={size + more - shadow}M"
    return plan._replace(limit=plan.limit * DEBUG_LIMIT,
                         memory=plan.memory + more,
                         append=re.sub(r"kernelcore=(\d+)([GM])", kernelcore,
                                       plan.append))


class Memory:
    """What guests share: those that do not fit wait, as the host would kill one of them."""

    def __init__(self):
        pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20
        self.free = pages * 3 // 4
        self.changed = threading.Condition()
        self.guests = 0

    @contextlib.contextmanager
    def of_guest(self, size):
        """Takes so many MiB. A guest that would not fit at all runs alone."""
        with self.changed:
            self.changed.wait_for(lambda: self.free >= size or not self.guests)
            self.free -= size
            self.guests += 1
        try:
            yield
        finally:
            with self.changed:
                self.free += size
                self.guests -= 1
                self.changed.notify_all()


MEMORY = Memory()


def run_in_guest(plan, target, files, on_log=None):
    """Boots a guest with these files; its lines, and what went wrong. on_log: see Guest."""
    lines = []
    if target.configs:
        plan = with_debugging(plan)
    guest = Guest(target, files, f"{plan.tests} {LAST_TEST}", plan.memory,
                  plan.vmem, plan.vmem_node, plan.append, plan.tcg, plan.limit,
                  on_line=lines.append, on_log=on_log, nodes=plan.nodes)
    try:
        with MEMORY.of_guest(plan.memory + plan.vmem):
            guest.run()
    except GuestError as error:
        return lines, f"{error}; the end of its console:\n{guest.console}"
    return lines, None
