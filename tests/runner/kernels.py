# SPDX-License-Identifier: GPL-2.0-only
"""Kernels, compilers and builds.

A kernel is a line of tests/kernels. Its image, headers and compiler come from
Debian's packages: a chroot for each suite compiles, the image is unpacked
beside it. A kernel with configs is built in the chroot, from Debian's source.
All of it is kept in a cache outside the tree, and is put there in one step, so
that an interrupted run leaves nothing half done.
"""
import contextlib
import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import struct
import subprocess
import tempfile
from typing import NamedTuple

TESTS = pathlib.Path(__file__).resolve().parent.parent
CACHE = pathlib.Path(os.environ.get("HUGECONTIG_CACHE", "/var/cache/hugecontig"))


class Kernel(NamedTuple):
    """A line of tests/kernels."""

    release: str
    suite: str
    compiler: str
    tests: str
    configs: str = ""

    @property
    def base(self):
        """The suite to install; what is in its backports comes on top."""
        return self.suite.removesuffix("-backports")

    @property
    def chroot(self):
        """Where this kernel's modules are compiled."""
        return CACHE / f"chroot-{self.base}"

    def fragments(self):
        """The paths of its configs, of tests/configs."""
        return [TESTS / "configs" / f"{name}.config"
                for name in self.configs.split(",")]

    @property
    def version(self):
        """X.Y"""
        return re.match(r"\d+\.\d+", self.release)[0]

    @property
    def source(self):
        """The package with its source."""
        return f"linux-source-{self.version}"

    @property
    def kdir(self):
        """The headers, or what was built, seen from inside the chroot."""
        if not self.configs:
            return f"/usr/src/linux-headers-{self.release}"
        digest = hashlib.sha256(self.compiler.encode())
        for path in self.fragments():
            digest.update(path.read_bytes())
        return f"/usr/src/{self.release}-{digest.hexdigest()[:12]}"

    @property
    def image(self):
        """Where linux-image is unpacked, or the kernel was built."""
        if self.configs:
            return self.chroot / self.kdir.lstrip("/")
        return CACHE / f"image-{self.release}"

    @property
    def vmlinux(self):
        """What QEMU boots, by its PVH entry: a guest would take seconds to unpack it. It
        has no KASLR then, which may place the kernel in ZONE_MOVABLE."""
        return self.image / "vmlinux"

    @property
    def vmlinuz(self):
        """What Debian ships."""
        image = self.image / "boot" / f"vmlinuz-{self.release}"
        # Since v7.x it is with the modules.
        return image if image.exists() else self.modules / "vmlinuz"

    @property
    def modules(self):
        """A directory with the modules of virtio somewhere in it."""
        if self.configs:
            return self.image / "drivers" / "virtio"
        directory = self.image / "lib" / "modules" / self.release
        # In Debian 13 all of it is below /usr.
        return directory if directory.exists() else \
            self.image / "usr" / "lib" / "modules" / self.release


class BuildError(Exception):
    """A build failed or warned; the text says what it printed."""


class MissingError(BuildError):
    """The mirror does not have a kernel."""


def kernels():
    """The kernels of tests/kernels, the default one first."""
    lines = (line.split("#")[0].split() for line in (TESTS / "kernels").open())
    return [Kernel(*fields) for fields in lines if fields]


def kernel(release=None):
    """The kernel of that release, or the default one."""
    for candidate in kernels():
        if release in (None, candidate.release):
            return candidate
    raise SystemExit(f"kernel {release} is not in tests/kernels: "
                     "name one of those, or add a line for it")


def run(*command, **options):
    """Runs a command; what it printed is shown only if it fails."""
    result = subprocess.run(
        [str(word) for word in command], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
        check=False, **options)
    if result.returncode:
        raise BuildError(f"{' '.join(map(str, command))}:\n{result.stdout}")
    return result.stdout


@contextlib.contextmanager
def cache_lock(name="lock"):
    """One run at a time fills the cache, or a part of it with a lock of its own; the
    others wait and find it done."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / name, "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def appears_at_once(path):
    """A directory to fill, which becomes path if all went well."""
    part = path.with_name(path.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    yield part
    part.rename(path)


def in_chroot(target, *command):
    """Runs a command in the compiler's chroot."""
    # Since Debian 13 the headers depend on the image: it is not booted from there.
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C",
                   "DEBIAN_FRONTEND": "noninteractive", "INITRD": "No"}
    # objtool of later kernels needs /proc.
    return run("unshare", "--mount", "--pid", "--fork", "--mount-proc",
               f"--root={target.chroot}", *command, env=environment)


