#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Makes the pictures of the program in the documents: docs/explain.svg, docs/watch.svg.

A guest runs the program (tests/screenshots.sh); what it says, with its colours, is drawn
by rich, which is Debian's python3-rich: so this needs the Python of Debian, too.
"""
import argparse
import io
import pathlib
import re
import sys

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

import kernels
from build import TOP, built
from guest import Guest, GuestError

NAMES = ("explain", "watch")
GUEST_MIB, VMEM_MIB, LIMIT = 2048, 256, 300

# Bright on dark, and no two of them alike: background, text, the colours of ANSI.
THEME = TerminalTheme(
    (30, 32, 38), (212, 215, 220),
    [(30, 32, 38), (255, 107, 104), (126, 201, 110), (230, 190, 90),
     (110, 160, 255), (210, 130, 230), (80, 205, 215), (212, 215, 220)])

# Rich's own picture fetches fonts from the web: here they are those that a machine has.
# Not all programs know that blanks which must not break a line must not go either.
FONTS = '"DejaVu Sans Mono", "Liberation Mono", Menlo, Consolas, monospace'
FORMAT = f"""\
<svg viewBox="0 0 {{width}} {{height}}" xmlns="http://www.w3.org/2000/svg">
<style>
.{{unique_id}}-matrix {{{{
font-family: {FONTS};
font-size: {{char_height}}px;
line-height: {{line_height}}px;
}}}}
.{{unique_id}}-title {{{{
font-family: {FONTS};
font-size: 18px;
font-weight: bold;
}}}}
{{styles}}
</style>
<defs>
<clipPath id="{{unique_id}}-clip-terminal">
<rect x="0" y="0" width="{{terminal_width}}" height="{{terminal_height}}"/>
</clipPath>
{{lines}}
</defs>
{{chrome}}
<g transform="translate({{terminal_x}}, {{terminal_y}})"
clip-path="url(#{{unique_id}}-clip-terminal)">
{{backgrounds}}
<g class="{{unique_id}}-matrix" xml:space="preserve">
{{matrix}}
</g>
</g>
</svg>
"""


def draw(lines, title):
    """The SVG of a terminal that is as wide as the longest line."""
    # Of the last line of a picture the lower end is cut off.
    text = Text.from_ansi("\n".join(lines).rstrip("\n") + "\n\n")
    width = max(line.cell_len for line in text.split("\n"))
    console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True,
                      color_system="standard", legacy_windows=False, highlight=False)
    console.print(text, overflow="ignore", no_wrap=True, crop=False)
    svg = console.export_svg(title=title, theme=THEME, code_format=FORMAT)
    # The ends of lines are texts of their own.
    svg = re.sub(r"<text [^>]*>\n</text>", "\n", svg)
    return "\n".join(line.strip() for line in svg.splitlines() if line.strip()) + "\n"


class Screens:
    """What the guest has said, by the name of the picture."""

    def __init__(self):
        self.output = []
        self.lines = {name: [] for name in NAMES}

    def add(self, line):
        """A line of the channel."""
        self.output.append(line)
        name, bar, rest = line.strip(" ").partition("|")
        if bar and name in self.lines:
            self.lines[name].append(rest)

    def missing(self):
        """Pictures of which there is nothing but the command."""
        return [name for name, lines in self.lines.items() if len(lines) < 2]


def take(target):
    """Boots the guest; what it has shown, or None."""
    screens = Screens()
    kernels.prepare(target)
    with built(target) as files:
        guest = Guest(target, files, "screenshots.sh", GUEST_MIB, VMEM_MIB,
                      on_line=screens.add, timeout=LIMIT)
        try:
            guest.run()
        except GuestError as error:
            print(f"{guest.console}\nscreenshots: {error}", file=sys.stderr)
            return None
    if screens.missing():
        print(*screens.output, sep="\n", file=sys.stderr)
        print(f"screenshots: there is nothing of {', '.join(screens.missing())}: the "
              "guest has said why", file=sys.stderr)
        return None
    return screens.lines


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kernel", help="a release of tests/kernels")
    parser.add_argument("--to", type=pathlib.Path, default=TOP / "docs",
                        help="directory for the pictures")
    options = parser.parse_args()
    screens = take(kernels.kernel(options.kernel))
    for name, lines in (screens or {}).items():
        path = options.to / f"{name}.svg"
        path.write_text(draw(lines, f"hugecontig {name}"), encoding="utf-8")
        print(path)
    return 0 if screens else 1


if __name__ == "__main__":
    sys.exit(main())
