# SPDX-License-Identifier: GPL-2.0-only
"""The last verdict of each job, kept beside the downloads, with a hash of all that it was
made from."""
import datetime
import fnmatch
import functools
import hashlib
import json
import os
import re

from kernels import CACHE, TESTS

TOP = TESTS.parent
KEPT = CACHE / "verdicts"

# What the module is built from.
MODULE = ("src", "include", "Kbuild", "Makefile", "dkms.conf")

# What each row of the matrix names the hash of.
SOURCES = ("src", "include", "Kbuild")


@functools.lru_cache(maxsize=None)
def ignored():
    """Patterns of what builds leave behind."""
    names = (TOP / ".gitignore").read_text(encoding="ascii").split()
    return [".git", *(name.strip("/") for name in names)]


def files_below(path):
    """All files there, but for those that builds leave."""
    if any(fnmatch.fnmatch(path.name, pattern) for pattern in ignored()):
        return
    if path.is_dir():
        for child in sorted(path.iterdir()):
            yield from files_below(child)
    elif path.is_file():
        yield path


@functools.lru_cache(maxsize=None)
def content(path, *_):
    """The hash of a file that has not changed: that is in the other arguments."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def digest(paths, *others):
    """A hash of files and directories of the tree, and of other words."""
    whole = hashlib.sha256(repr(others).encode())
    for name in paths:
        for path in files_below(TOP / name):
            state = path.stat()
            line = f"{path.relative_to(TOP)} {content(path, state.st_mtime_ns, state.st_size)}\n"
            whole.update(line.encode())
    return whole.hexdigest()[:12]


def sources():
    """The hash of today's sources."""
    return digest(SOURCES)


# What a guest gets only if a script names it, and with which word.
NAMED = {"lib/program.sh": "tools", "docs/tracing.md": "docs/tracing.md",
         "variants.d": "tests/variants", "broken.d": "tests",
         "suites.d": "tests/runner/suites.py"}


def of_guest(scripts):
    """The paths that a guest with these scripts is made from."""
    paths = [f"tests/{name}" for name in scripts]
    text = "".join((TOP / path).read_text(encoding="utf-8") for path in paths)
    paths += [path for word, path in NAMED.items() if word in text]
    paths += [f"tests/{name}" for name in re.findall(r"\b\w+\.cases\b", text)]
    runner = [f"tests/runner/{name}.py" for name in ("build", "guest", "plans")]
    programs = [f"tests/{path.name}" for path in sorted(TESTS.glob("*.[ch]"))]
    return [*MODULE, "tests/Makefile", "tests/run_tests.sh", "tests/lib", "tests/guest",
            "tests/modules", *programs, *runner, *dict.fromkeys(paths)]


def path_of(name):
    """Where the verdict of that job is kept."""
    return KEPT / (re.sub(r"[^\w.+-]+", "_", name) + ".json")


def load(name):
    """The last verdict of that job, or an empty one."""
    try:
        return json.loads(path_of(name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def store(name, whole, seconds, outcome, passed):
    """Keeps a verdict: what it was made from, and its lines."""
    KEPT.mkdir(parents=True, exist_ok=True)
    lines, failure = outcome
    part = path_of(name).with_suffix(".part")
    part.write_text(json.dumps({
        "name": name, "digest": whole, "passed": passed, "seconds": round(seconds),
        "date": datetime.date.today().isoformat(), "lines": lines, "failure": failure}),
        encoding="utf-8")
    os.replace(part, path_of(name))
