#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Adds up the results in a directory and prints "N passed, N failed, N skipped", and before it what failed
and why something was skipped. Fails when a test failed or none passed.

    sum-results.py DIRECTORY FILE…

FILEs lie in the directory; one that is not there counts as a failed test. *.xml are JUnit files. testlog.json
is meson's: a program that crashed or ran out of time has cases in JUnit only of what it came to.
"""
import collections
import json
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

directory = pathlib.Path(sys.argv[1])
passed, failed = 0, []
skipped = collections.Counter()


def add_cases(path):
    """The names of suites and of cases that failed."""
    global passed
    names = set()
    for case in ElementTree.parse(path).iter("testcase"):
        found = {child.tag: child for child in case}
        if found.keys() & {"failure", "error"}:
            failed.append(f"{case.get('classname')} {case.get('name')}")
            names |= {case.get("classname").split(".", 1)[-1], case.get("name")}
        elif "skipped" in found:
            reason = found["skipped"].get("message")
            if reason:
                skipped[reason] += 1
        else:
            passed += 1
    return names


def add_programs(path, told):
    """Why meson's tests were skipped, and which programs failed without a failed case."""
    for line in path.read_text().splitlines():
        program = json.loads(line)
        reasons = re.findall(r"^ok \d+ (\S+) # SKIP ?(.*)$", program.get("stdout") or "", re.M)
        skipped.update(reason or f"{name} says no reason" for name, reason in reasons)
        if program["result"] == "SKIP" and not reasons:
            skipped[f"{program['name']} says no reason"] += 1
        if program["result"] not in ("OK", "SKIP", "EXPECTEDFAIL") and program["name"] not in told:
            failed.append(f"{program['name']}: {program['result']}, exit status {program.get('returncode')}")


told = set()
for path in map(directory.joinpath, sorted(sys.argv[2:], key=lambda name: not name.endswith(".xml"))):
    if not path.exists():
        failed.append(f"{path.name}: no results; the tests were ended before their end")
    elif path.suffix == ".xml":
        told |= add_cases(path)
    else:
        add_programs(path, told)

for reason, count in sorted(skipped.items()):
    print(f"skipped {count}: {reason}")
for what in failed:
    print(f"failed: {what}")
print(f"{passed} passed, {len(failed)} failed, {sum(skipped.values())} skipped")
sys.exit(bool(failed) or passed == 0)
