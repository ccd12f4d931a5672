# SPDX-License-Identifier: GPL-2.0-only
"""What the module may cost: each goal, with what was measured, and its control."""
from typing import NamedTuple

# What a huge page costs: half of what two of them add to a range.
PAGES_OF_RANGE = 2

US_FREE = 40
USED_BY_COPY = 1.15
MOVES = 1.05
US_HOLD = 5
HOLDS = 2
EMPTY = 1.01
COMPACTION = 1.01
TIMES_NATIVE = 8
TIMES_UNPLUG = 5
# Of what is to be a line, and of what is to be the same.
LINEAR = 1.1
FLAT = 1.02
SIZE = 65536
LARGEST = "bench_memory_16"
# What does nothing takes no instruction, and an empty range is the same to the digit: the
# rest is for what interrupts it.
OFF = 1.0005


class Goal(NamedTuple):
    """One goal, of one kernel: at most, or at least that much."""

    text: str
    kernel: str
    value: float
    limit: float
    control: str
    at_least: bool = False

    def met(self):
        """Is it?"""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def row(self):
        """The goal, as words for a table."""
        sign = "at least" if self.at_least else "at most"
        return [self.text, self.kernel, f"{self.value:.4g}", f"{sign} {self.limit:g}",
                self.control, "met" if self.met() else "**missed**"]


class Kernel:
    """What was measured on one kernel."""

    def __init__(self, figures, release):
        self.figures = figures
        self.release = release

    def get(self, name, guest="bench_range"):
        """A figure, or None."""
        return self.figures.get(self.release, guest, name)

    def page(self, side, kind):
        """µs of a huge page in a range, or None."""
        whole, bare = (self.get(f"{side}/{what}") for what in (kind, "bare"))
        if whole is None or bare is None:
            return None
        return (whole - bare) / PAGES_OF_RANGE / 1000

    def own(self, side, guest="bench_range"):
        """ns that the module takes for a free page, by its own clock, or None."""
        return self.get(f"{side}/own", guest)

    def replaces(self):
        """Does the stock kernel do it, too?"""
        return self.get("stock/free") is not None

    def goal(self, text, value, limit, control="", **more):
        """A goal of this kernel, if it was measured."""
        if value is not None:
            yield Goal(text, self.release, value, limit, control, **more)

    def ratio(self, name, other, guest="bench_range", read=None):
        """One figure by another one, or None; read takes it of the samples."""
        read = read or self.figures.get
        value, control = (read(self.release, guest, figure) for figure in (name, other))
        return value / control if value is not None and control else None


def in_us(value):
    """A control, which is in µs, or None."""
    return "none" if value is None else f"{value:.1f} µs"


def of_pages(kernel):
    """The goals of single pages."""
    control = "stock" if kernel.replaces() else "allocator"
    yield from kernel.goal(
        "µs for a free page", kernel.page("on", "free"), US_FREE,
        f"{control}: {in_us(kernel.page(control, 'free'))}")
    own = kernel.own("on")
    if own is not None:
        yield from kernel.goal("µs that the module takes for it", own / 1000, US_FREE)
    used, copy = kernel.page("on", "used"), kernel.get("copy")
    if used is not None and copy:
        yield from kernel.goal(
            "page in use, by the copy alone", used * 1000 / copy, USED_BY_COPY,
            f"copy: {copy / 1000:.1f} µs, {control}: {in_us(kernel.page(control, 'used'))}")
    stock, own = kernel.page("stock", "free"), kernel.page("on", "free")
    if stock is not None and own is not None:
        yield from kernel.goal("free page, by stock", own / stock, 1 / TIMES_NATIVE)
    for kind in "free", "used":
        longest = kernel.get(f"on/hold_longest_{kind}", "bench_locks")
        if longest is not None:
            yield from kernel.goal(f"µs of the longest hold of hugetlb_lock, {kind} pages",
                                   longest / 1000, US_HOLD)
        yield from kernel.goal(f"holds for a page, {kind}",
                               kernel.get(f"on/holds_{kind}", "bench_locks"), HOLDS)


def of_others(kernel):
    """The goals of those who have no huge pages."""
    for side, limit in ("on", EMPTY), ("off", OFF):
        yield from kernel.goal(
            f"range without huge pages, {side}, by stock",
            kernel.ratio(f"{side}/empty", "stock/empty"), limit,
            f"stock: {in_us((kernel.get('stock/empty') or 0) / 1000)}")
    # What there is to move changes from round to round, and so do all samples.
    for side in "on", "off":
        yield from kernel.goal(
            f"compaction, {side}, by stock",
            kernel.ratio(f"{side}/compaction", "stock/compaction", "bench_compaction",
                         kernel.figures.median), COMPACTION)
    yield from kernel.goal("bytes of text and data", kernel.get("size", "module"), SIZE)


def of_unplug(kernel):
    """The goals of a region."""
    for kind in "free", "used":
        samples = kernel.figures.samples(kernel.release, "bench_unplug",
                                         f"on/unplug_{kind}_moves")
        stock = kernel.figures.samples(kernel.release, "bench_unplug",
                                       f"stock/unplug_{kind}_moves")
        yield from kernel.goal(f"moves for a page, unplug, {kind}",
                               max(samples, default=None), MOVES,
                               f"stock: {max(stock)}" if stock else "")


def of_scaling(kernel):
    """The goals of growth."""
    guest = "bench_scaling"
    few, many = kernel.get("on/length_8", guest), kernel.get("on/length_64", guest)
    if few and many:
        yield from kernel.goal("range of 64 pages, by 8 times one of 8", many / few / 8, LINEAR)
    yield from kernel.goal("free page in a pool of 400, by one of 100",
                           kernel.ratio("pool_400/own", "pool_100/own", guest), FLAT)
    small, large = kernel.own("pool_100", guest), kernel.own("pool_100", LARGEST)
    if small and large:
        yield from kernel.goal("free page with 16 GiB of memory, by 2", large / small, FLAT)


def of_first_and_last(figures, releases):
    """The goal across kernels: the first has no huge pages in ranges, the last one has."""
    first, last = Kernel(figures, releases[0]), Kernel(figures, releases[-1])
    own, native = first.get("on/unplug_free_ns", "bench_unplug"), \
        last.get("stock/unplug_free_ns", "bench_unplug")
    if own and native:
        yield from first.goal(
            "unplug, times less than stock of the last kernel", native / own, TIMES_UNPLUG,
            f"{last.release}: {native / 1e6:.0f} ms, here {own / 1e6:.0f} ms", at_least=True)


def all_goals(figures, releases):
    """All of them, kernel by kernel."""
    for release in releases:
        kernel = Kernel(figures, release)
        for kind in of_pages, of_others, of_unplug, of_scaling:
            yield from kind(kernel)
    yield from of_first_and_last(figures, releases)
