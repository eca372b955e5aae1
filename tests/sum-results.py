#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Adds up JUnit files and prints "N passed, N failed, N skipped". Fails when a test failed or none passed."""
import sys
import xml.etree.ElementTree as ElementTree

passed = failed = skipped = 0
for name in sys.argv[1:]:
    for case in ElementTree.parse(name).iter("testcase"):
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"}:
            failed += 1
            print(f"failed: {case.get('classname')} {case.get('name')}")
        elif "skipped" in kinds:
            skipped += 1
        else:
            passed += 1
print(f"{passed} passed, {failed} failed, {skipped} skipped")
sys.exit(failed > 0 or passed == 0)
