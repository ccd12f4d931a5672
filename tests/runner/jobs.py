# SPDX-License-Identifier: GPL-2.0-only
"""The jobs of each goal: what is run, on which kernel, and what each is made from."""
import concurrent.futures
import contextlib
import functools
import os
from typing import Callable, NamedTuple

import ansible
import debs
import kernels
import ktap
import lifecycle
import options
import plans
import secure_boot
import verdicts
from build import built, built_module

TESTS = kernels.TESTS

# Without guests: packages on whole systems; and what a release has to be.
GOALS = (*plans.GOALS, "packages", "release")

KTAP = "tests/lib/ktap.sh"
PROGRAM = ("tools", "dkms.conf", KTAP)
SYSTEMS = (*verdicts.MODULE, "tools", "debian", "tests/packages", "tests/systems",
           "tests/runner/debs.py", "tests/runner/systems.py", "tests/runner/qemu-tcg")


class Job(NamedTuple):
    """What is run, for which goals, and the paths that it is made from; kernel: whose row it
    fills."""

    name: str
    goals: tuple
    paths: tuple
    function: Callable
    arguments: tuple = ()
    kernel: kernels.Kernel = None

    def digest(self):
        """The hash of all that it is made from."""
        machine = [plan.guest() for plan in self.arguments if isinstance(plan, plans.Plan)]
        kernel = self.kernel and (self.kernel.release, self.kernel.compiler, self.kernel.kdir)
        return verdicts.digest(self.paths, self.name, machine, kernel)


class Workshop:
    """Fetches kernels and builds the files of guests, while what is there already is tested.
    What it builds is kept as long as the stack."""

    def __init__(self, stack):
        self.stack = stack
        self.fetcher = stack.enter_context(concurrent.futures.ThreadPoolExecutor(2))
        self.builder = stack.enter_context(concurrent.futures.ThreadPoolExecutor(1))
        self.fetched, self.files = {}, {}

    def begin(self, jobs):
        """Begins with all that these jobs wait for: what boots comes first."""
        scripts = {}
        for job in jobs:
            if job.kernel:
                scripts.setdefault(job.kernel, set())
                if job.function == self.guest:
                    scripts[job.kernel].update(job.arguments[0].scripts())
        for target in scripts:
            self.fetched[target] = concurrent.futures.Future()
        for base in dict.fromkeys(target.base for target in scripts):
            targets = [target for target in scripts if target.base == base]
            targets.sort(key=lambda target: not scripts[target])
            self.fetcher.submit(self.fetch, targets, scripts)
        for target, names in scripts.items():
            if names:
                self.files[target] = self.builder.submit(self.build, target, sorted(names))

    def start(self, workers, run, job):
        """Has a job run once all is there that it waits for: by one of the workers, or, if
        it is a build, after other builds. Side by side builds take half as long again."""
        pool = self.builder if job.function == self.module else workers

        def begin(_):
            # The pools are shut down when the run is interrupted.
            with contextlib.suppress(RuntimeError):
                pool.submit(run, job)
        self.needed(job).add_done_callback(begin)

    def needed(self, job):
        """The future of what a job waits for."""
        if job.function in (self.guest, self.module) and job.kernel in self.files:
            return self.files[job.kernel]
        if job.kernel:
            return self.fetched[job.kernel]
        nothing = concurrent.futures.Future()
        nothing.set_result(None)
        return nothing

    def fetch(self, targets, scripts):
        """The kernels of one suite: those that boot one by one, then the headers of all."""
        headers_of = [target for target in targets if not scripts[target]]
        for target in targets:
            try:
                if target in headers_of[:1]:
                    kernels.prepare_builds(headers_of)
                kernels.prepare(target, boots=bool(scripts[target]))
                self.fetched[target].set_result(None)
            except Exception as error:  # pylint: disable=broad-except
                # Whatever it is, it is due where the kernel is needed.
                self.fetched[target].set_exception(error)

    def build(self, target, scripts):
        """The files of its guests."""
        self.fetched[target].result()
        return self.stack.enter_context(built(target, scripts))

    def guest(self, plan, target):
        """Boots a guest."""
        return plans.run_in_guest(plan, target, self.files[target].result())

    @contextlib.contextmanager
    def built_module(self, target):
        """The module: that of the guests, if there are some."""
        if target in self.files:
            yield self.files[target].result() / "hugecontig.ko"
        else:
            self.fetched[target].result()
            with built_module(target) as module:
                yield module

    def module(self, target):
        """Looks at what the compiler made of the module."""
        results = ktap.Results(1)
        with self.built_module(target) as module:
            checkers = "compiler and sparse" if kernels.can_check(target) else "compiler"
            results.add(f"no warning of {checkers}", True)
            lines, failure = ktap.lines_of(TESTS / "check_object.sh", module)
        return ktap.stream({"build": results.lines, "check_object.sh": lines},
                           failure), failure


def checkpatch():
    """The path of checkpatch.pl, or nothing: then its tests are skipped."""
    try:
        return kernels.checkpatch()
    except kernels.BuildError as error:
        print(f"# no checkpatch.pl: {error}", flush=True)
        return ""


def style():
    """Runs check_style.sh."""
    return ktap.of_script(TESTS / "check_style.sh", checkpatch())


