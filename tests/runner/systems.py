# SPDX-License-Identifier: GPL-2.0-only
"""Whole systems of tests/systems: their images, and what boots them."""
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time
from typing import NamedTuple

from kernels import CACHE, TESTS, BuildError, appears_at_once, cache_lock, run

# What each of them has. The compiler comes with the headers.
PACKAGES = ("systemd-sysv", "udev", "dbus", "kmod", "zstd",
            "openssh-server", "python3", "python3-apt", "dkms", "gcc", "make", "libc6-dev",
            "dpkg-dev", "initramfs-tools", "grub-efi-amd64", "grub-efi-amd64-signed",
            "shim-signed", "efibootmgr", "mokutil", "openssl")

# Sizes in MiB: of the whole disk, and where its parts begin.
DISK = 8192
ESP = 64
FIRST = 1

# The modules and the kernel's headers are built, and not zeroed first; QEMU before 7.x
# is slow with newer string instructions.
MACHINE = ("-machine", "q35", "-accel", "tcg,thread=multi", "-cpu",
           "max,-erms,-fsrm,la57=off,pmu=off")
FIRMWARE = pathlib.Path("/usr/share/OVMF")

# GRUB of Debian, signed, looks here first.
GRUB_CFG = """search.fs_label root root
set prefix=($root)/boot/grub
configfile $prefix/grub.cfg
"""


# Of a boot, with other guests beside it.
BOOT_SECONDS = 600


class GuestError(Exception):
    """A system does not boot, or a command in it fails."""


class Plan(NamedTuple):
    """A line of tests/systems."""

    suite: str
    kernel: str
    next_kernel: str
    next_suite: str


def plan(suite):
    """What tests/systems says of that one."""
    for line in (TESTS / "systems").open(encoding="utf-8"):
        fields = line.split("#")[0].split()
        if fields and fields[0] == suite:
            return Plan(*fields)
    raise SystemExit(f"{suite} is not in tests/systems")


def key():
    """The private key of ssh, whose public one all images know."""
    path = CACHE / "ssh-key"
    with cache_lock("lock-ssh-key"):
        if not path.exists():
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "hugecontig", "-f", path)
    return path


def make_root(system, root):
    """A system in a directory."""
    packages = (*PACKAGES, f"linux-image-{system.kernel}", f"linux-headers-{system.kernel}")
    hook = TESTS / "packages" / "complete_root.sh"
    run("mmdebstrap", "--variant=important", "--dpkgopt=force-unsafe-io",
        "--include=" + ",".join(packages),
        f"--customize-hook={hook} \"$1\" {system.next_kernel} {system.next_suite} {key()}",
        system.suite, root)


def make_esp(root, esp):
    """The partition that the firmware boots from: shim, and GRUB, both signed."""
    run("mkfs.vfat", "-F", "32", "-n", "ESP", "-C", esp, ESP * 1024)
    run("mmd", "-i", esp, "::EFI", "::EFI/BOOT", "::EFI/debian")
    grub = esp.with_suffix(".cfg")
    grub.write_text(GRUB_CFG, encoding="ascii")
    for source, name in (
            (root / "usr/lib/shim/shimx64.efi.signed", "BOOT/BOOTX64.EFI"),
            (root / "usr/lib/shim/mmx64.efi.signed", "BOOT/mmx64.efi"),
            (root / "usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed", "BOOT/grubx64.efi"),
            (grub, "debian/grub.cfg")):
        run("mcopy", "-i", esp, source, f"::EFI/{name}")


def make_disk(root, esp, disk):
    """A disk with both. GRUB of Debian 11 does not know what mke2fs makes today."""
    first = FIRST + ESP
    with open(disk, "wb") as file:
        file.truncate(DISK << 20)
    subprocess.run(["sfdisk", "-q", disk], check=True, text=True, input=(
        f"label: gpt\nstart={FIRST}MiB, size={ESP}MiB, type=U\n"
        f"start={first}MiB, size={DISK - first - 1}MiB, type=L\n"))
    run("dd", f"if={esp}", f"of={disk}", "bs=1M", f"seek={FIRST}", "conv=notrunc")
    run("mke2fs", "-q", "-t", "ext4", "-L", "root", "-O", "^metadata_csum_seed,^orphan_file",
        "-E", f"offset={first << 20}", "-d", root, disk, f"{DISK - first - 1}M")


