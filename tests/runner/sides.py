# SPDX-License-Identifier: GPL-2.0-only
"""The two sides of the demo: what each guest tells, and whether it is right."""

STOCK, HUGECONTIG = "stock", "hugecontig"


class Result:
    """One experiment on one side; tests/demo.sh names most attributes."""

    def __init__(self):
        self.samples = []       # (second, plugged MiB, HugePages_Total)
        self.phase = "preparing"
        self.before = self.after = self.contents = None
        self.counters = self.failed = self.expected = self.calls = None

    def timed(self):
        """The samples, in seconds since the request."""
        begin = self.samples[0][0] if self.samples else 0
        return [(second - begin, *rest) for second, *rest in self.samples]

    def given_back(self):
        """MiB, up to now."""
        return self.samples[0][1] - self.samples[-1][1] if self.samples else 0

    def seconds(self):
        """From the request to the last step."""
        last = self.samples[-1][1]
        return next(second for second, plugged, _ in self.timed()
                    if plugged == last)

    def complete(self):
        """The guest got to its end."""
        return None not in (self.before, self.after, self.calls, self.contents)


class Side:
    """A guest: the stock kernel, with hugecontig or without."""

    def __init__(self, name, experiments, size):
        self.name, self.size = name, size
        self.results = {experiment: Result() for experiment in experiments}
        self.now = "waiting for the other guest to finish"
        self.current = None     # the experiment
        self.output = []
        self.guest = self.error = None

    def log(self, second, name, values):
        """Takes one log entry of the guest."""
        if name in self.results:
            plugged, pool = values
            self.current, result = name, self.results[name]
            result.samples.append((second, int(plugged), int(pool)))
        else:
            self.current, *words = values
            result = self.results[self.current]
            pool = name in ("before", "after")
            setattr(result, name, ("/" if pool else " ").join(words))
        self.now = f"{self.current}, {result.phase}"
        if result.samples:
            self.now += f": {result.given_back()} of {self.size} MiB given back"

    def end(self, error=None):
        """The guest is gone."""
        if error:
            self.error = f"{self.now}, failed: {error}"
            self.now = self.error
        else:
            self.now = "finished"
        self.current = None

    def describe(self):
        """What it is doing, and what it did."""
        done = [f"{experiment} {result.given_back()}"
                for experiment, result in self.results.items()
                if result.complete() and experiment != self.current]
        return self.now + (f" (so far: {', '.join(done)})" if done else "")

    def enough(self, experiment, stock):
        """What is wrong with the MiB given back, if anything."""
        given_back = self.results[experiment].given_back()
        if self.name == STOCK and self.results[experiment].expected == "any":
            return None
        if self.name == STOCK and self.results[experiment].expected == "few":
            # The control: were it more, there would be nothing to show.
            expected, right = "less than a quarter", given_back < self.size / 4
        elif experiment == "d":
            # Until memory for replacements has run out.
            least = stock.results[experiment].given_back()
            expected, right = f"more than {least}", given_back > least
        else:
            expected, right = "all", given_back == self.size
        if right:
            return None
        return (f"{given_back} of {self.size} MiB given back, "
                f"expected {expected}")

    def complaints(self, stock):
        """One line for each thing that is not as it shall be."""
        for experiment, result in self.results.items():
            for wrong in self.wrong(experiment, result, stock):
                yield f"{self.name}, experiment {experiment}: {wrong}"

    def wrong(self, experiment, result, stock):
        """What is not as it shall be with one experiment."""
        if result.failed:
            yield result.failed
            return
        if not result.complete():
            if not self.error:      # which says enough
                yield "not finished"
            return
        if wrong := self.enough(experiment, stock):
            yield wrong
        if result.before != result.after:
            yield (f"the pool (total/free/reserved/surplus) was "
                   f"{result.before}, became {result.after}")
        if result.contents != "intact":
            yield "the contents of huge pages changed"
        if self.name == HUGECONTIG:
            if result.counters != "":
                yield ("counters of the pool moved meanwhile: "
                       f"{result.counters or 'not sampled'}")
            yield from self.wrong_calls(result, stock.results[experiment])

    @staticmethod
    def wrong_calls(result, control):
        """What is not as it shall be with the calls of alloc_contig_range()."""
        if control.expected == "again" and control.complete() and \
                int(result.calls) >= int(control.calls):
            yield (f"{result.calls} calls of alloc_contig_range(), "
                   f"stock {control.calls}: expected fewer")
