# SPDX-License-Identifier: GPL-2.0-only
"""Shows what a program is doing while its threads do it."""
import os
import shutil
import threading
import time

# Seconds: how often to look, and how often a line may be printed anew.
LOOK_EVERY = 0.2
PRINT_EVERY = 1

# How long threads may take to clean up once somebody interrupts.
END_WITHIN = 15


class Display:
    """Lines that change: redrawn on a terminal, else printed as they change."""

    def __init__(self, stream):
        self.stream = stream
        self.terminal = (stream.isatty() and
                         os.environ.get("TERM", "dumb") != "dumb")
        self.begin = time.monotonic()
        self.drawn = 0
        self.printed = {}       # by name: when, and what it was

    def show(self, lines, last=False):
        """Shows (name, text) pairs, of which the names stay the same."""
        if self.terminal:
            self.redraw(lines)
        else:
            self.print_changed(lines, last)
        self.stream.flush()
        if last:
            self.drawn = 0
            self.printed = {}

    def redraw(self, lines):
        """Over the lines of the last time."""
        width = shutil.get_terminal_size().columns - 1
        if self.drawn:
            self.stream.write(f"\033[{self.drawn}A")
        for name, text in lines:
            self.stream.write(f"\r\033[K{self.line(name, text)[:width]}\n")
        self.drawn = len(lines)

    def print_changed(self, lines, last):
        """Only what is new, and of each name not too much of that."""
        now = time.monotonic()
        for name, text in lines:
            when, what = self.printed.get(name, (-PRINT_EVERY, None))
            if text != what and (last or now - when >= PRINT_EVERY):
                self.stream.write(self.line(name, text) + "\n")
                self.printed[name] = (now, text)

    def line(self, name, text):
        """One line, with the time since the beginning."""
        name = f"{name + ':':12}" if name else ""
        return f"[{time.monotonic() - self.begin:3.0f} s] {name}{text}"


class Task(threading.Thread):
    """A function in a thread of its own, with what became of it."""

    def __init__(self, work):
        super().__init__(daemon=True)
        self.work = work
        self.value = self.error = None

    def run(self):
        try:
            self.value = self.work()
        except BaseException as error:  # pylint: disable=broad-except
            self.error = error          # watch() raises it where it is awaited


def watch(display, works, describe, stop=lambda: None):
    """Runs functions side by side, and shows meanwhile what describe() returns.

    Returns what they return, or raises what they raise. Interrupted, it calls
    stop() until the functions have cleaned up and returned.
    """
    tasks = [Task(work) for work in works]
    try:
        for task in tasks:
            task.start()
        while any(task.is_alive() for task in tasks):
            display.show(describe())
            time.sleep(LOOK_EVERY)
    except (KeyboardInterrupt, OSError):    # or nobody reads it any more
        deadline = time.monotonic() + END_WITHIN
        while any(task.is_alive() for task in tasks) and \
                time.monotonic() < deadline:
            stop()
            time.sleep(LOOK_EVERY)
        raise
    display.show(describe(), last=True)
    for task in tasks:
        if task.error:
            raise task.error
    return [task.value for task in tasks]