def inside(target, path):
    """What a path of the chroot is called in there."""
    return "/" + str(path.relative_to(target.chroot))


# What it takes to build a kernel, too.
KERNEL_BUILD_PACKAGES = ("bc", "bison", "dwarves", "flex", "kmod", "libelf-dev",
                         "libssl-dev", "openssl", "perl", "python3-minimal",
                         "xz-utils")


# What it takes to build modules, but for the kernel's own.
BUILD_PACKAGES = ("make", "libc6-dev", "sparse", "dkms")


def packages(target):
    """What it takes to build modules for this kernel, with its compiler."""
    return [*BUILD_PACKAGES, target.compiler,
            *((*KERNEL_BUILD_PACKAGES, target.source) if target.configs
              else (f"linux-headers-{target.release}",))]


def trust_options(suite):
    """What mmdebstrap needs to accept it: sid is signed with keys that are younger
    than Debian 12, and have come with Debian 13. A mirror may be days behind."""
    if suite != "sid":
        return []
    bridge = next(target for target in kernels() if target.base == "trixie")
    with suite_lock(bridge):
        make_chroot(bridge)
    keyrings = bridge.chroot / "usr" / "share" / "keyrings"
    return [f"--keyring={keyrings / 'debian-archive-keyring.gpg'}",
            '--aptopt=Acquire::Check-Valid-Until "false"']


def make_chroot(target):
    """A system of that suite, with nothing but what builds modules."""
    if target.chroot.exists():
        return
    with appears_at_once(target.chroot) as part:
        run("mmdebstrap", "--variant=apt", *trust_options(target.base),
            "--include=" + ",".join(BUILD_PACKAGES), target.base, part)


def add_backports(target):
    """Makes the suite's backports known to apt. It installs from there what no
    other suite has, and upgrades nothing."""
    sources = target.chroot / "etc" / "apt" / "sources.list.d" / \
        f"{target.suite}.list"
    if target.suite == target.base or sources.exists():
        return
    lines = (target.chroot / "etc" / "apt" / "sources.list").read_text(
        encoding="ascii")
    line = re.search(rf"^deb .* {target.base} .*$", lines, re.MULTILINE)
    if not line:
        raise BuildError(f"{target.chroot} has no source for {target.base}: "
                         "remove it, and it is made anew")
    sources.write_text(line[0].replace(f" {target.base} ",
                                       f" {target.suite} ") + "\n",
                       encoding="ascii")


def suite_lock(target):
    """One run at a time changes the chroot of a suite."""
    return cache_lock(f"lock-{target.base}")


def is_installed(target, package):
    """Is that package in the chroot?"""
    info = target.chroot / "var" / "lib" / "dpkg" / "info"
    return any(info.glob(f"{package}.list")) or \
        any(info.glob(f"{package}:*.list"))


def lacking(target, more=()):
    """The packages that its chroot lacks."""
    return [package for package in (*packages(target), *more)
            if not is_installed(target, package)]


def update(target, updated=set()):  # pylint: disable=dangerous-default-value
    """Reads the suite's lists of packages, once in a run."""
    with cache_lock(f"lock-lists-{target.base}"):
        if target.chroot not in updated:
            in_chroot(target, "apt-get", "-q=2", "update")
            updated.add(target.chroot)


def install(targets, more=()):
    """Installs in one step what the chroot lacks for these kernels of one suite, and more
    packages. A mirror may lack one of them: then each kernel is tried alone, and prepare()
    reports that one."""
    lacks = {package for target in targets for package in lacking(target, more)}
    if not lacks:
        return
    target = targets[0]
    # An earlier run may have been interrupted.
    in_chroot(target, "dpkg", "--configure", "-a")
    update(target)
    known = set(in_chroot(target, "apt-cache", "pkgnames").split())
    try:
        in_chroot(target, "apt-get", "-q=2", "install", "--no-install-recommends",
                  *sorted(lacks & known))
    except BuildError:
        if len(targets) > 1:
            for one in targets:
                install([one], more)


