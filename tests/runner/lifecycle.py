#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Runs debian/tests/lifecycle on a whole system, by autopkgtest's runner for QEMU.

What it prints, and the logs of autopkgtest, are kept in logs/lifecycle-SUITE.
"""
import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

import debs
import ktap
import systems
from kernels import TESTS, BuildError

TOP = TESTS.parent
LOGS = TOP / "logs"

# The later one differs in nothing but its version.
LATER = "99.1.0"

MEMORY = 2048
VMEM = 1024
# Of a boot, with others beside it.
BOOT_SECONDS = 600
SECONDS = 3000

# A code of autopkgtest: the guest did not answer in time, as on a host that is busy. Nothing
# was tried then, and it is asked once more.
TESTBED_FAILURE = 16
ATTEMPTS = 3


def make_repository(suite, out):
    """The packages as they are, and a later version of them."""
    debs.build(suite, out)
    debs.build(suite, out, LATER)
    debs.repository(out, suite)


def qemu_options(work):
    """What the guest has besides: virtio-mem, and a port to QEMU's own monitor."""
    monitor = pathlib.Path(work) / "monitor"
    return " ".join((
        *systems.MACHINE, "-m", f"maxmem={MEMORY + VMEM + 1024}M,slots=2",
        "-object", f"memory-backend-ram,id=mem0,size={VMEM}M",
        "-device", "virtio-mem-pci,id=vm0,memdev=mem0,requested-size=0",
        "-chardev", f"socket,id=monitor0,path={monitor},server=on,wait=off",
        "-mon", "chardev=monitor0,mode=control",
        "-chardev", f"socket,id=monitor1,path={monitor}",
        "-device", "virtserialport,chardev=monitor1,name=org.hugecontig.monitor"))


def autopkgtest(suite, repository, output, work):
    """Runs it; returns what autopkgtest printed."""
    command = (
        "autopkgtest", "--no-built-binaries", TOP, "--test-name=lifecycle",
        f"--copy={repository}:/srv/hugecontig", f"--output-dir={output}",
        f"--timeout-test={SECONDS}", f"--timeout-copy={BOOT_SECONDS}", "--",
        "qemu", "--boot=efi", f"--qemu-command={TESTS / 'runner' / 'qemu-tcg'}",
        "--cpus=2", f"--ram-size={MEMORY}", f"--timeout-reboot={BOOT_SECONDS}",
        f"--qemu-options={qemu_options(work)}", systems.image(suite))
    return subprocess.run([str(word) for word in command], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
                          errors="replace", check=False)


def subtests(text):
    """One stream of KTAP for each boot, as subtests of one."""
    boots = text.split("TAP version 13\n")[1:]
    return ktap.stream({f"boot {number}": ["TAP version 13", *boot.splitlines()]
                        for number, boot in enumerate(boots, 1)})


def run(suite):
    """The lines, and what went wrong around them."""
    logs = LOGS / f"lifecycle-{suite}"
    logs.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="hugecontig.") as work:
        repository = pathlib.Path(work) / "repository"
        make_repository(suite, repository)
        for _ in range(ATTEMPTS):
            shutil.rmtree(logs, ignore_errors=True)
            result = autopkgtest(suite, repository, logs, work)
            if result.returncode != TESTBED_FAILURE:
                break
    printed = logs / "lifecycle-stdout"
    text = printed.read_text(errors="replace") if printed.exists() else ""
    lines = subtests(text)
    if result.returncode or len(lines) < 2:
        return lines, (f"autopkgtest ended with {result.returncode}; the end of what it "
                       f"printed:\n" + "\n".join(result.stdout.splitlines()[-40:]))
    return lines, None


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suite", choices=debs.SUITES)
    try:
        lines, failure = run(parser.parse_args().suite)
    except BuildError as error:
        print(error)
        return 1
    return ktap.show(lines, failure)


if __name__ == "__main__":
    sys.exit(main())
