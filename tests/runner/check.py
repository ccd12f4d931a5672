#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Runs all tests: those of the sources and objects here, the rest in guests.

Jobs run side by side. What each writes is shown when it has
finished, as a subtest of one KTAP stream. The last line has the totals. Exit code: 1 if a
test failed.
"""
import argparse
import concurrent.futures
import contextlib
import datetime
import fnmatch
import os
import queue
import signal
import sys
import threading
import time

import guest
import jobs
import kernels
import ktap
import matrix
import verdicts

# One more than there are CPUs: guests often wait.
WORKERS = os.cpu_count() + 1


def expected_skips():
    """The lines of tests/skips: patterns of a job, a script, a result and a reason."""
    for line in (kernels.TESTS / "skips").open(encoding="utf-8"):
        if line.strip() and not line.startswith("#"):
            yield [word.strip() for word in line.split(" : ", 3)]


def is_expected(*skip):
    """Is there a line for that skip, of a job, a script, a result and a reason?"""
    return any(all(map(fnmatch.fnmatchcase, skip, patterns))
               for patterns in expected_skips())


class Report:
    """The KTAP stream of the whole run, and its totals."""

    def __init__(self, count):
        self.totals = ktap.Totals()
        self.number = 0
        self.begin = time.monotonic()
        self.times = []
        print(f"KTAP version 1\n1..{count}", flush=True)

    def note(self, text):
        """Says what is going on."""
        print(f"# {time.monotonic() - self.begin:4.0f} s: {text}", flush=True)

    def add(self, name, outcome, kept=""):
        """A job is over: its KTAP lines, and what went wrong around it. True if it passed.
        Lines that an earlier run kept are counted, and not shown."""
        lines, failure = outcome
        complaints = [failure] if failure else []
        reader = ktap.Reader(complaints.append)
        for line in lines:
            reader.line(line)
        reader.end()
        for skip in reader.skips:
            if not is_expected(name, *skip):
                reader.fail(f"{': '.join(skip)}: this skip is not in tests/skips")
        if failure:
            reader.totals.failed += 1
        self.totals.add(reader.totals)
        self.number += 1
        print(f"    # Subtest: {name}")
        for line in [f"# passed {kept}"] if kept else lines:
            print("    " + line)
        for complaint in complaints:
            print("    # " + complaint.replace("\n", "\n    # "))
        passed = not reader.totals.failed
        print(f"{'ok' if passed else 'not ok'} {self.number} {name}", flush=True)
        return passed

    def add_ended(self, job, outcome, seconds):
        """A job has ended just now. True if it passed."""
        self.note(f"{job.name} has ended, after {seconds:.0f} s")
        self.times.append((seconds, job.name))
        return self.add(job.name, outcome)

    def show_times(self):
        """How long each job took."""
        for seconds, name in sorted(self.times, reverse=True):
            print(f"# {seconds:4.0f} s: {name}")
        self.note(f"{sum(seconds for seconds, _ in self.times):.0f} s of jobs")


def skipped(why):
    """Stands for what the mirror does not have."""
    return ["1..1", "    # Subtest: kernel", f"    1..0 # SKIP {why}",
            f"ok 1 kernel # SKIP {why}"], None


def perform(job):
    """Runs a job: what came of it, and how long it took."""
    begin = time.monotonic()
    try:
        outcome = job.function(*job.arguments)
    except kernels.MissingError as error:
        outcome = skipped(str(error).splitlines()[-1])
    except Exception as error:  # pylint: disable=broad-except
        # Whatever it is, the other jobs and the totals are due.
        outcome = [], f"{type(error).__name__}: {error}"
    return job, outcome, time.monotonic() - begin


def side_by_side(pool, left, start=concurrent.futures.ThreadPoolExecutor.submit):
    """Runs jobs; each, as it ends, with what came of it and how long it took. start: hands
    a function and a job to the pool, or has it run once all is there that it waits for."""
    ended = queue.SimpleQueue()
    for job in left:
        start(pool, lambda job: ended.put(perform(job)), job)
    for _ in left:
        yield ended.get()


class Run:
    """The jobs of one run."""

    def __init__(self, chosen, reuse, compares):
        self.chosen = chosen
        self.digests = {job.name: job.digest() for job in chosen}
        self.last = {job.name: verdicts.load(job.name) for job in chosen}
        self.kept = [job for job in chosen if reuse and self.is_kept(job)]
        self.left = [job for job in chosen if job not in self.kept]
        self.report = Report(len(chosen) + compares)
        self.matrix = matrix.Matrix()
        self.interrupted = threading.Event()

    def is_kept(self, job):
        """Is the last verdict one of what it would be made from now?"""
        last = self.last[job.name]
        return last.get("passed") and last["digest"] == self.digests[job.name]

    def show_left(self):
        """Says what is still to be run, and how long that took last time."""
        seconds = [self.last[job.name].get("seconds") for job in self.left]
        known = sum(filter(None, seconds))
        new = sum(second is None for second in seconds)
        self.report.note(f"{len(self.left)} of {len(self.chosen)} jobs are left; they took "
                         f"{known} s last time, {new} of them have never ended")

    def end(self, job, outcome, seconds):
        """A job has ended. Its verdict is kept if nothing has changed meanwhile."""
        passed = self.report.add_ended(job, outcome, seconds)
        self.left.remove(job)
        if job.digest() == self.digests[job.name]:
            verdicts.store(job.name, self.digests[job.name], seconds, outcome, passed)
        self.add_row(job, outcome[0], passed, datetime.date.today().isoformat())

    def add_row(self, job, *outcome):
        """Adds what a job says to the row of its kernel."""
        if job.kernel and "kernels" in job.goals:
            self.matrix.add(job.kernel, *outcome)

    def all(self, workshop):
        """Runs what is left; True if all went well."""
        for job in self.kept:
            last = self.last[job.name]
            self.report.add(job.name, (last["lines"], None), f"on {last['date']}")
            self.add_row(job, last["lines"], True, last["date"])
        self.show_left()
        workshop.begin(self.left)
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            try:
                for ended in side_by_side(pool, list(self.left), workshop.start):
                    self.end(*ended)
            except KeyboardInterrupt:
                self.interrupt(pool, workshop)
        self.report.show_times()
        return not self.report.totals.failed and self.report.totals.passed > 0 \
            and not self.interrupted.is_set()

    def interrupt(self, pool, workshop):
        """Ends what is running, whose verdicts do not count."""
        self.interrupted.set()
        for executor in pool, workshop.builder, workshop.fetcher:
            executor.shutdown(wait=False, cancel_futures=True)
        while any(thread.name.startswith("ThreadPoolExecutor")
                  for thread in threading.enumerate()):
            for process in set(jobs.descendants(os.getpid())):
                with contextlib.suppress(OSError):
                    os.kill(process, signal.SIGKILL)
            time.sleep(0.1)
        self.show_left()

    def write_matrix(self, needed):
        """Writes the rows of those kernels whose jobs have all ended, of those needed."""
        ended = {job.name for job in self.chosen if job not in self.left}
        missing = {job.kernel.release for job in needed if job.kernel and job.name not in ended}
        told = self.matrix.told()
        rows = [row for name, row in self.matrix.rows.items() if name not in missing
                and (name in told or row["tests"] == "failed")]
        if rows:
            matrix.write(rows, self.matrix.columns())

    def compare_matrix(self):
        """Does the table say what guests have said?"""
        results = ktap.Results(1)
        results.equal("docs/kernels.md has what status prints",
                      list(self.matrix.differences()), [])
        return self.report.add("columns", (ktap.stream({"columns": results.lines}), None))


def fail(why):
    """There is nothing to run."""
    print(f"# {why}\n0 passed, 1 failed, 0 skipped")
    return 1


def terminate(*_):
    """Ends like Ctrl-C."""
    raise KeyboardInterrupt


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("job", nargs="*", help="begin of the name of a job: style, build, "
                        "or of a guest of tests/guests")
    parser.add_argument("--goal", choices=(*jobs.GOALS, "all"), default="check",
                        help="what to run")
    parser.add_argument("--kernel", default=os.environ.get("KERNEL", ""),
                        help="begin of the release of kernels, or $KERNEL")
    parser.add_argument("--keep", action="store_true", help="take verdicts of earlier runs "
                        "for jobs that are made from the same")
    options = parser.parse_args()
    if os.environ.get("ACCEL", "tcg") not in ("tcg", "kvm"):
        return fail(f"ACCEL is {os.environ['ACCEL']}: set it to tcg or kvm")
    if os.geteuid() != 0:
        return fail("root is needed, to compile in a chroot: sudo make check")
    goals = ("check", "kernels", "full", "packages") if options.goal == "all" \
        else (options.goal,)
    signal.signal(signal.SIGTERM, terminate)
    with contextlib.ExitStack() as stack:
        workshop = jobs.Workshop(stack)
        everything = jobs.all_jobs(workshop)
        chosen = jobs.chosen(everything, goals, options.kernel, options.job)
        if not chosen:
            return fail(f"no job has such a name, or kernel of tests/kernels: "
                        f"{' '.join(options.job)} {options.kernel}")
        print(f"# guests run on {guest.accelerator()}", flush=True)
        whole = not options.job and not options.kernel
        compares = whole and options.goal == "check"
        run = Run(chosen, options.keep, compares)
        good = run.all(workshop)
    if compares:
        good = run.compare_matrix() and good
    run.write_matrix(jobs.chosen(everything, ("kernels",)))
    print(run.report.totals)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
