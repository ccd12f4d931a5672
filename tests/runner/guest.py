# SPDX-License-Identifier: GPL-2.0-only
"""A guest: a distribution's own kernel under QEMU, with an initramfs of ours.

The console is the first serial port. The second one is the channel: what the
guest writes there is the test's output (KTAP), except for lines that begin
with "@", which ask the host for something:

    @resize BYTES   ask the guest for that much virtio-mem   -> ok | error WHY
    @plugged        how much of it is plugged                -> BYTES
    @log NAME ...   remember this, with the time
    @done           the guest has finished

A guest that does not get there fails, whatever it wrote before.
"""
import contextlib
import ctypes
import functools
import json
import lzma
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import kernels

QEMU = "qemu-system-x86_64"

# What the guest loads for virtio-mem, for a block device, and to poison pages.
MODULES = ("virtio_pci", "virtio_mem", "loop", "hwpoison-inject")

# Found before there are threads: between fork() and exec() an import could wait
# for one that another thread had begun.
LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1

# A busy host may keep the timer's interrupts from the kernel that counts them at
# boot: it then gives up. And the kernel patches what all CPUs run all the time, as
# sched_clock(), at the end of its boot, or once it takes the clock for unstable; what
# QEMU may make of that is said at Guest. So there is one CPU until the first process
# runs, which has the others, and the clock is not looked at.
APPEND = ("console=ttyS0 panic=-1 panic_on_warn=1 oops=panic no_timer_check "
          "maxcpus=1 tsc=reliable memhp_default_state=online_movable")

# Without the fast string instructions, which QEMU translates to a loop over bytes:
# the kernel then fills and copies words.
CPU = "max,-erms,-fsrm"

# For a kernel built to find bugs. With five levels of page tables KASAN of 5.10 takes some
# of its own addresses for wild ones, at times, while it boots. And the interrupt
# table of QEMU's other machine is a program in AML, which takes so long that the
# kernel may give it up: then virtio-mem has no interrupt.
DEBUG_MACHINE = ("-cpu", f"{CPU},la57=off", "-machine", "q35")
# With PREEMPT, and all CPUs busy, RCU-tasks takes minutes to let a function go: who
# waits for it hangs no sooner than after six times what is usual. And memory is
# cleared, as it is on Debian's kernels by default.
DEBUG_APPEND = "sysctl.kernel.hung_task_timeout_secs=720 init_on_alloc=1"


# How its CPUs are run, see Guest. What counts instructions always needs TCG.
TCG = {"multi": ("-accel", "tcg,thread=multi", "-smp", "2"),
       "single": ("-accel", "tcg,thread=single", "-smp", "2"),
       "icount": ("-accel", "tcg,thread=single", "-smp", "1",
                  "-icount", "shift=1,sleep=off")}


KVM = ("-accel", "kvm", "-smp", "2", "-cpu", "host")
# A stock kernel has no root directory then, and panics, which ends QEMU.
PROBE = ("-nodefaults", "-nographic", "-no-reboot", "-m", "512M", "-serial", "stdio")
PROBE_SECONDS = 20


