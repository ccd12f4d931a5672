# SPDX-License-Identifier: GPL-2.0-only
"""The second act of the demo: 1 GiB pages on a machine with 2 MiB pages in each GiB.

What the guests tell is written by tests/demo_gigantic.sh.
"""
from sides import HUGECONTIG

# Of each guest; and what its QEMU may take at most.
GUEST_MIB = 8192
QEMU_MIB = 9216
LIMIT = 400

WANTED, PER_GIB = 7, 3
STATES = {"none": "no 2 MiB pages",
          "free": f"{PER_GIB} in each GiB, free",
          "in_use": f"{PER_GIB} in each GiB, in use"}


class Act:
    """A guest: the stock kernel, with hugecontig or without."""

    def __init__(self, name):
        self.name = name
        self.told = {state: {} for state in STATES}
        self.now = "waiting for the other guest to finish"
        self.output = []
        self.guest = self.error = None

    def arguments(self):
        """Of the guest."""
        return (f"SIDE={self.name} WANTED={WANTED} PER_GIB={PER_GIB} "
                "demo_gigantic.sh")

    def log(self, _, name, values):
        """Takes one log entry of the guest."""
        state, *words = values
        pool = name in ("before", "after")
        self.told[state][name] = ("/" if pool else " ").join(words)
        self.now = f"1 GiB pages, {STATES[state]}: {self.told[state]['phase']}"

    def end(self, error=None):
        """The guest is gone."""
        self.error = f"{self.now}, failed: {error}" if error else None
        self.now = self.error or "finished"

    def describe(self):
        """What it is doing, and what it did."""
        return self.now

    def had(self, state):
        """1 GiB pages; None if it did not get there."""
        pages = self.told[state].get("had")
        return None if pages is None else int(pages)

    def complaints(self, stock):
        """One line for each thing that is not as it shall be."""
        if self.error:
            yield f"{self.name}: {self.error}"
        for state, told in self.told.items():
            for wrong in self.wrong(state, told, stock):
                yield f"{self.name}, 1 GiB pages, {STATES[state]}: {wrong}"

    def wrong(self, state, told, stock):
        """What is not as it shall be in one state."""
        if "failed" in told or "contents" not in told:
            yield told.get("failed", "not finished")
            return
        if told["before"] != told["after"]:
            yield (f"the pool (total/free/reserved/surplus) was "
                   f"{told['before']}, became {told['after']}")
        if told["contents"] != "intact":
            yield "the contents of huge pages changed"
        if self.name != HUGECONTIG:
            return
        if told["counters"]:
            yield f"counters of the pool moved meanwhile: {told['counters']}"
        control = stock.had("none")
        if control is not None and self.had(state) < control:
            yield f"{self.had(state)} had, stock without 2 MiB pages {control}"


def table(acts):
    """What came out, as lines."""
    stock, hugecontig = acts
    yield (f"{f'1 GiB pages, of {WANTED}':27}{stock.name:>20}{hugecontig.name:>20}"
           "  HugePages total/free/reserved/surplus")
    for state, words in STATES.items():
        had = [act.had(state) for act in acts]
        told = hugecontig.told[state]
        yield (f"{words:27}" + "".join(f"{'-' if pages is None else pages:>20}"
                                       for pages in had) +
               f"  {told.get('before', '-')} -> {told.get('after', '-')}")
