# SPDX-License-Identifier: LGPL-2.1-or-later
"""How the demo writes: steps, lines that say where something happens, octets with their meaning."""
from __future__ import annotations

import itertools
import re
import sys
from typing import Iterable, NamedTuple

COLOUR = sys.stdout.isatty()
BOLD, DIM, CYAN = "1", "2", "36"
WIDTH = 100
# Hexadecimal digits that stand beside a text, and that fill a line without one.
BESIDE, LINE = 18, 64
NAME = 25  # columns before them: who and the field's name

numbers = itertools.count(1)


class Row(NamedTuple):
    """A field: what it is called, its octets, and what they mean."""

    name: str
    octets: bytes
    text: str = ""


def style(code: str, text: str) -> str:
    return f"\033[{code}m{text}\033[0m" if COLOUR else text


def step(text: str) -> None:
    print("\n" + style(BOLD, f"{next(numbers)}. {text}"), flush=True)


def wrap(text: str, width: int) -> list[str]:
    """Behind spaces, ampersands and commas; inside of what is longer than a line."""
    lines = [""]
    for piece in re.findall(rf"[^ &,]{{0,{width - 1}}}[ &,]?", text):
        if len(lines[-1] + piece.rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return [line.rstrip() for line in lines]


def show(who: str, text: str) -> None:
    """What happens; who is where it happens."""
    for line in wrap(text, WIDTH - 13):
        print(f"   {style(CYAN, f'{who:>8}')}  {line}", flush=True)
        who = ""


def show_note(text: str) -> None:
    print(" " * 11 + style(DIM, text), flush=True)


def show_output(command: str, output: str) -> None:
    first, *rest = wrap(command, WIDTH - 7)
    print("   " + style(DIM, " \\\n       ".join([f"$ {first}", *rest])))
    for line in output.rstrip("\n").split("\n") if output.strip() else []:
        print(("   " + line).rstrip())
    sys.stdout.flush()


def row_lines(row: Row) -> list[str]:
    """Short octets have the text beside them, long ones below."""
    digits = row.octets.hex().upper()
    if len(digits) <= BESIDE:
        return [f"{digits:<{BESIDE}}  {row.text}".rstrip()]
    lines = [digits[i:i + LINE] for i in range(0, len(digits), LINE)]
    return lines + (wrap(row.text, WIDTH - NAME) if row.text else [])


def show_rows(rows: Iterable[Row]) -> None:
    for row in rows:
        for i, line in enumerate(row_lines(row)):
            name = "" if i else row.name
            print(" " * 13 + style(DIM, f"{name:<{NAME - 13}}") + line)
    sys.stdout.flush()
