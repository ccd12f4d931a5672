#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What the runner itself promises: a build that fails and a skip that nobody expects are
failures, a column that status does not print is seen, and a verdict counts only for what it was
made from."""
import contextlib
import io
import pathlib
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(TESTS / "runner"))

# pylint: disable=wrong-import-position
import check
import jobs
import kernels
import ktap
import matrix
import verdicts

NAME = "claims, 5.10.0-46-amd64"


def outcome(*lines):
    """Of a guest with one script, which wrote these lines."""
    return ktap.stream({"test_leaks.sh": [f"1..{len(lines)}", *lines]}), None


def report(*words):
    """Does the report take that for passed? And what it printed."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        passed = check.Report(1).add(NAME, *words)
    return passed, printed.getvalue()


def raises(error):
    """What comes of a job that ends so."""
    def function():
        raise error
    _, lines, _ = check.perform(jobs.Job(NAME, (), (), function))
    return report(lines)


def test_report(results):
    """What the report takes for passed."""
    results.add("a job that passed", report(outcome("ok 1 one", "ok 2 two"))[0])
    results.add("a skip that is expected", report(outcome(
        "ok 1 one", "ok 2 memory that leaked # SKIP no kmemleak in this kernel"))[0])
    passed, printed = report(outcome("ok 1 one # SKIP no reason"))
    results.add("a skip that is not in tests/skips", not passed)
    results.holds("it is named", "test_leaks.sh: one: no reason: this skip is not in tests/skips",
                  printed)
    passed, printed = raises(kernels.BuildError("make: warning: unused variable"))
    results.add("a build that fails", not passed)
    results.holds("what it printed", "unused variable", printed)
    results.add("nothing at all", not report(([], None))[0])


def test_columns(results):
    """The table beside what status prints."""
    seen = matrix.Matrix()
    seen.add(kernels.kernel(), ["# status: another: provided, why"], True, "2026-01-01")
    results.holds("a column that status does not print, or prints and is not there",
                  "status prints kernel Debian another tests", "\n".join(seen.differences()))


def test_verdicts(results):
    """Which verdicts are kept."""
    with tempfile.TemporaryDirectory(prefix="hugecontig.") as name:
        verdicts.TOP = verdicts.KEPT = pathlib.Path(name)
        (verdicts.TOP / ".gitignore").write_text("*.o\n", encoding="ascii")
        source = verdicts.TOP / "source.c"
        source.write_text("one", encoding="ascii")
        job = jobs.Job("sample", (), ("source.c",), None)

        def kept():
            with contextlib.redirect_stdout(io.StringIO()):
                return check.Run([job], True, False).kept == [job]
        results.add("no verdict: it is left", not kept())
        verdicts.store(job.name, job.digest(), 1, ([], None), True)
        results.add("a verdict of the same sources is kept", kept())
        source.write_text("another", encoding="ascii")
        results.add("a verdict of other sources is not", not kept())
        verdicts.store(job.name, job.digest(), 1, ([], None), False)
        results.add("nor is one that has failed", not kept())


def main():
    """Writes KTAP."""
    results = ktap.Results(12)
    test_report(results)
    test_columns(results)
    test_verdicts(results)
    print("\n".join(results.lines))
    return 1 if any(line.startswith("not ok") for line in results.lines) else 0


if __name__ == "__main__":
    sys.exit(main())