@functools.lru_cache(maxsize=None)
def provide_programs():
    """Programs of Prometheus for tests; without them their cases are skipped."""
    try:
        os.environ["PATH"] += os.pathsep + str(kernels.fleet_programs())
    except kernels.BuildError as error:
        print(f"# no prometheus: {error}", flush=True)


def with_programs(function, *arguments):
    """Calls a function that runs tests with these programs."""
    provide_programs()
    return function(*arguments)


def dkms(target, workshop):
    """Runs check_dkms.sh in the chroot of a suite."""
    workshop.fetched[target].result()
    return ktap.of_script(TESTS / "check_dkms.sh", target.chroot, target.release)


def script(name, goals, paths, *arguments):
    """The job that runs tests/check_NAME.sh, which is made from these paths."""
    path = TESTS / f"check_{name}.sh"
    return Job(name, goals, (*paths, f"tests/{path.name}"), ktap.of_script,
               (path, *arguments))


def on_host():
    """The jobs that need no kernel."""
    yield Job("style", ("check",), ("src", "include", "tests", "tools", ".ci",
                                    ".checkpatch.conf", ".shellcheckrc"), style)
    yield Job("program", ("check",), (*PROGRAM, "tests/check_program.sh"),
              with_programs, (ktap.of_script, TESTS / "check_program.sh"))
    yield Job("fleet", ("check",), (*PROGRAM, "tests/check_fleet.sh",
                                    "tests/check_dashboard.py"),
              with_programs, (ktap.of_script, TESTS / "check_fleet.sh"))
    yield script("features", ("check",), ("include/compat", KTAP))
    yield script("docs", ("check", "packages", "release"), (".",))
    yield script("release", ("check", "packages", "release"), (".",))
    yield Job("runner", ("check",), ("tests/runner", "tests/skips", "tests/check_runner.py"),
              ktap.of_script, (TESTS / "check_runner.py",))
    matrix = TESTS / "check_matrix.py"
    yield Job("matrix", ("check",), (".",), ktap.of_script, (matrix,))
    yield Job("matrix of a release", ("release",), (".",), ktap.of_script,
              (matrix, "--release"))


def of_packages():
    """The jobs that install packages on whole systems, which take long."""
    goals = ("packages",)
    for suite in debs.SUITES:
        yield Job(f"lifecycle, {suite}", goals, (*SYSTEMS, "tests/runner/lifecycle.py"),
                  lifecycle.run, (suite,))
    yield Job("secure_boot", goals, (*SYSTEMS, "tests/runner/secure_boot.py"),
              secure_boot.run_test)
    paths = (*SYSTEMS, "tests/ansible", "tests/runner/ansible.py", "tests/check_ansible.sh",
             "docs/ansible.md")
    yield Job("ansible, guests", goals, paths, ansible.guests)
    yield Job("ansible, decisions", goals, paths, with_programs, (ansible.decisions,))
    yield script("debian", goals, (*SYSTEMS, "docs", "README.md", KTAP))
    yield script("rpm", goals, (*SYSTEMS, "docs", "README.md", "tests/check_rpm.py", KTAP))
    yield script("kubernetes", goals, (*SYSTEMS, "tests/check_kubernetes.py", "tests/kernels",
                                       KTAP))


def of_kernels(workshop):
    """The jobs of each kernel: guests, dkms of each suite, and builds."""
    targets = kernels.kernels()
    for plan in plans.plans():
        for target in targets:
            goals = tuple(goal for goal in plans.GOALS if plan.includes(target, goal))
            if goals:
                yield Job(f"{plan.name}, {target.release}", goals,
                          tuple(verdicts.of_guest(plan.scripts())), workshop.guest,
                          (plan, target), target)
    for target in {target.base: target for target in reversed(targets)}.values():
        yield Job(f"dkms, {target.release}",
                  ("check", "kernels") if target.tests == "first" else ("kernels",),
                  (*verdicts.MODULE, "tests/check_dkms.sh", KTAP), dkms,
                  (target, workshop), target)
    for target in targets:
        yield Job(f"build, {target.release}",
                  ("full",) if target.configs else ("check", "kernels"),
                  (*verdicts.MODULE, "tests/check_object.sh", KTAP), workshop.module,
                  (target,), target)
    for series in options.bases():
        yield Job(f"options, {series}", ("kernels",),
                  (*verdicts.MODULE, "tests/options", "tests/runner/options.py"),
                  options.check, (series,))


def all_jobs(workshop):
    """All jobs of all goals. What takes long comes first, and what others wait for."""
    return [*of_packages(), *on_host(), *of_kernels(workshop)]


def chosen(jobs, goals, release="", names=()):
    """Those of these goals; of kernels whose release begins so, and nothing else, if there
    is one; whose name begins with one of the names, if there are some."""
    return [job for job in jobs if set(job.goals) & set(goals)
            and (not release or job.kernel and job.kernel.release.startswith(release))
            and (not names or job.name.startswith(tuple(names)))]


def descendants(pid):
    """The processes that this one has started, and those of them."""
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:
                children = file.read().split()
        except OSError:
            continue
        for child in children:
            yield int(child)
            try:
                yield from descendants(int(child))
            except OSError:
                pass
