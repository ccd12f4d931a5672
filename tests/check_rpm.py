#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A Debian system in the cache that builds RPM packages, and modules for a kernel.

Makes it if it is not there, which takes root and the network. Prints its directory, and
the release of the kernel whose headers it has.
"""
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "runner"))

import kernels  # pylint: disable=wrong-import-position

# Debian 12 has both, rpm and rpmlint.
SUITE = "bookworm"
PACKAGES = ("rpm", "rpmlint", "file", "gcc", "libc6-dev", "make", "kmod", "xz-utils")


def target():
    """The first kernel of that suite."""
    return next(kernel for kernel in kernels.kernels()
                if kernel.suite == SUITE and not kernel.configs)


def system(kernel):
    """The directory of the system."""
    path = kernels.CACHE / f"rpm-{kernel.release}"
    # It appears at once: only those that miss it wait for their turn to make it.
    if path.exists():
        return path
    packages = (*PACKAGES, kernel.compiler, f"linux-headers-{kernel.release}")
    with kernels.cache_lock(f"lock-{path.name}"):
        if not path.exists():
            with kernels.appears_at_once(path) as part:
                kernels.run("mmdebstrap", "--variant=apt",
                            "--include=" + ",".join(packages), kernel.base, part)
    return path


def main():
    """Without what it takes: one line that says what."""
    if os.geteuid() != 0:
        print("root is needed, to make a Debian system with rpm")
        return 1
    kernel = target()
    try:
        print(system(kernel), kernel.release)
    except (kernels.BuildError, OSError) as error:
        print("no Debian system with rpm:", str(error).strip().splitlines()[-1])
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
