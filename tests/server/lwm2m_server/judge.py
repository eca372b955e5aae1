# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whether a Register or Update is right: Core 1.1, 6.2.1 and 6.2.2; Transport 1.1, 6.4.3."""

from __future__ import annotations

import re
from typing import Callable

from . import corelink
from .coap import LINK
from .registration import RegistrationRequest, parse_queries

BINDINGS_1_0 = {"U", "UQ", "S", "SQ", "US", "UQS"}
# Security, OSCORE and COSE are never told to a server.
HIDDEN_OBJECTS = {0, 21, 23}


class Refused(Exception):
    """A request is wrong: the code to answer and why."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


def check_lifetime(value: str | bool) -> None:
    """lt: seconds."""
    if not re.fullmatch(r"0|[1-9][0-9]{0,9}", str(value)):
        raise Refused("4.00", f"lt={value}")


def check_binding(value: str | bool, version: str) -> None:
    """b: in 1.0 one of six words with Q among them, from 1.1 on a set of the letters U T S N."""
    text = str(value)
    if version == "1.0":
        good = text in BINDINGS_1_0
    else:
        good = bool(re.fullmatch(r"[UTSN]+", text)) and len(set(text)) == len(text)
    if not good:
        raise Refused("4.00", f"b={value} in version {version}")


def check_sms(value: str | bool) -> None:
    """sms: an MSISDN."""
    if not re.fullmatch(r"\+?[0-9]{3,15}", str(value)):
        raise Refused("4.00", f"sms={value}")


def check_queue(value: str | bool, version: str) -> None:
    """Q: a flag without a value, not in 1.0."""
    if value is not True or version == "1.0":
        raise Refused("4.00", f"Q={value} in version {version}")


def _check_parameters(request: RegistrationRequest, allowed: set[str], version: str) -> None:
    checks: dict[str, Callable[[str | bool], None]] = {
        "lt": check_lifetime, "sms": check_sms,
        "b": lambda value: check_binding(value, version),
        "Q": lambda value: check_queue(value, version),
    }
    for name, value in request.parameters.items():
        if name not in allowed:
            raise Refused("4.00", f"parameter {name} has no place in {request.operation}")
        if name in checks:
            checks[name](value)


def check_links(links: list[corelink.Link]) -> None:
    """Targets are a root and paths of objects and instances under it, each once."""
    roots = [link for link in links if link.attributes.get("rt") == "oma.lwm2m"]
    root = roots[0].target.rstrip("/") if roots else ""
    targets = [link.target for link in links]
    if len(roots) > 1 or len(set(targets)) != len(targets):
        raise Refused("4.00", f"a link twice in {targets}")

    for link in links:
        if link.target.rstrip("/") == root:
            continue
        match = re.fullmatch(re.escape(root) + r"/(0|[1-9][0-9]*)(?:/(0|[1-9][0-9]*))?",
                             link.target)
        if not match or any(int(part) > 65534 for part in match.groups() if part):
            raise Refused("4.00", f"link to {link.target} under '{root}'")
        if int(match.group(1)) in HIDDEN_OBJECTS:
            raise Refused("4.00", f"object {match.group(1)} may not be told")


def read_links(request: RegistrationRequest) -> None:
    """Fills in the links of a payload; it must be Content-Format 40."""
    if request.message.content_format != LINK:
        raise Refused("4.15", f"Content-Format {request.message.content_format}")
    try:
        request.links = corelink.parse(request.message.payload)
    except (corelink.LinkError, UnicodeDecodeError) as error:
        raise Refused("4.00", str(error)) from error
    check_links(request.links)


def read_parameters(request: RegistrationRequest) -> None:
    """Fills in the query parameters."""
    try:
        request.parameters = parse_queries(request.message.queries)
    except ValueError as error:
        raise Refused("4.00", str(error)) from error


def judge_register(request: RegistrationRequest, versions: set[str]) -> None:
    """Refused when a Register is wrong, or its version is none of these."""
    read_parameters(request)
    version = str(request.parameters.get("lwm2m", ""))
    if not re.fullmatch(r"[0-9]\.[0-9]", version):
        raise Refused("4.00", f"lwm2m={version}")
    if version not in versions:
        raise Refused("4.12", f"version {version} is none of {sorted(versions)}")
    _check_parameters(request, {"lwm2m", "ep", "lt", "b", "sms", "Q"}, version)
    if not request.endpoint or (version == "1.0" and "ep" not in request.parameters):
        raise Refused("4.00", "no ep")
    if not request.message.payload:
        raise Refused("4.00", "no links")
    read_links(request)
    if not request.links:
        raise Refused("4.00", "no links")


def judge_update(request: RegistrationRequest, version: str) -> None:
    """Refused when an Update is wrong."""
    read_parameters(request)
    _check_parameters(request, {"lt", "b", "sms"}, version)
    if request.message.payload:
        read_links(request)