@contextlib.contextmanager
def downloaded(target, name):
    """A package of the kernel's suite; the file is gone when the block ends."""
    update(target)
    in_chroot(target, "sh", "-c", "cd /tmp && apt-get -q=2 "
              f"-o APT::Sandbox::User=root download {name}")
    package, = (target.chroot / "tmp").glob(f"{name}_*.deb")
    try:
        yield package
    finally:
        package.unlink()


def unpack_image(target):
    """Unpacks linux-image: nothing of it is configured, only booted. Since v7.x it
    has nothing in it, and depends on what the others have."""
    update(target)
    known = in_chroot(target, "apt-cache", "pkgnames", "linux-").split()
    with appears_at_once(target.image) as part:
        for kind in "image", "binary", "modules":
            name = f"linux-{kind}-{target.release}"
            if name in known:
                with downloaded(target, name) as package:
                    run("dpkg-deb", "-x", package, part)


# What begins the payload of a vmlinuz, and what unpacks it.
UNPACKERS = {b"\xfd7zXZ": "xz", b"\x28\xb5\x2f\xfd": "zstd", b"\x02\x21\x4c\x18": "lz4"}


def unpack_kernel(target):
    """Unpacks the vmlinux out of the vmlinuz, whose header says where it is: see
    Documentation/x86/boot.rst. The last four bytes are its size."""
    image = target.vmlinuz.read_bytes()
    begin = (image[0x1f1] + 1) * 512
    offset, length = struct.unpack_from("<II", image, 0x248)
    payload = image[begin + offset:begin + offset + length - 4]
    unpacker = next((name for magic, name in UNPACKERS.items()
                     if payload.startswith(magic)), None)
    if not unpacker:
        raise BuildError(f"{target.vmlinuz}: its payload begins with {payload[:6].hex()}, "
                         "which is not in UNPACKERS: add what unpacks it")
    part = target.vmlinux.with_suffix(".part")
    with part.open("wb") as file:
        subprocess.run([unpacker, "-dc"], input=payload, stdout=file, check=True)
    part.rename(target.vmlinux)


def unpack_source(package, to, *names):
    """Takes some of the files out of a linux-source package."""
    source = package.name.split("_")[0]
    run("sh", "-c", f"dpkg-deb --fsys-tarfile {package} | "
        f"tar xO ./usr/src/{source}.tar.xz | "
        f"tar xJ -C {to} --strip-components=1 --wildcards "
        + " ".join(f"'*/{name}'" for name in names))


def lost_options(target, config):
    """The options of the fragments that the configuration does not have."""
    have = set(config.read_text(encoding="ascii").splitlines())
    wanted = {}
    for path in target.fragments():
        for line in path.read_text(encoding="ascii").splitlines():
            option = re.match(r"(?:# )?(CONFIG_\w+)", line)
            if option:
                wanted[option[1]] = line
    return [line for line in wanted.values()
            if line.startswith("CONFIG_") and line not in have]


def build_kernel(target):
    """Builds a kernel from Debian's source: tinyconfig and the fragments."""
    with appears_at_once(target.image) as part:
        where = inside(target, part)
        make_here = ("make", "-s", f"-j{os.cpu_count()}", "-C", where,
                     f"CC={target.compiler}", f"HOSTCC={target.compiler}")
        in_chroot(target, "tar", "xJf", f"/usr/src/{target.source}.tar.xz",
                  "--strip-components=1", "-C", where)
        in_chroot(target, *make_here, "tinyconfig")
        # The last one of an option that is there twice counts.
        with (part / ".config").open("a", encoding="ascii") as config:
            for path in target.fragments():
                config.write(path.read_text(encoding="ascii"))
        in_chroot(target, *make_here, "olddefconfig")
        lost = lost_options(target, part / ".config")
        if lost:
            raise BuildError(f"{target.release}: the kernel has no "
                             f"{', '.join(lost)}")
        in_chroot(target, *make_here, "vmlinux", "modules")
        # Modules are built without them, and they take gigabytes.
        run("find", part, "-name", "*.[oa]", "-not", "-path", "*/scripts/*",
            "-not", "-path", "*/tools/*", "-delete")


def prepare_builds(targets, more=()):
    """Makes sure that modules can be built for these kernels, of one suite and its
    backports, with more packages. prepare() tells which of them the mirror lacks."""
    if targets[0].chroot.exists() and not any(lacking(target, more) for target in targets):
        return
    with suite_lock(targets[0]):
        for target in targets:
            make_chroot(target)
            add_backports(target)
        install(targets, more)


