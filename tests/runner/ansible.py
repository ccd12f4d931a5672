#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The role of tools/fleet/ansible.

decisions: tests/check_ansible.sh, on hosts that are directories; what takes longest is to
make the system that they are copies of, once.

guests: two Debian systems over ssh, with the packages of this tree, a repository that is
signed, and the real module. What Ansible said is kept in logs/ansible.
"""
import argparse
import contextlib
import functools
import http.server
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

import debs
import ktap
import systems
from guest import Qmp
from kernels import TESTS, BuildError, run
from suites import cached

ROLE = TESTS.parent / "tools" / "fleet" / "ansible"
LOGS = TESTS.parent / "logs" / "ansible"

# What hosts of check_ansible.sh have.
SUITE = "bookworm"
PACKAGES = ("python3", "python3-apt", "systemd")

# The Ansible of Debian 12 does not know the Python of Debian 13. The program that was
# built in the older one runs in both.
GUESTS = {"canary": "bookworm", "second": "bullseye"}
BUILT_IN = "bullseye"
NEEDS = ("ansible-playbook", "gpg", "qemu-system-x86_64", "ssh")

# Memory of the canary that is asked for back, in MiB.
VMEM = 512

AT_ONCE = ("-e", '{"hugecontig_batches": ["100%"]}')
ONE_BY_ONE = ("-e", '{"hugecontig_batches": [1, 1]}')
ACT = ("-e", "hugecontig_state=act")

MODULE = "/sys/module/hugecontig"
POOL = "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"
FILES = ("/etc/modprobe.d/hugecontig.conf", "/etc/apt/sources.list.d/hugecontig.sources",
         "/usr/share/keyrings/hugecontig.asc", "/etc/systemd/system/*/hugecontig.service",
         "/lib/modules/*/updates/dkms/hugecontig*", "/var/lib/dkms/hugecontig",
         "/usr/src/hugecontig*", "/usr/sbin/hugecontig", "/root/.ansible_async/*")


class Play:
    """What Ansible did."""

    def __init__(self, result):
        self.failed = result.returncode != 0
        self.text = result.stdout

    def changed(self):
        """How much, of all hosts."""
        return sum(map(int, re.findall(r" changed=(\d+) ", self.text)))

    def lines(self, words):
        """The lines with these words."""
        return [line for line in self.text.splitlines() if words in line]


class Fleet:
    """The guests that were booted, by name, as Ansible has them."""

    def __init__(self, booted, work, variables):
        self.guests = booted
        self.work = work
        self.plays = 0
        inventory = {"hugecontig": {
            "hosts": {name: {"ansible_port": guest.ssh_port}
                      for name, guest in booted.items()},
            "vars": {"ansible_ssh_private_key_file": str(systems.key()),
                     "ansible_ssh_common_args":
                     "-o UserKnownHostsFile=/dev/null -o LogLevel=ERROR", **variables}}}
        (work / "inventory.json").write_text(json.dumps(inventory), encoding="utf-8")

    def play(self, playbook, *words):
        """Runs a playbook."""
        environment = os.environ | {
            "HOME": str(self.work), "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_CONFIG": str(TESTS / "ansible" / "ansible.cfg"),
            "ANSIBLE_CACHE_PLUGIN": "jsonfile",
            "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(self.work / "facts"),
            "PYTHONDONTWRITEBYTECODE": "1"}
        result = subprocess.run(
            ["ansible-playbook", "-i", TESTS / "ansible" / "guests.yml", "-i",
             self.work / "inventory.json", ROLE / playbook, *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, check=False, env=environment)
        self.plays += 1
        (LOGS / f"play-{self.plays}").write_text(result.stdout, encoding="utf-8")
        return Play(result)

    def states(self):
        """Of each guest what the module does, and what it is to do after a boot."""
        return [guest.call(
            f"cat {MODULE}/parameters/mode {MODULE}/parameters/enabled 2> /dev/null; "
            "sed -n 's/^options hugecontig mode=//p' /etc/modprobe.d/hugecontig.conf "
            "2> /dev/null").stdout.split() for guest in self.guests.values()]

    @contextlib.contextmanager
    def once_it_acts(self, name, action):
        """Does something as soon as that guest acts, as long as the block runs."""
        over = threading.Event()

        def wait():
            while not over.wait(1):
                mode = self.guests[name].call(f"cat {MODULE}/parameters/mode")
                if mode.stdout.strip() == "act":
                    action()
                    return
        thread = threading.Thread(target=wait)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


class VirtioMem:
    """Memory that a guest is given, and asked for."""

    def __init__(self, work):
        self.path = work / "qmp"
        self.qmp = None

    def options(self, memory):
        """What QEMU wants to know, for a guest of that much memory."""
        return ("-m", f"{memory}M,maxmem={memory + VMEM + 1024}M,slots=2",
                "-object", f"memory-backend-ram,id=mem0,size={VMEM}M",
                "-device", "virtio-mem-pci,id=vm0,memdev=mem0,requested-size=0",
                "-qmp", f"unix:{self.path},server=on,wait=off")

    def request(self, size):
        """Asks the guest to have that many MiB of it."""
        self.qmp = self.qmp or Qmp(self.path)
        self.qmp.execute("qom-set", path="/machine/peripheral/vm0",
                         property="requested-size", value=size << 20)

    def plugged(self):
        """How many MiB it has."""
        return self.qmp.execute("query-memory-devices")[0]["data"]["size"] >> 20


class Handler(http.server.SimpleHTTPRequestHandler):
    """Of the repository, which says nothing."""

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        pass


@contextlib.contextmanager
def repository(work):
    """The packages, signed, for guests to fetch: the variables of the role."""
    where = work / "repository"
    debs.build(BUILT_IN, where)
    debs.repository(where, BUILT_IN)
    gpg = ("gpg", "--homedir", work / "gnupg", "--batch", "--quiet")
    (work / "gnupg").mkdir(mode=0o700)
    run(*gpg, "--passphrase", "", "--quick-generate-key", "hugecontig <root@localhost>")
    run(*gpg, "--clearsign", "--output", where / "InRelease", where / "Release")
    run(*gpg, "--armor", "--output", work / "hugecontig.asc", "--export")
    run("gpgconf", "--homedir", work / "gnupg", "--kill", "all")
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Handler, directory=where))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        # That is this host, to a guest.
        yield {"hugecontig_repository_uri": f"http://10.0.2.2:{server.server_port}",
               "hugecontig_repository_key": str(work / "hugecontig.asc")}
    finally:
        server.shutdown()
        server.server_close()


def observe(fleet, results):
    """All are installed, and observe."""
    play = fleet.play("hugecontig.yml", *AT_ONCE)
    results.add("they are installed", not play.failed, play.text)
    results.equal("and observe", fleet.states(), [["observe", "Y", "observe"]] * 2)
    for name, guest in fleet.guests.items():
        result = guest.call("dkms status hugecontig && modinfo -F filename hugecontig && "
                            "systemctl is-enabled hugecontig.service")
        results.add(f"{name}: built by dkms, loaded at boot",
                    result.returncode == 0 and "updates/dkms" in result.stdout,
                    result.stdout)
    play = fleet.play("hugecontig.yml", *AT_ONCE)
    results.equal("once more: nothing changes", (play.failed, play.changed()), (False, 0))


def roll_back_all(fleet, results):
    """The second is switched off while it soaks, and the canary is rolled back, too."""
    second = fleet.guests["second"]
    with fleet.once_it_acts("second", lambda: second.call("hugecontig disable")):
        play = fleet.play("hugecontig.yml", *ONE_BY_ONE, *ACT, "-e",
                          "hugecontig_rollback_before=true")
    results.add("the second is off: the play fails", play.failed, play.text)
    results.equal("this is told in one line", len(play.lines(
        "rolled back to observe: second: HugecontigAbsentOrOff: off: ")), 1)
    results.equal("all observe again", fleet.states(),
                  [["observe", "Y", "observe"], ["observe", "N", "observe"]])


def roll_back_canary(fleet, memory, results):
    """The pool of the canary moves, while it serves requests."""
    canary = fleet.guests["canary"]
    memory.request(VMEM)
    until = time.monotonic() + 120
    while memory.plugged() < VMEM and time.monotonic() < until:
        time.sleep(1)
    results.equal("the canary has memory of virtio-mem", memory.plugged(), VMEM)

    def move():
        memory.request(0)
        canary.call(f"echo $(($(cat {POOL}) + 3)) > {POOL}")
    with fleet.once_it_acts("canary", move):
        play = fleet.play("hugecontig.yml", *ONE_BY_ONE, *ACT)
    results.add("the pool of the canary has moved: the play fails", play.failed, play.text)
    results.equal("this is told in one line", len(play.lines(
        "rolled back to observe: canary: HugecontigPoolMoved: changed: the pool of 2048 kB "
        "pages has 3 pages, and had 0")), 1)
    results.equal("the canary observes, the second is not touched", fleet.states(),
                  [["observe", "Y", "observe"], ["observe", "N", "observe"]])


def act(fleet, results):
    """All is well."""
    play = fleet.play("hugecontig.yml", *ONE_BY_ONE, *ACT)
    results.add("all is well", not play.failed, play.text)
    results.equal("all act, after a boot, too", fleet.states(), [["act", "Y", "act"]] * 2)
    fleet.guests["canary"].call("systemctl reboot")
    time.sleep(10)
    until = time.monotonic() + systems.BOOT_SECONDS
    while not fleet.guests["canary"].answers() and time.monotonic() < until:
        time.sleep(2)
    results.equal("the canary was booted", fleet.states(), [["act", "Y", "act"]] * 2)
    play = fleet.play("hugecontig.yml", *ONE_BY_ONE, *ACT)
    results.equal("once more: nothing changes", (play.failed, play.changed()), (False, 0))


def remove(fleet, results):
    """Nothing is left."""
    play = fleet.play("remove.yml")
    results.add("all is removed", not play.failed, play.text)
    results.equal("the module is not loaded", fleet.states(), [[], []])
    for name, guest in fleet.guests.items():
        left = guest.call(f"ls -d {' '.join(FILES)} 2> /dev/null; "
                          "dpkg-query -W -f '${Package}\\n' 'hugecontig*' 2> /dev/null")
        results.equal(f"{name}: nothing is left", left.stdout, "")
    play = fleet.play("remove.yml")
    results.equal("once more: nothing changes", (play.failed, play.changed()), (False, 0))


def guests():
    """The lines, and what went wrong around them."""
    for need in NEEDS:
        if not shutil.which(need):
            return ktap.stream({"ansible.py": [f"1..0 # SKIP {need} is not installed"]}), None
    results = ktap.Results(21)
    failure = None
    shutil.rmtree(LOGS, ignore_errors=True)
    LOGS.mkdir(parents=True)
    with contextlib.ExitStack() as stack:
        work = pathlib.Path(stack.enter_context(
            tempfile.TemporaryDirectory(prefix="hugecontig.")))
        variables = stack.enter_context(repository(work))
        memory = VirtioMem(work)
        extra = {"canary": memory.options(2048)}
        try:
            booted = {name: stack.enter_context(systems.System(
                suite, extra=extra.get(name, ()))) for name, suite in GUESTS.items()}
            fleet = Fleet(booted, work, variables)
            observe(fleet, results)
            roll_back_all(fleet, results)
            roll_back_canary(fleet, memory, results)
            act(fleet, results)
            remove(fleet, results)
            for name, guest in booted.items():
                (LOGS / f"dmesg-{name}").write_text(guest.run("dmesg"), encoding="utf-8")
        except systems.GuestError as error:
            failure = str(error)
    return ktap.stream({"ansible.py": results.lines}, failure), failure


def make_chroot(part, names):
    """The system that hosts of check_ansible.sh are copies of."""
    run("mmdebstrap", "--variant=minbase", "--include=" + ",".join(names), SUITE, part)


def decisions():
    """The same, of check_ansible.sh."""
    chroot = cached(f"ansible-{SUITE}", PACKAGES, make_chroot)
    return ktap.of_script(TESTS / "check_ansible.sh", chroot)


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("test", choices=("decisions", "guests"))
    try:
        lines, failure = globals()[parser.parse_args().test]()
    except BuildError as error:
        print(error)
        return 1
    return ktap.show(lines, failure)


if __name__ == "__main__":
    sys.exit(main())
