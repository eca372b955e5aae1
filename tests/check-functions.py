#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fails when a C or Python file is longer than 400 lines, or a C function than 80, or nested deeper than 3 levels."""
import pathlib
import re
import sys

MAX_FILE, MAX_FUNCTION, MAX_NESTING = 400, 80, 3
root = pathlib.Path(sys.argv[1])
bad = []


def check_functions(path, lines):
    """A function's body stands between a '{' and a '}' at the left edge."""
    start = None
    for number, line in enumerate(lines, 1):
        if line.startswith("{"):
            start = number
        elif line.startswith("}") and start:
            if number - start - 1 > MAX_FUNCTION:
                bad.append(f"{path}:{start}: function of {number - start - 1} lines, at most {MAX_FUNCTION}")
            start = None
        elif start:
            statement = re.match(r" *(if|for|while|switch|do)\b", line)
            depth = (len(line) - len(line.lstrip(" "))) // 8 if statement else 0
            if depth > MAX_NESTING + 1:
                bad.append(f"{path}:{number}: nested {depth} levels deep, at most {MAX_NESTING + 1}")


for top in ("agent", "plugins", "dbus", "tests"):
    for path in sorted((root / top).rglob("*")):
        if path.suffix not in (".c", ".h", ".py"):
            continue
        lines = path.read_text().splitlines()
        name = path.relative_to(root)
        if len(lines) > MAX_FILE:
            bad.append(f"{name}: {len(lines)} lines, at most {MAX_FILE}")
        if path.suffix == ".c":
            check_functions(name, lines)
        if "SPDX-License-Identifier:" not in "\n".join(lines[:4]):
            bad.append(f"{name}:1: no SPDX-License-Identifier")
print("\n".join(bad))
sys.exit(bool(bad))