def prepare(target, boots=True):
    """Makes sure that modules can be built for the kernel, and that it boots."""
    prepare_builds([target])
    if missing := lacking(target):
        raise MissingError(f"the mirror has no {' '.join(missing)}")
    if not boots or target.vmlinux.exists():
        return
    with suite_lock(target):
        if not target.image.exists():
            (build_kernel if target.configs else unpack_image)(target)
        if not target.vmlinux.exists():
            unpack_kernel(target)


def source_tree(target):
    """The path of Debian's source of a stock kernel. Nothing is built in there."""
    tree = target.chroot / "usr" / "src" / f"source-{target.release}"
    prepare_builds([target], (*KERNEL_BUILD_PACKAGES, target.source))
    with suite_lock(target):
        if not tree.exists():
            with appears_at_once(tree) as part:
                in_chroot(target, "tar", "xJf", f"/usr/src/{target.source}.tar.xz",
                          "--strip-components=1", "-C", inside(target, part))
    return tree


# Unpacked, and not installed: their packages start services that listen to everybody.
FLEET_PACKAGES = ("prometheus", "prometheus-node-exporter")


def fleet_programs():
    """The directory of the programs of these packages."""
    unpacked = CACHE / "fleet"
    with cache_lock():
        if not unpacked.exists():
            with appears_at_once(unpacked) as part:
                run("apt-get", "-q=2", "update")
                run("apt-get", "-q=2", "-o", "APT::Sandbox::User=root",
                    "download", *FLEET_PACKAGES, cwd=part)
                for package in part.glob("*.deb"):
                    run("dpkg-deb", "-x", package, part)
                    package.unlink()
    return unpacked / "usr" / "bin"


# The kernel whose checkpatch.pl is used: the newest of Debian 12, which "make
# check" is for.
CHECKPATCH_SOURCE = "linux-source-6.1"


def checkpatch():
    """The path of checkpatch.pl, which only the kernel's source has."""
    source = CACHE / CHECKPATCH_SOURCE
    with cache_lock():
        if not source.exists():
            with appears_at_once(source) as part:
                run("apt-get", "-q=2", "update")
                run("apt-get", "-q=2", "-o", "APT::Sandbox::User=root",
                    "download", CHECKPATCH_SOURCE, cwd=part)
                package, = part.glob("*.deb")
                unpack_source(package, part, "scripts/checkpatch.pl",
                              "scripts/spelling.txt",
                              "scripts/const_structs.checkpatch")
                package.unlink()
    return source / "scripts" / "checkpatch.pl"


@contextlib.contextmanager
def build_directory(target):
    """A place in the kernel's chroot to build in; gone when the block ends."""
    top = pathlib.Path(tempfile.mkdtemp(prefix="hugecontig.",
                                        dir=target.chroot / "tmp"))
    try:
        yield top
    finally:
        shutil.rmtree(top)


def can_check(target):
    """Does the kernel call sparse? Since v7.x it first runs a script of its own,
    which Debian's headers lack."""
    makefile = target.chroot / target.kdir.lstrip("/") / "Makefile"
    source = re.search(r"^include (/\S+)/Makefile$",
                       makefile.read_text(encoding="ascii"), re.MULTILINE)
    if not source:
        return True
    top = target.chroot / source[1].lstrip("/")
    script = "scripts/checker-valid.sh"
    return (top / script).exists() or \
        script not in (top / "Makefile").read_text(encoding="ascii")


def without_debug_information(target):
    """What saves a fifth of a build. Where the headers have a vmlinux, pahole reads it."""
    vmlinux = target.chroot / target.kdir.lstrip("/") / "vmlinux"
    return () if vmlinux.exists() else ("KCFLAGS=-g0",)


def make(target, directory, *arguments):
    """Runs make, and sparse, in the chroot; a build that warns has failed. Side by side each
    make needs a place of its own for temporary files: it gives its pipe the name of its
    process, which is the first one in all of them."""
    where = inside(target, directory)
    output = in_chroot(target, "env", f"TMPDIR={where}", "make", "-s", f"-j{os.cpu_count()}",
                       "-C", where, f"KDIR={target.kdir}", f"CC={target.compiler}",
                       f"C={int(can_check(target))}", *without_debug_information(target),
                       *arguments)
    if "warning" in output.lower():
        raise BuildError(output)
