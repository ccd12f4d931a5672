#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Measures what the module costs, in guests whose clock counts instructions.

Each guest of tests/guests with "bench" runs on each kernel of "make check": stock, with the
module off, and on. The report goes to the directory bench: tables, pictures, and all
figures in JSON. Exit code: 1 if a guest failed, a goal is missed, or a figure is not what
it is in docs/performance.json. With --accept what was found is what is compared with from
now on, and goes to docs/performance.md.
"""
import argparse
import concurrent.futures
import contextlib
import shutil
import subprocess
import sys

import goals
import kernels
from build import TOP, built
from check import WORKERS, Report, side_by_side
from figures import Figures, module_size
from jobs import Job
from plans import is_member, plans, run_in_guest

OUT = TOP / "bench"
DOCS = TOP / "docs"
BASELINE = DOCS / "performance.json"
DOCUMENT = DOCS / "performance.md"
BEGIN = "<!-- figures: written by make bench ACCEPT=1 -->\n"
END = "<!-- /figures -->\n"
PICTURES = ("cost", "unplug", "scaling")
ALL = "bench_"


def measure(plan, target, files, figures):
    """Runs a guest; the lines it wrote, and what went wrong."""
    def add(_, name, values):
        if name == "figure":
            figures.add(target.release, plan.name, values[0], [*map(float, values[1:])])
    return run_in_guest(plan, target, files.result(), add)


def measure_all(targets, names):
    """The figures of all guests, and whether all went well."""
    figures = Figures()
    jobs = []
    with contextlib.ExitStack() as stack, \
            concurrent.futures.ThreadPoolExecutor(1) as builder:
        for target in targets:
            kernels.prepare(target)
            files = builder.submit(stack.enter_context, built(target, with_hold_times=True))
            figures.add(target.release, "module", "size",
                        [module_size(files.result() / "hugecontig.ko")])
            jobs += [Job(f"{plan.name}, {target.release}", (), (), measure,
                         (plan, target, files, figures))
                     for plan in plans() if plan.name.startswith(ALL)
                     and plan.name.startswith(names)]
        shown = Report(len(jobs))
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            good = [shown.add_ended(*ended) for ended in side_by_side(pool, jobs)]
    print(shown.totals)
    return figures, all(good)


def table(head, rows):
    """Lines of Markdown."""
    return ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)]


def range_rows(figures, releases):
    """What ranges take, with their spread, in µs."""
    for release in releases:
        for guest in "bench_range", "bench_unzeroed":
            for side in "stock", "off", "on", "allocator":
                cells = []
                for name in "empty", "free", "used":
                    key = release, guest, f"{side}/{name}"
                    samples = figures.samples(*key)
                    cells.append("-" if not samples else
                                 f"{figures.median(*key) / 1000:.1f} "
                                 f"({min(samples) / 1000:.1f} to {max(samples) / 1000:.1f})")
                if cells != ["-"] * 3:
                    zeroed = "no" if guest == "bench_unzeroed" else "yes"
                    yield [release, zeroed, side, *cells]


def report(figures, found, releases):
    """The tables."""
    return [
        "What was measured against what was promised:", "",
        *table(("what", "kernel", "measured", "goal", "control", ""),
               [goal.row() for goal in found]), "",
        "µs for a range of 4 MiB, median (and spread):", "",
        *table(("kernel", "init_on_alloc", "side", "empty", "2 free pages",
                "2 pages in use"), list(range_rows(figures, releases)))]


def data_lines(figures, releases):
    """What the pictures show: picture, kernel, then what belongs to it."""
    for release in releases:
        kernel = goals.Kernel(figures, release)
        for side in "stock", "allocator", "on":
            for kind in "free", "used":
                page = kernel.page(side, kind)
                yield "cost", release, side, kind, "?" if page is None else f"{page:.2f}"
            for kind in "free", "used":
                ns = kernel.get(f"{side}/unplug_{kind}_ns", "bench_unplug")
                yield "unplug", release, side, kind, "?" if ns is None else f"{ns / 1e6:.1f}"
        for pages in 2, 4, 8, 16, 32, 64:
            whole = kernel.get(f"on/length_{pages}", "bench_scaling")
            if whole is not None:
                yield "scaling", release, "on", str(pages), f"{whole / 1000:.1f}"


def draw(figures, releases, where):
    """The pictures, by gnuplot."""
    data = where / "data.tsv"
    data.write_text("".join("\t".join(line) + "\n" for line in data_lines(figures, releases)),
                    encoding="utf-8")
    for picture in PICTURES:
        subprocess.run(["gnuplot", "-e", f"data='{data}'; kernels='{' '.join(releases)}'; "
                        f"picture='{picture}'; "
                        f"set output '{where}/performance-{picture}.svg'",
                        kernels.TESTS / "runner" / "bench.gp"], check=True)


def accept(figures, lines):
    """Makes it what is compared with, and shown."""
    figures.save(BASELINE)
    for picture in PICTURES:
        shutil.copy(OUT / f"performance-{picture}.svg", DOCS)
    before, rest = DOCUMENT.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    DOCUMENT.write_text(before + BEGIN + "\n".join(lines) + "\n" + END + after,
                        encoding="utf-8")


def judge(found, moved):
    """Says what is not as it shall be; True if all is."""
    missed = [goal for goal in found if not goal.met()]
    for goal in missed:
        print("# missed:", ", ".join(filter(None, goal.row()[:-1])))
    for line in moved:
        print("# moved:", line)
    print(f"# {len(found) - len(missed)} goals met, {len(missed)} missed, "
          f"{len(moved)} figures moved")
    return bool(found) and not missed and not moved


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("guest", nargs="*", default=[ALL],
                        help="begin of the name of a guest of tests/guests")
    parser.add_argument("--kernel", default="", help="begin of the release of kernels")
    parser.add_argument("--goal", choices=("check", "kernels"), default="check",
                        help="kernels: all of tests/kernels")
    parser.add_argument("--again", action="store_true",
                        help="measure nothing, report once more on the last run")
    parser.add_argument("--accept", action="store_true",
                        help="compare with this from now on")
    options = parser.parse_args()
    booted = "all" if options.goal == "check" else "stock"
    targets = [target for target in kernels.kernels() if is_member(target, booted)
               and target.release.startswith(options.kernel)]
    releases = [target.release for target in targets]
    if options.again:
        figures, good = Figures.load(OUT / "performance.json"), True
    else:
        try:
            figures, good = measure_all(targets, tuple(options.guest))
        except kernels.BuildError as error:
            print(f"# {error}\n0 passed, 1 failed, 0 skipped")
            return 1
    found = list(goals.all_goals(figures, releases))
    lines = report(figures, found, releases)
    OUT.mkdir(exist_ok=True)
    figures.save(OUT / "performance.json")
    (OUT / "report.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("", *lines, "", sep="\n")
    # What was measured in part has no picture.
    if good and (options.guest, options.kernel, options.goal) == ([ALL], "", "check"):
        draw(figures, releases, OUT)
        if options.accept:
            accept(figures, lines)
    before = Figures.load(BASELINE) if BASELINE.exists() else Figures()
    return 0 if judge(found, list(figures.moved(before))) and good else 1


if __name__ == "__main__":
    sys.exit(main())
