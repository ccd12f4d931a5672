#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Runs all tests: those of the sources and objects here, the rest in guests.

Guests run side by side, as many as there are CPUs. What each writes is shown
when it has finished, as a subtest of one KTAP stream. The last line has the
totals. Exit code: 1 if a test failed.
"""
import argparse
import concurrent.futures
import contextlib
import os
import re
import sys
import time
from typing import NamedTuple

import ansible
import debs
import kernels
import ktap
import lifecycle
import secure_boot
from build import EDITS, built
from guest import Guest, GuestError
from matrix import Matrix
from suites import has_suites, is_end

TESTS = kernels.TESTS


class Goal(NamedTuple):
    """Which kernels are booted, by the column "tests" of tests/kernels, which of them run
    more than the short form, whether that is all there is, and which packages are
    tried."""

    booted: set
    thorough: set
    full: bool = False
    packages: tuple = ()

    def targets(self):
        """Its kernels."""
        return [target for target in kernels.kernels()
                if target.tests in self.booted]


GOALS = {"check": Goal({"all", "short"}, {"all"},
                       packages=("docs", "release", "lifecycle, bullseye",
                                 "lifecycle, trixie")),
         "kernels": Goal({"all", "short", "matrix"}, set()),
         "full": Goal({"all", "short", "matrix", "built"},
                      {"all", "short", "built"}, full=True),
         "packages": Goal(set(), set(), packages=("",))}


class Plan(NamedTuple):
    """A line of tests/guests."""

    name: str
    kernels: str
    memory: int
    vmem: int
    vmem_node: int
    tcg: str
    limit: int
    append: str
    tests: str

    def includes(self, target, goal):
        """Is this guest booted with that kernel?"""
        thorough = target.tests in goal.thorough
        matrix = target.tests == "matrix"
        return {"all": True, "thorough": thorough, "matrix": matrix,
                "check": not matrix, "short": not thorough and not matrix,
                "kernels": not goal.thorough and not matrix,
                "ends": bool(goal.thorough) and is_end(target),
                "full": thorough and goal.full,
                "others": thorough and goal.full and has_suites(target),
                "debug": thorough and bool(target.configs),
                "bench": False}[self.kernels]


def plans():
    """All guests of tests/guests."""
    for line in (TESTS / "guests").open(encoding="utf-8"):
        fields = line.split("#")[0].split(None, 7)
        if fields:
            name, which, memory, vmem, tcg, limit, append, tests = fields
            vmem, _, node = vmem.partition("@")
            yield Plan(name, which, int(memory), int(vmem), int(node or 0),
                       tcg, int(limit), "" if append == "-" else append.replace(",", " "),
                       tests.strip())


class Report:
    """The KTAP stream of the whole run, and its totals."""

    def __init__(self, count):
        self.totals = ktap.Totals()
        self.number = 0
        self.begin = time.monotonic()
        print(f"KTAP version 1\n1..{count}", flush=True)

    def note(self, text):
        """Says what is going on."""
        print(f"# {time.monotonic() - self.begin:4.0f} s: {text}", flush=True)

    def add(self, name, lines, failure=None):
        """A job is over: its KTAP lines, and what went wrong around it. True if
        it passed."""
        complaints = [failure] if failure else []
        reader = ktap.Reader(complaints.append)
        for line in lines:
            reader.line(line)
        reader.end()
        if failure:
            reader.totals.failed += 1
        self.totals.add(reader.totals)
        self.number += 1
        print(f"    # Subtest: {name}")
        for line in lines:
            print("    " + line)
        for complaint in complaints:
            print("    # " + complaint.replace("\n", "\n    # "))
        verdict = "not ok" if reader.totals.failed else "ok"
        print(f"{verdict} {self.number} {name}", flush=True)
        return not reader.totals.failed


# What every guest runs after its tests.
LAST_TEST = "test_leaks.sh"

# With KASAN and lockdep everything takes longer.
DEBUG_LIMIT = 6


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


def run_in_guest(plan, target, files, on_log=None):
    """Boots a guest, once its files are built; its lines, and what went wrong. on_log: see
    Guest."""
    files = files.result()
    lines = []
    if target.configs:
        plan = with_debugging(plan)
    guest = Guest(target, files, f"{plan.tests} {LAST_TEST}", plan.memory,
                  plan.vmem, plan.vmem_node, plan.append, plan.tcg, plan.limit,
                  on_line=lines.append, on_log=on_log)
    try:
        guest.run()
    except GuestError as error:
        return lines, f"{error}; the end of its console:\n{guest.console}"
    return lines, None


def skipped(why):
    """Stands for what can not be run here."""
    *lines, last = why.splitlines()
    return ["1..1", *(f"# {line}" for line in lines), f"    1..0 # SKIP {last}",
            f"ok 1 the mirror has it # SKIP {last}"], None


def checkpatch():
    """The path of checkpatch.pl, or nothing: then its tests are skipped."""
    try:
        return kernels.checkpatch()
    except kernels.BuildError as error:
        print(f"# no checkpatch.pl: {error}", flush=True)
        return ""


def provide_programs():
    """Programs for the tests of the fleet; without them their cases are skipped."""
    try:
        programs = kernels.fleet_programs()
    except kernels.BuildError as error:
        print(f"# no prometheus: {error}", flush=True)
    else:
        os.environ["PATH"] += os.pathsep + str(programs)


def check_object(files):
    """Looks at the module."""
    return ktap.of_script(TESTS / "check_object.sh", files.result() / "hugecontig.ko")


def package_jobs(goal):
    """(name, function, arguments) of what is tried with packages; in short if kernels are
    booted, too."""
    everything = (
        ("docs", ktap.of_script, TESTS / "check_docs.sh"),
        ("release", ktap.of_script, TESTS / "check_release.sh"),
        *((f"lifecycle, {suite}", lifecycle.run, suite, bool(goal.booted))
          for suite in debs.SUITES),
        ("secure_boot", secure_boot.run_test),
        ("ansible, guests", ansible.guests),
        ("ansible, decisions", ansible.decisions),
        ("debian", ktap.of_script, TESTS / "check_debian.sh"),
        ("rpm", ktap.of_script, TESTS / "check_rpm.sh"),
        ("kubernetes", ktap.of_script, TESTS / "check_kubernetes.sh"))
    return [job for job in everything if job[0].startswith(goal.packages)]


def jobs(files, goal):
    """(name, function, arguments) of everything there is to run. What takes longest comes
    first. What is built for a kernel may not be there yet: those that need nothing of it
    come before those that do."""
    yield from package_jobs(goal)
    if not files:
        return
    yield ("style", ktap.of_script, TESTS / "check_style.sh", checkpatch())
    yield ("features", ktap.of_script, TESTS / "check_features.sh")
    yield ("program", ktap.of_script, TESTS / "check_program.sh")
    yield ("fleet", ktap.of_script, TESTS / "check_fleet.sh")
    # One kernel of each Debian, which all have a dkms of their own.
    stock = (target for target in files if not target.configs)
    for target in {target.base: target for target in stock}.values():
        yield (f"dkms, {target.release}", ktap.of_script,
               TESTS / "check_dkms.sh", target.chroot, target.release)
    for target in files:
        yield (f"object, {target.release}", check_object, files[target])
    for plan in plans():
        for target in files:
            if plan.includes(target, goal):
                yield (f"{plan.name}, {target.release}", run_in_guest, plan,
                       target, files[target])


def fetch_all(targets):
    """The kernels that are there now; and jobs that stand for those that are only in
    the matrix, and that the mirror lacks."""
    there, missing = [], []
    for target in targets:
        print(f"# {target.release}: fetching", flush=True)
        try:
            kernels.prepare(target)
            there.append(target)
        except kernels.BuildError as error:
            # Mirrors drop older packages one by one.
            if target.tests != "matrix":
                raise
            missing.append((f"fetch, {target.release}", skipped,
                            str(error).strip()))
    return there, missing


def build(target, goal, stack):
    """The files of its guests, as long as the stack is there."""
    with_edits = ()
    if target.tests in goal.thorough:
        with_edits = EDITS if goal.full else ("variants",)
    with_suites = any(plan.kernels in ("others", "ends") and
                      plan.includes(target, goal) for plan in plans())
    return stack.enter_context(built(target, with_edits=with_edits,
                                     with_suites=with_suites))


def selected(everything, names):
    """The jobs whose name begins with one of the names; all without names."""
    return [job for job in everything
            if not names or any(job[0].startswith(name) for name in names)]


def timed(function, *arguments):
    """What the function returns, and how many seconds it took."""
    begin = time.monotonic()
    return function(*arguments), time.monotonic() - begin


def run_all(chosen, matrix=None):
    """Runs the jobs side by side, and fills the matrix; True if all went well."""
    report = Report(len(chosen))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        futures = {}
        for name, function, *arguments in chosen:
            futures[pool.submit(timed, function, *arguments)] = name
        for future in concurrent.futures.as_completed(futures):
            took = 0
            try:
                outcome, took = future.result()
            except Exception as error:  # pylint: disable=broad-except
                # Whatever it is, the other jobs and the totals are due.
                outcome = [], f"{type(error).__name__}: {error}"
            report.note(f"{futures[future]} is over, after {took:.0f} s")
            passed = report.add(futures[future], *outcome)
            if matrix:
                matrix.add(futures[future].split(", ")[-1], outcome[0], passed)
    if matrix:
        print("", *matrix.lines(), "", sep="\n")
    print(report.totals)
    return not report.totals.failed and report.totals.passed > 0


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("job", nargs="*",
                        help="begin of the name of a job: style, object, "
                        "or of a guest of tests/guests")
    parser.add_argument("--goal", choices=GOALS, default="check",
                        help="what to run; kernels: the table of the README")
    parser.add_argument("--kernel", default=os.environ.get("KERNEL", ""),
                        help="begin of the release of kernels, or $KERNEL")
    options = parser.parse_args()
    goal = GOALS[options.goal]

    if os.geteuid() != 0:
        print("# root is needed, to compile in a chroot: sudo make check\n"
              "0 passed, 1 failed, 0 skipped")
        return 1
    targets = [target for target in goal.targets()
               if target.release.startswith(options.kernel)]
    if not targets and not goal.packages:
        print(f"# no kernel of tests/kernels begins with {options.kernel}\n"
              "0 passed, 1 failed, 0 skipped")
        return 1
    provide_programs()
    try:
        there, missing = fetch_all(targets)
    except kernels.BuildError as error:
        print(f"# {error}\n0 passed, 1 failed, 0 skipped")
        return 1
    matrix = Matrix(there) if options.goal == "kernels" else None
    # One thread builds, while what is built already is tested.
    with contextlib.ExitStack() as stack, \
            concurrent.futures.ThreadPoolExecutor(1) as builder:
        files = {target: builder.submit(build, target, goal, stack)
                 for target in there}
        good = run_all(selected([*missing, *jobs(files, goal)], options.job),
                       matrix)
    if matrix and not options.job:
        matrix.write()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
