#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Loads the packaged module on Debian 13 with Secure Boot on: it is refused until the key
that dkms signed it with is enrolled, as mokutil and the firmware's screen would do it.

What the guest printed is kept in logs/secure-boot.
"""
import pathlib
import shutil
import sys
import tempfile

import debs
import ktap
import systems
from kernels import CACHE, TESTS, BuildError, appears_at_once, cache_lock, run

SUITE = "trixie"
LOGS = TESTS.parent / "logs" / "secure-boot"
PARAMETER = "/sys/module/hugecontig/parameters/enabled"
SWITCH = "/sys/kernel/debug/hugecontig/enabled"
KEY = "/var/lib/dkms/mok.pub"

# The firmware keeps its variables in memory that only SMM writes to.
SECURE = ("-machine", "q35,smm=on", "-global",
          "driver=cfi.pflash01,property=secure,value=on")

# That shim's list of keys is shim's is all that the GUID says.
OWNER = "605dab50-e046-4300-abb6-3dd810dd8b23"

# A copy of the module that nobody has signed.
UNSIGNED = """
module=$(modinfo -n hugecontig)
case $module in
*.xz) xz -dc "$module" > /tmp/signed.ko ;;
*) cp "$module" /tmp/signed.ko ;;
esac
python3 - << EOF
data = open("/tmp/signed.ko", "rb").read()
magic = b"~Module signature appended~\\n"
assert data.endswith(magic)
length = int.from_bytes(data[-len(magic) - 4:-len(magic)], "big")
open("/tmp/unsigned.ko", "wb").write(data[:-len(magic) - 12 - length])
EOF
insmod /tmp/unsigned.ko
"""


def firmware_chroot():
    """A system with the tools that edit variables of a firmware."""
    path = CACHE / "firmware-trixie"
    with cache_lock("lock-firmware"):
        if not path.exists():
            with appears_at_once(path) as part:
                run("mmdebstrap", "--variant=apt", "--include=python3-virt-firmware",
                    "trixie", part)
    return path


def enroll(variables, certificate):
    """Adds a certificate, in DER, to shim's list of the machine owner's keys."""
    chroot = firmware_chroot()
    with tempfile.TemporaryDirectory(dir=chroot / "tmp") as name:
        work = pathlib.Path(name)
        shutil.copy(variables, work / "variables.fd")
        run("openssl", "x509", "-inform", "der", "-in", certificate, "-out",
            work / "key.pem")
        inside = pathlib.Path("/") / work.relative_to(chroot)
        run("chroot", chroot, "virt-fw-vars", "--inplace", inside / "variables.fd",
            "--add-mok", OWNER, inside / "key.pem")
        shutil.copy(work / "variables.fd", variables)


def before_enrolling(system, results):
    """The module is there, signed, and refused."""
    results.holds("Secure Boot", "SecureBoot enabled", system.run("mokutil --sb-state"))
    results.holds("lockdown", "[integrity]", system.run("cat /sys/kernel/security/lockdown"))
    system.run("echo 'deb [trusted=yes] file:/srv/hugecontig ./' > "
               "/etc/apt/sources.list.d/hugecontig.list && apt-get -q=2 update")
    system.run("DEBIAN_FRONTEND=noninteractive apt-get -q=2 --no-install-recommends "
               "install hugecontig-dkms hugecontig-tools")
    results.holds("signed by dkms", "DKMS", system.run("modinfo -F signer hugecontig"))
    result = system.call("modprobe hugecontig")
    results.add("refused: code", result.returncode != 0, result.stdout)
    results.holds("refused: why", "Key was rejected by service", result.stdout)
    results.holds("doctor says how to mend it", f"mokutil --import {KEY}",
                  system.call("hugecontig doctor").stdout)


def after_enrolling(system, results):
    """It loads, and is switched by its parameter."""
    results.holds("lockdown, still", "[integrity]",
                  system.run("cat /sys/kernel/security/lockdown"))
    result = system.call("modprobe hugecontig")
    results.add("loads", result.returncode == 0, result.stdout)
    for switch in "N", "Y":
        system.call(f"echo {switch} > {PARAMETER}")
        results.add(f"the parameter: {switch}",
                    system.call(f"cat {PARAMETER}").stdout.strip() == switch)
        count = system.call("grep -c '([^)]*\\[hugecontig\\])' "
                            "/sys/kernel/tracing/enabled_functions").stdout.strip()
        results.add(f"redirected functions: {count}", (count == "0") == (switch == "N"))
    result = system.call(f"echo N > {SWITCH}")
    results.add("the switch in debugfs is closed", result.returncode != 0, result.stdout)
    result = system.call("hugecontig status")
    results.add("status", result.returncode == 0, result.stdout)
    results.holds("doctor", "lockdown", system.call("hugecontig doctor").stdout)
    system.run("rmmod hugecontig")
    result = system.call(UNSIGNED)
    results.add("an unsigned one is refused", result.returncode != 0, result.stdout)
    results.holds("with that reason", "Key was rejected by service", result.stdout)


def run_test():
    """The lines, and what went wrong around them."""
    results = ktap.Results(17)
    failure = None
    LOGS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="hugecontig.") as name:
        work = pathlib.Path(name)
        debs.build(SUITE, work / "repository")
        debs.repository(work / "repository", SUITE)
        variables = work / "variables.fd"
        shutil.copy(systems.FIRMWARE / "OVMF_VARS_4M.ms.fd", variables)
        firmware = systems.FIRMWARE / "OVMF_CODE_4M.secboot.fd", variables
        system = systems.System(SUITE, firmware=firmware, extra=SECURE)
        try:
            with system:
                system.copy_to(work / "repository", "/srv/hugecontig")
                before_enrolling(system, results)
                system.copy_from(KEY, work / "key.der")
                system.stop()
                enroll(variables, work / "key.der")
                system.boot()
                after_enrolling(system, results)
                (LOGS / "dmesg").write_text(system.run("dmesg"))
        except systems.GuestError as error:
            failure = str(error)
    return ktap.stream({"secure_boot.py": results.lines}, failure), failure


def main():
    """The command line."""
    try:
        lines, failure = run_test()
    except BuildError as error:
        print(error)
        return 1
    return ktap.show(lines, failure)


if __name__ == "__main__":
    sys.exit(main())
