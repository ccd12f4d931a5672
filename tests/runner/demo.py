#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Shows in guests what hugecontig is for.

Two guests boot the same stock kernel and replay the experiments of the upstream
series' cover letter: one as it is, the other one with hugecontig.ko loaded. Then two
others ask for 1 GiB pages (experiment g). At the end there are tables, a picture, and
an exit code that tells whether all went as it shall.
"""
import argparse
import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

import kernels
import second_act
from build import TOP, built
from display import Display, watch
from guest import QEMU, Guest, GuestError
from sides import HUGECONTIG, STOCK, Side

TOOLS = (QEMU, "mmdebstrap", "cpio", "gnuplot")
LIBRARY = kernels.TESTS / "lib" / "virtio_mem.sh"
PICTURE = kernels.TESTS / "runner" / "demo.gp"

# Of each guest; and what its QEMU may take at most, own needs included.
GUEST_MIB = 4096
QEMU_MIB = 6144

# Seconds: several times what it takes on two busy cores.
BOOT_LIMIT = 120
EXPERIMENT_LIMIT = 90

# The experiment that is an act of its own.
GIGANTIC = "g"


class DemoError(Exception):
    """It can not go on; the text says what, why, and what to do."""


class RecordedGuest(Guest):
    """A guest whose whole console is kept in a file."""

    def __init__(self, record, *arguments, **options):
        super().__init__(*arguments, **options)
        self.record = record

    def serve(self, where):
        try:
            super().serve(where)
        finally:
            with contextlib.suppress(FileNotFoundError):
                shutil.copy(where / "console", self.record)


# --- before the guests ------------------------------------------------------

def check_host():
    """What is missing is better said now than half way through."""
    if os.geteuid() != 0:
        raise DemoError("this needs root, as it compiles in a chroot: "
                        "sudo make demo")
    for tool in TOOLS:
        if not shutil.which(tool):
            raise DemoError(f"{tool} is missing: install it with "
                            "tests/runner/install base demo")
    if available_mib() < QEMU_MIB:
        raise DemoError(f"only {available_mib()} MiB of memory are available, "
                        f"a guest may need {QEMU_MIB}: end something and try "
                        "again")


def available_mib():
    """Memory this host can spare."""
    text = pathlib.Path("/proc/meminfo").read_text(encoding="ascii")
    return int(re.search(r"MemAvailable: *(\d+) kB", text)[1]) // 1024


def read_library(experiments):
    """The size of the device, and the state of the pages in each experiment."""
    output = subprocess.run(
        ["sh", "-c", '. "$0"; echo "$VMEM_MIB"; '
         'for e; do echo "$e:$(describe "$e")"; done', LIBRARY, *experiments],
        check=True, stdout=subprocess.PIPE, text=True).stdout
    size, *lines = output.splitlines()
    states = dict(line.split(":", 1) for line in lines)
    for experiment, state in states.items():
        if not state:
            raise DemoError(f"there is no experiment '{experiment}': "
                            f"{LIBRARY.relative_to(TOP)} has the list")
    return int(size), states


def make_folder():
    """A new folder for what comes out."""
    folder = TOP / time.strftime("demo-%Y%m%d-%H%M%S")
    folder.mkdir()
    return folder


def reason(output):
    """The line of a failed build or download that says most."""
    lines = [line for line in output.splitlines() if line.strip()]
    # The first one is the command.
    for pattern in ("^E: |error:", "warning", ""):
        for line in lines[1:]:
            if re.search(pattern, line, re.IGNORECASE):
                return re.sub(r"/tmp/hugecontig\.\w+/", "", line).strip()
    return "nothing was printed"


def failure(step, error, advice, folder):
    """What to say of a failed build or download."""
    log = folder / "build.log"
    log.write_text(str(error), encoding="utf-8")
    return DemoError(f"{step} failed: {reason(str(error))}: {advice}; all of "
                     f"the output is in {log.relative_to(TOP)}")


def missing(target):
    """The step of kernels.prepare() that is due."""
    if not target.chroot.exists():
        return f"making the compiler chroot ({target.suite}, {target.compiler})"
    if not (target.chroot / target.kdir.lstrip("/")).exists():
        return f"fetching linux-headers-{target.release}"
    if not target.image.exists():
        return f"fetching the stock kernel, linux-image-{target.release}"
    return f"the stock kernel {target.release} and its compiler are there"


def prepare(display, target, folder):
    """Downloads what is not in the cache yet."""
    try:
        watch(display, [lambda: kernels.prepare(target)],
              lambda: [("", missing(target))])
    except kernels.BuildError as error:
        raise failure(missing(target), error, "check the network and try again",
                      folder) from error


def build(display, target, folder, stack):
    """Builds the module and what goes into the guests beside it."""
    step = "building the module and its tests"
    files = built(target)
    try:
        return watch(display, [lambda: stack.enter_context(files)],
                     lambda: [("", step)])[0]
    except kernels.BuildError as error:
        raise failure(step, error, "is the tree as it was cloned?",
                      folder) from error


# --- the guests -------------------------------------------------------------

def first_act(side, target, files, folder):
    """The guest of one side, for the experiments."""
    experiments = ",".join(side.results)
    return RecordedGuest(
        folder / f"{side.name}-console.txt", target, files,
        f"SIDE={side.name} EXPERIMENTS={experiments} demo.sh",
        GUEST_MIB, side.size, on_line=side.output.append, on_log=side.log,
        timeout=BOOT_LIMIT + EXPERIMENT_LIMIT * len(side.results))


def gigantic_guest(act, target, files, folder):
    """The guest of one side, for 1 GiB pages."""
    return RecordedGuest(
        folder / f"{act.name}-gigantic-console.txt", target, files,
        act.arguments(), second_act.GUEST_MIB, on_line=act.output.append,
        on_log=act.log, timeout=second_act.LIMIT)


def run_guest(side, guest):
    """Boots the guest of one side, and keeps what it writes."""
    side.guest = guest
    side.now = "booting"
    try:
        guest.run()
        side.end()
    except GuestError as error:
        side.end(str(error))
    name = guest.record.name.replace("console", "output")
    guest.record.with_name(name).write_text("\n".join(side.output) + "\n",
                                            encoding="utf-8")


def run_guests(display, sides, guests, qemu_mib):
    """Both side by side, or in turn where memory is short."""
    def end():
        for guest in guests:
            if guest.qemu:
                guest.qemu.kill()

    def in_turn():
        for side, guest in zip(sides, guests):
            run_guest(side, guest)

    works = [lambda side=side, guest=guest: run_guest(side, guest)
             for side, guest in zip(sides, guests)]
    if available_mib() < len(sides) * qemu_mib:
        works = [in_turn]
    watch(display, works,
          lambda: [(side.name, side.describe()) for side in sides], end)


# --- after the guests -------------------------------------------------------

def table(sides, states):
    """What came out, as lines."""
    yield (f"{'':27}{sides[0].name:>20}{sides[1].name:>20}  "
           "HugePages total/free/reserved/surplus")
    head = f"{'MiB':>7}{'s':>7}{'calls':>6}"
    yield (f"{f'given back of {sides[0].size} MiB':27}{head}{head}"
           f"  before -> after, {sides[1].name}")
    for experiment, state in states.items():
        row = f"{experiment:3}{state:24}"
        for side in sides:
            result = side.results[experiment]
            row += (f"{result.given_back():>7}{result.seconds():7.1f}"
                    f"{result.calls:>6}"
                    if result.complete() else f"{'-':>7}{'-':>7}{'-':>6}")
        result = sides[1].results[experiment]
        yield f"{row}  {result.before or '-'} -> {result.after or '-'}"
    yield "calls: of alloc_contig_range()"
    for experiment, result in sides[0].results.items():
        if result.counters:
            yield (f"{sides[0].name}, {experiment}: counters of the pool moved: "
                   f"{result.counters}")


def save_data(sides, path):
    """All samples, as tab-separated values."""
    with path.open("w", encoding="utf-8") as file:
        print("kernel", "experiment", "seconds", "plugged_mib",
              "hugepages_total", sep="\t", file=file)
        for side in sides:
            for experiment, result in side.results.items():
                for second, *values in result.timed():
                    print(side.name, experiment, f"{second:.3f}", *values,
                          sep="\t", file=file)


def picture_variables(sides, states, shown):
    """What demo.gp wants to know, beside the data."""
    stock, hugecontig = ([side.results[name] for name in shown]
                         for side in sides)
    # As long as something happens, and a little more.
    ends = [max(3, 1.25 * result.seconds()) for result in hugecontig]
    lists = {"experiments": shown,
             "states": [f'"{states[name]}"' for name in shown],
             "ends": ends,
             "pools": [result.samples[0][2] for result in stock],
             "stock": [result.given_back() for result in stock],
             "hugecontig": [result.given_back() for result in hugecontig]}
    return {name: " ".join(map(str, words)) for name, words in lists.items()}


def draw(sides, states, target, folder):
    """The picture, as SVG and PNG."""
    shown = [experiment for experiment in states
             if all(side.results[experiment].complete() for side in sides)]
    if not shown:
        raise DemoError("no experiment was finished on both sides: no picture")
    variables = {"kernel": target.release, "data": "demo.tsv",
                 **picture_variables(sides, states, shown)}
    settings = "".join(f"{name} = '{value}'; "
                       for name, value in variables.items())
    for form in ("svg", "png"):
        result = subprocess.run(
            ["gnuplot", "-e", f"size = {sides[0].size}; {settings}"
             f"form = '{form}'; set output 'demo.{form}'", PICTURE],
            cwd=folder, check=False, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        if result.returncode or result.stdout:
            raise DemoError(f"gnuplot could not draw: {reason(result.stdout)}")


def complaints(sides):
    """All that is not as it shall be; consoles of failed guests are shown."""
    for side in sides:
        if side.error:
            print(f"\nThe end of the console, {side.name}:\n"
                  f"{side.guest.console}")
            yield (f"{side.name}: {side.error}: try again; the whole console "
                   f"is in {side.guest.record.relative_to(TOP)}")
        yield from side.complaints(sides[0])


def hand_over(folder):
    """To whoever called sudo, as the folder lies in a tree of theirs."""
    if not any(folder.iterdir()):
        folder.rmdir()
        return
    user, group = (int(os.environ.get(name, 0))
                   for name in ("SUDO_UID", "SUDO_GID"))
    for path in (folder, *folder.iterdir()):
        os.chown(path, user, group)


# --- all of it --------------------------------------------------------------

def show_first_act(sides, states, target, folder):
    """Table, data and picture; yields what is wrong."""
    save_data(sides, folder / "demo.tsv")
    yield from complaints(sides)
    print("", *table(sides, states), "", sep="\n")
    try:
        draw(sides, states, target, folder)
    except DemoError as error:
        yield str(error)


def show_second_act(acts):
    """The table; yields what is wrong."""
    print("", *second_act.table(acts), "", sep="\n")
    for act in acts:
        yield from act.complaints(acts[0])


def demo(target, size, states, gigantic, folder):
    """Everything; returns the exit code."""
    display = Display(sys.stdout)
    names = (STOCK, HUGECONTIG)
    sides = [Side(name, states, size) for name in names] if states else []
    acts = [second_act.Act(name) for name in names] if gigantic else []
    wrong = []
    with contextlib.ExitStack() as stack:
        prepare(display, target, folder)
        files = build(display, target, folder, stack)
        if sides:
            run_guests(display, sides,
                       [first_act(side, target, files, folder)
                        for side in sides], QEMU_MIB)
            wrong += show_first_act(sides, states, target, folder)
        if acts:
            run_guests(display, acts,
                       [gigantic_guest(act, target, files, folder)
                        for act in acts], second_act.QEMU_MIB)
            wrong += show_second_act(acts)
    for line in wrong:
        print(f"not as expected: {line}")
    if not wrong:
        print("All as expected: pools untouched, contents intact, and with "
              "hugecontig no counter\nof the pool ever moved.")
    print(f"Picture, data and consoles are in {folder.relative_to(TOP)}/")
    return 1 if wrong else 0


def arguments():
    """The command line; "make demo NAME=VALUE" comes in the environment."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kernel", default=os.environ.get("KERNEL") or None,
                        help="a release of tests/kernels, or $KERNEL")
    parser.add_argument("--experiments",
                        default=os.environ.get("EXPERIMENTS"),
                        help="of a,b,c,d,a+,b+,c+,g, or $EXPERIMENTS; otherwise "
                        "those that show most on that kernel")
    return parser.parse_args()


def main():
    """The command line, and what becomes of errors."""
    options = arguments()
    # Ended like by Ctrl-C: neither a guest nor a directory is left behind.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        check_host()
        target = kernels.kernel(options.kernel)
        experiments = options.experiments or (
            "a,b,c,d,g" if target == kernels.kernel() else "a,b+,c+,g")
        names = re.findall(r"[^, ]+", experiments)
        gigantic = GIGANTIC in names
        size, states = read_library([name for name in names
                                     if name != GIGANTIC])
        if not states and not gigantic:
            raise DemoError("no experiment was named: try --experiments a,b,c,d")
        folder = make_folder()
        try:
            return demo(target, size, states, gigantic, folder)
        finally:
            hand_over(folder)
    except (DemoError, OSError, subprocess.SubprocessError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("demo: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
