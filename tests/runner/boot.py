#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Runs test scripts in one guest and shows what they write.

Exit code: 1 if a test failed.
"""
import argparse
import sys

import kernels
import ktap
from build import built
from guest import TCG, Guest, GuestError


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kernel", help="a release of tests/kernels")
    parser.add_argument("--memory", type=int, default=4096, help="MiB")
    parser.add_argument("--nodes", type=int, default=1,
                        help="NUMA nodes, each with the same share of the memory")
    parser.add_argument("--vmem", type=int, default=0,
                        help="MiB of virtio-mem")
    parser.add_argument("--vmem-node", type=int, default=0,
                        help="NUMA node of virtio-mem")
    parser.add_argument("--append", default="kernelcore=1G",
                        help="to the kernel's command line")
    parser.add_argument("--tcg", choices=TCG, default="multi",
                        help="how the CPUs of the guest are run, see guest.py")
    parser.add_argument("--timeout", type=int, default=600, help="seconds")
    parser.add_argument("--console", action="store_true",
                        help="show the end of the console")
    parser.add_argument("script", nargs="+", help="tests/test_*.sh, by name")
    options = parser.parse_args()

    reader = ktap.Reader(lambda why: print("#", why))

    def show(line):
        print(line, flush=True)
        reader.line(line)

    target = kernels.kernel(options.kernel)
    kernels.prepare(target)
    scripts = [word for word in options.script if word.endswith(".sh")]
    with built(target, scripts) as files:
        guest = Guest(target, files, " ".join(options.script), options.memory,
                      options.vmem, options.vmem_node, options.append,
                      options.tcg, options.timeout, on_line=show,
                      on_log=lambda *entry: print("log", *entry), nodes=options.nodes)
        try:
            guest.run()
        except GuestError as error:
            print(f"{guest.console}\n{error}")
            return 1
        if options.console:
            print(guest.console)
    reader.end()
    print(reader.totals)
    return 1 if reader.totals.failed else 0


if __name__ == "__main__":
    sys.exit(main())
