# SPDX-License-Identifier: GPL-2.0-only
"""What guests have measured: samples, by kernel, guest and figure."""
import json
import statistics
import subprocess

# By more than that a figure has moved.
TOLERANCE = 0.02

# When the host asks, and how often the guest looks, changes these from run to run: they
# have moved if not even their spreads meet.
COARSE = "unplug_"


class Figures:
    """All of a run."""

    def __init__(self):
        self.data = {}

    def add(self, kernel, guest, name, samples):
        """The samples of one figure."""
        self.data.setdefault(kernel, {}).setdefault(guest, {})[name] = samples

    def samples(self, kernel, guest, name):
        """Those samples; none if it was not measured."""
        return self.data.get(kernel, {}).get(guest, {}).get(name, [])

    def get(self, kernel, guest, name):
        """Their lower quartile, or None: a tick of the timer takes as much as a page does,
        and is in up to half of the samples."""
        samples = sorted(self.samples(kernel, guest, name))
        return samples[len(samples) // 4] if samples else None

    def median(self, kernel, guest, name):
        """The median, or None."""
        samples = self.samples(kernel, guest, name)
        return statistics.median(samples) if samples else None

    def names(self):
        """(kernel, guest, figure) of all."""
        return [(kernel, guest, name) for kernel, guests in self.data.items()
                for guest, figures in guests.items() for name in figures]

    def save(self, path):
        """Writes them to a file, one figure a line."""
        lines = [json.dumps([*key, self.samples(*key)]) for key in sorted(self.names())]
        path.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="ascii")

    @classmethod
    def load(cls, path):
        """Reads them from a file."""
        figures = cls()
        for kernel, guest, name, samples in json.loads(path.read_text(encoding="ascii")):
            figures.add(kernel, guest, name, samples)
        return figures

    def has_moved(self, key, before):
        """Is a figure of both another one than before?"""
        new, old = self.samples(*key), before.samples(*key)
        if key[2].rpartition("/")[2].startswith(COARSE):
            return (min(new) > max(old) * (1 + TOLERANCE) or
                    max(new) < min(old) * (1 - TOLERANCE))
        # On 7.x others run now and then, and take a few per cent of half of the samples.
        upper = sorted(old)[len(old) * 3 // 4]
        return not min(old) * (1 - TOLERANCE) <= self.get(*key) <= upper * (1 + TOLERANCE)

    def moved(self, before):
        """What is not as before, in words."""
        for key in self.names():
            old, new = before.get(*key), self.get(*key)
            if old is not None and self.has_moved(key, before):
                yield (f"{', '.join(key)}: {new:.6g}, was {old:.6g}"
                       + (f" ({(new / old - 1) * 100:+.1f} %)" if old else ""))


def module_size(path):
    """Bytes of text and data of a module as long as it is loaded, by size(1)."""
    output = subprocess.run(["size", "-A", path], check=True, stdout=subprocess.PIPE,
                            text=True).stdout
    sections = [line.split() for line in output.splitlines()]
    return sum(int(words[1]) for words in sections
               if words and words[0].startswith((".text", ".data")))
