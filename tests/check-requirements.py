#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Lists how many tests bear the id of each requirement on short messages, and fails when one has none. Python tests
have the ids in their names (test_R10_R14_life), C tests in their paths ("/secured-packet/R16/equal-keys")."""
import collections
import pathlib
import re
import sys

REQUIRED = ["R08", *(f"R{number}" for number in range(10, 25)), "R29", "R32"]
PATTERNS = {".py": r"^ *def (test_\w+)\(", ".c": r'"(/[\w/-]*R\d\d[\w/-]*)"'}

count: collections.Counter = collections.Counter()
for path in pathlib.Path(sys.argv[1]).rglob("*"):
    if path.suffix in PATTERNS and not path.is_symlink():
        for name in re.findall(PATTERNS[path.suffix], path.read_text(), re.M):
            count.update(set(re.findall(r"(?<![A-Za-z0-9])R\d\d(?![0-9])", name.replace("_", "/"))))
for requirement in REQUIRED:
    print(f"{requirement}: {count[requirement]} tests")
missing = [requirement for requirement in REQUIRED if not count[requirement]]
if missing:
    sys.exit(f"no test bears the id of {', '.join(missing)}")
