#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fails when a C or Python file is longer than 400 lines, or a C function than 80, or nested deeper than 3 levels,
or when a file of any kind does not name its licence in its first lines."""
import pathlib
import re
import sys

MAX_FILE, MAX_FUNCTION, MAX_NESTING = 400, 80, 3
# These have no comments, or are prose.
UNMARKED = ("LICENSE", ".gitignore", ".md", ".json")
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


def sources():
    """All files but those that are built, and the fuzzers' corpora."""
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        hidden = {part for part in parts[:-1] if part.startswith(".") and part != ".ci"}
        if path.is_file() and not hidden | ({"corpus", "__pycache__"} & set(parts)) and not parts[0].startswith("build"):
            yield path


for path in sources():
    name = path.relative_to(root)
    if path.name.endswith(UNMARKED):
        continue
    lines = path.read_text(errors="replace").splitlines()
    if "SPDX-License-Identifier:" not in "\n".join(lines[:5]):
        bad.append(f"{name}:1: no SPDX-License-Identifier")
    if path.suffix not in (".c", ".h", ".py"):
        continue
    if len(lines) > MAX_FILE:
        bad.append(f"{name}: {len(lines)} lines, at most {MAX_FILE}")
    if path.suffix == ".c":
        check_functions(name, lines)
print("\n".join(bad))
sys.exit(bool(bad))