def image(suite):
    """The disk of a system, made if it is not there: base of overlays, not to be
    written to."""
    system = plan(suite)
    path = CACHE / f"system-{suite}-{system.kernel}-{system.next_kernel}"
    with cache_lock(f"lock-{path.name}"):
        if not path.exists():
            with appears_at_once(path) as part, \
                    tempfile.TemporaryDirectory(dir=CACHE) as name:
                work = pathlib.Path(name)
                make_root(system, work / "root")
                make_esp(work / "root", work / "esp")
                make_disk(work / "root", work / "esp", part / "disk.raw")
    return path / "disk.raw"


def free_port():
    """A port of this host that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class System:
    """A system that runs, for a with block. Its disk is an overlay that is gone
    afterwards; the port of ssh is in ssh_port. The firmware is a pair of files, code and
    variables; the latter are written to."""

    def __init__(self, suite, memory=2048, firmware=None, extra=()):
        self.suite = suite
        self.memory = memory
        self.firmware = firmware
        self.extra = extra
        self.ssh_port = free_port()
        self.process = None
        self.work = None

    def __enter__(self):
        # pylint: disable=consider-using-with # it lives as long as this object
        self.work = tempfile.TemporaryDirectory(prefix="hugecontig.")
        run("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b",
            image(self.suite), self.path("disk.qcow2"))
        if not self.firmware:
            variables = self.path("variables.fd")
            shutil.copy(FIRMWARE / "OVMF_VARS_4M.fd", variables)
            self.firmware = FIRMWARE / "OVMF_CODE_4M.fd", variables
        self.boot()
        return self

    def __exit__(self, *_):
        self.stop()
        self.work.cleanup()

    def path(self, name):
        """A file that goes with it."""
        return pathlib.Path(self.work.name) / name

    def boot(self):
        """Starts it, and waits until it can be spoken to."""
        code, variables = self.firmware
        command = (
            "qemu-system-x86_64", *MACHINE, "-m", f"{self.memory}M", "-smp", "2",
            "-display", "none", "-serial", f"file:{self.path('console')}",
            "-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={code}",
            "-drive", f"if=pflash,format=raw,unit=1,file={variables}",
            "-drive", f"if=virtio,cache=unsafe,file={self.path('disk.qcow2')}",
            "-device", "virtio-rng-pci",
            "-nic", f"user,model=virtio,hostfwd=tcp:127.0.0.1:{self.ssh_port}-:22",
            *self.extra)
        # pylint: disable=consider-using-with # stop() waits for it
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        until = time.monotonic() + BOOT_SECONDS
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > until:
                raise GuestError("it does not boot; the end of its console:\n"
                                 + self.console())
            time.sleep(2)

    def console(self):
        """The end of what it wrote to its console."""
        text = self.path("console").read_text(errors="replace")
        return "\n".join(text.splitlines()[-40:])

    def ssh_options(self):
        """What ssh and scp want to know."""
        return ("-i", str(key()), "-o", "StrictHostKeyChecking=no", "-o",
                "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o",
                "ConnectTimeout=20")

    def call(self, command):
        """Runs a line of shell in it; the completed process."""
        return subprocess.run(
            ["ssh", *self.ssh_options(), "-p", str(self.ssh_port), "root@127.0.0.1", command],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, check=False)

    def answers(self):
        """Can it be spoken to?"""
        return self.call("true").returncode == 0

    def run(self, command):
        """The same, which has to succeed; what it printed."""
        result = self.call(command)
        if result.returncode:
            raise GuestError(f"{command}:\n{result.stdout}")
        return result.stdout

    def copy_to(self, source, to):
        """Copies a file, or a directory, into it."""
        run("scp", "-q", "-r", *self.ssh_options(), "-P", self.ssh_port, source,
            f"root@127.0.0.1:{to}")

    def copy_from(self, source, to):
        """Copies a file out of it."""
        run("scp", "-q", *self.ssh_options(), "-P", self.ssh_port,
            f"root@127.0.0.1:{source}", to)

    def stop(self):
        """Shuts it down, so that its disk is whole."""
        if self.process.poll() is None:
            self.call("systemctl poweroff")
            try:
                self.process.wait(BOOT_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
