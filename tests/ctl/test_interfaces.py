# SPDX-License-Identifier: LGPL-2.1-or-later
"""The XML is the documentation: every member and every argument is explained in it."""
import pathlib
import re
import subprocess
import xml.etree.ElementTree as ET

import pytest

DBUS = pathlib.Path(__file__).parents[2] / "dbus"
FILES = sorted(DBUS.glob("org.lwm2md1.*.xml"))
ERRORS = ("NotFound NotAllowed NotAuthorized BadValue NotSupported NotConfigured NotConnected Busy "
          "Timeout Refused Failed").split()


def parse(path):
    return ET.parse(path, ET.XMLParser(target=ET.TreeBuilder(insert_comments=True)))


def undocumented(root):
    """Yields what has no comment right before it that begins with its name."""
    for parent in root.iter():
        comment = ""
        for child in parent:
            if child.tag is ET.Comment:
                comment = child.text
                continue
            name = child.get("name")
            if child.tag in ("interface", "method", "signal", "property"):
                if not re.match(rf"\s*{re.escape(name)}:(\s+@.*)*\s+[^@\s]", comment):
                    yield name
                for arg in child.findall("arg"):
                    if not re.search(rf"^\s*@{arg.get('name')}: \S", comment, re.M):
                        yield f"{name}({arg.get('name')})"
            comment = ""


def test_the_interfaces_are_there():
    assert [f.name.split(".")[2] for f in FILES] == ["Credentials", "DataModel", "Manager", "Modem", "Server", "Sms"]


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_every_member_is_documented(path):
    assert list(undocumented(parse(path).getroot())) == []


def test_the_check_sees_gaps():
    root = ET.fromstring('<node><interface name="a"><!-- F: does. @x: one. --><method name="F">'
                         '<arg name="x"/><arg name="y"/></method><property name="P"/></interface>'
                         '</node>', ET.XMLParser(target=ET.TreeBuilder(insert_comments=True)))
    assert list(undocumented(root)) == ["a", "F(x)", "F(y)", "P"]


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_methods_name_their_errors(path):
    errors = set(re.findall(r"org\.lwm2md1\.Error\.(\w+):", (DBUS / "org.lwm2md1.Manager.xml").read_text()))
    assert errors == set(ERRORS)
    comment = ""
    for child in parse(path).getroot().find("interface"):
        if child.tag is ET.Comment:
            comment = child.text
        elif child.tag == "method":
            listed = re.search(r"Errors(?:,|:)[\s\S]*", comment)
            assert listed, child.get("name")
            assert any(error in listed[0] for error in ERRORS)


def test_reference_pages(tmp_path):
    subprocess.run(["gdbus-codegen", "--generate-rst", "page", "--output-directory", tmp_path, *FILES],
                   check=True)
    pages = {p.name: p.read_text() for p in tmp_path.iterdir()}
    assert len(pages) == len(FILES)
    # What the generator could not attach to a member would be missing here.
    for path in FILES:
        page = pages[f"page-{path.name.removesuffix('.xml')}.rst"]
        for arg in parse(path).getroot().iterfind(".//arg[@direction='in']"):
            described = re.search(rf"^{arg.get('name')}\n  (\S.*)", page, re.M)
            assert described, f"{path.name}: {arg.get('name')}"