@functools.lru_cache(maxsize=None)
def kvm_works():
    """Does a stock kernel boot on KVM? Some hosts have /dev/kvm on which none does."""
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        result = subprocess.run(
            [QEMU, *KVM, *PROBE, "-kernel", kernels.kernel().vmlinux, "-append",
             "console=ttyS0 panic=-1"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, timeout=PROBE_SECONDS, check=False)
        return b"Unable to mount root fs" in result.stdout
    return False


def accelerator():
    """The words for what runs guests: TCG, or KVM if $ACCEL asks for it and it works."""
    if os.environ.get("ACCEL", "tcg") == "tcg":
        return "TCG"
    kernels.prepare(kernels.kernel())
    return "KVM" if kvm_works() else \
        f"TCG: {kernels.kernel().release} does not boot on KVM within {PROBE_SECONDS} s"


class GuestError(Exception):
    """The guest did not finish; the text says why."""


class Qmp:
    """QEMU's monitor."""

    def __init__(self, path):
        self.lock = threading.Lock()
        self.socket = connect(path)
        self.file = self.socket.makefile("rw", encoding="utf-8")
        self.file.readline()
        self.execute("qmp_capabilities")

    def execute(self, command, **arguments):
        """Runs a command; events that arrive meanwhile are of no interest."""
        with self.lock:
            self.file.write(json.dumps(
                {"execute": command, "arguments": arguments}) + "\n")
            self.file.flush()
            while True:
                answer = json.loads(self.file.readline())
                if "error" in answer:
                    raise GuestError(answer["error"]["desc"])
                if "return" in answer:
                    return answer["return"]


def connect(path):
    """Connects to a socket that QEMU is about to open."""
    deadline = time.monotonic() + 30
    while True:
        client = socket.socket(socket.AF_UNIX)
        try:
            client.connect(str(path))
            return client
        except OSError:
            client.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def without_unused(files, arguments):
    """For copytree(): suites and builds of the module (*.d) that none of the scripts
    mentions stay out of the guest, whose memory they would take."""
    scripts = "".join((files / "tests" / word).read_text(encoding="utf-8")
                      for word in arguments.split() if word.endswith(".sh"))

    def ignored(directory, names):
        if os.path.basename(directory) == "suites.d":
            return [name for name in names if f"suites.d/{name}" not in scripts]
        if pathlib.Path(directory) == files / "tests":
            return [name for name in names
                    if name.endswith(".d") and f"{name}/" not in scripts]
        return []
    return ignored


def add_module(kernel, name, modules):
    """Adds a module of the kernel to a dictionary, after those it depends on. What
    the kernel has built in is left out."""
    for path in kernel.modules.rglob(f"{name.replace('_', '[-_]')}.ko*"):
        content = path.read_bytes()
        if path.suffix == ".xz":
            content = lzma.decompress(content)
        depends = re.search(rb"\0depends=([^\0]*)", content)[1].decode("ascii")
        for other in filter(None, depends.split(",")):
            add_module(kernel, other, modules)
        modules[name] = content


def make_initramfs(kernel, files, arguments, where):
    """Puts busybox, the kernel's modules and a tree of files into a cpio."""
    root = where / "root"
    shutil.copytree(files, root, symlinks=True,
                    ignore=without_unused(files, arguments))
    for name in ("bin", "dev", "proc", "sys", "tmp", "modules"):
        (root / name).mkdir()
    shutil.copy("/bin/busybox", root / "bin" / "busybox")
    shutil.copy(kernels.TESTS / "guest" / "init", root / "init")
    shutil.copy(kernels.TESTS / "guest" / "host", root / "bin" / "host")
    modules = {}
    for module in MODULES:
        add_module(kernel, module, modules)
    for number, (name, content) in enumerate(modules.items(), 10):
        (root / "modules" / f"{number}-{name}.ko").write_bytes(content)
    (root / "arguments").write_text(arguments + "\n", encoding="utf-8")
    names = subprocess.run(["find", ".", "-print0"], cwd=root, check=True,
                           stdout=subprocess.PIPE).stdout
    with open(where / "initramfs", "wb") as archive:
        subprocess.run(["cpio", "--null", "-o", "-H", "newc", "--quiet"],
                       input=names, cwd=root, check=True, stdout=archive)
    shutil.rmtree(root)
    return where / "initramfs"


class Guest:
    """One boot of a kernel.

    files is a directory that becomes the guest's root; arguments go to its
    tests/run_tests.sh. memory and vmem are sizes in MiB; each of the NUMA nodes has the
    same share of the memory, and with vmem_node the virtio-mem device is on one more.
    on_line is called with each line of the channel, on_log with each log entry as
    (seconds, name, values).

    With tcg="single" QEMU runs the guest's CPUs in turn. Where one of them runs
    a function that another one is about to patch (as ftrace does), QEMU 7.2 with
    a thread for each may keep its translation of the breakpoint for ever: the
    guest hangs, on a stock kernel as well. With "icount" it has one
    CPU, whose clock counts instructions, of 2 ns each, whatever the host does.
    """

    def __init__(self, kernel, files, arguments="", memory=4096, vmem=0,
                 vmem_node=0, append="", tcg="multi", timeout=300,
                 on_line=None, on_log=None, nodes=1):
        self.kernel, self.files, self.arguments = kernel, files, arguments
        self.memory, self.vmem, self.append = memory, vmem, append
        self.nodes, self.vmem_node, self.tcg = nodes, vmem_node, tcg
        self.timeout = timeout
        self.on_line = on_line or (lambda line: None)
        self.on_log = on_log or (lambda *entry: None)
        self.begin = time.monotonic()
        self.console = ""
        self.done = False
        self.qemu = self.qmp = None

    def command(self, where):
        """QEMU's command line."""
        machine = DEBUG_MACHINE if self.kernel.configs else ("-cpu", CPU)
        if self.tcg != "icount" and accelerator() == "KVM":
            # The last processor that is named counts.
            machine = (*machine, *KVM)
        else:
            machine = (*TCG[self.tcg], *machine)
        command = [
            QEMU, *machine,
            "-nodefaults", "-nographic", "-no-reboot",
            "-m", f"{self.memory}M,slots=2,maxmem={self.memory + 16384}M",
            "-chardev", f"file,id=console,path={where}/console",
            "-serial", "chardev:console",
            "-chardev", f"socket,id=channel,path={where}/channel,server=on,wait=off",
            "-serial", "chardev:channel",
            "-qmp", f"unix:{where}/qmp,server=on,wait=off",
            "-kernel", str(self.kernel.vmlinux),
            "-initrd", str(where / "initramfs"),
            "-append", " ".join((
                APPEND, DEBUG_APPEND if self.kernel.configs else "", self.append))]
        if self.vmem:
            command += [
                "-object", f"memory-backend-ram,id=mem0,size={self.vmem}M",
                "-device", f"virtio-mem-pci,id=vm0,memdev=mem0,node={self.vmem_node},"
                "requested-size=0,unplugged-inaccessible=off"]
        return command + self.numa()

    def numa(self):
        """What makes its nodes, if there is more than one; the first one has the CPUs."""
        if self.nodes == 1 and not self.vmem_node:
            return []
        options = []
        for node in range(self.nodes):
            options += [
                "-object", f"memory-backend-ram,id=ram{node},size={self.memory // self.nodes}M",
                "-numa", f"node,nodeid={node},memdev=ram{node}" + ("" if node else ",cpus=0-1")]
        if self.vmem_node:
            options += ["-numa", f"node,nodeid={self.vmem_node}"]
        return options

    def run(self):
        """Boots the guest and serves it until it is done."""
        with tempfile.TemporaryDirectory(prefix="hugecontig.") as name:
            where = pathlib.Path(name)
            make_initramfs(self.kernel, self.files, self.arguments, where)
            self.qemu = subprocess.Popen(
                self.command(where), stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                preexec_fn=die_with_parent)
            try:
                self.serve(where)
            finally:
                self.qemu.kill()
                self.qemu.wait()
                self.console = tail(where / "console")

    def serve(self, where):
        """Reads the channel until the guest is done, or ends it."""
        deadline = threading.Timer(self.timeout, self.qemu.kill)
        deadline.start()
        try:
            channel = connect(where / "channel")
            self.qmp = Qmp(where / "qmp")
            self.begin = time.monotonic()
            for line in channel.makefile("r", encoding="utf-8",
                                         errors="replace"):
                self.handle(line.rstrip("\r\n"), channel)
                if self.done:
                    return
        except (OSError, ValueError) as error:
            if deadline.is_alive():
                raise GuestError(f"QEMU went away: {error}: "
                                 f"{self.qemu.stderr.read1().decode()}") from error
        finally:
            expired = not deadline.is_alive()
            deadline.cancel()
        if expired:
            raise GuestError(f"no end after {self.timeout} s")
        raise GuestError("the guest ended before its tests did")

    def handle(self, line, channel):
        """One line of the channel."""
        if not line.startswith("@"):
            self.on_line(line)
            return
        request, *values = line[1:].split()
        if request == "done":
            self.done = True
        elif request == "log":
            self.log(*values)
        elif request == "resize":
            channel.sendall(self.resize(int(values[0])).encode())
        elif request == "plugged":
            channel.sendall(f"{self.plugged()}\n".encode())

    def log(self, name, *values):
        """Passes a log entry on, with its time."""
        self.on_log(time.monotonic() - self.begin, name, values)

    def resize(self, size):
        """Asks the guest for that many bytes of virtio-mem."""
        try:
            self.qmp.execute("qom-set", path="/machine/peripheral/vm0",
                             property="requested-size", value=size)
        except GuestError as error:
            return f"error {error}\n"
        return "ok\n"

    def plugged(self):
        """Bytes of virtio-mem that the guest has now."""
        devices = self.qmp.execute("query-memory-devices")
        return devices[0]["data"]["size"] if devices else 0


def die_with_parent():
    """In QEMU, before it starts: never outlive the runner."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.setpgrp()


def tail(path, lines=120):
    """The end of a text file."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
