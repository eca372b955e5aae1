# SPDX-License-Identifier: LGPL-2.1-or-later
"""The CoRE link format (Content-Format 40): RFC 6690, 2."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_NAME = r"([A-Za-z0-9!#$&+\-.^_`|~]+\*?)"
_QUOTED = r'"((?:[^"\\]|\\.)*)"'
_TOKEN = r"([!#$%&'()*+\-./:<=>?@\[\]^_`{|}~0-9A-Za-z]+)"
_PARAMETER = re.compile(f";{_NAME}(?:=(?:{_QUOTED}|{_TOKEN}))?")
_TARGET = re.compile(r"<([^<>\s]*)>")


class LinkError(ValueError):
    """Text that is no link format; the text says where."""


@dataclass
class Link:
    """A target and its attributes; an attribute without a value is True."""

    target: str
    attributes: dict[str, str | bool] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"<{self.target}>" + "".join(_attribute(k, v) for k, v in self.attributes.items())


def _attribute(name: str, value: str | bool) -> str:
    if value is True:
        return f";{name}"
    if re.fullmatch(r"[0-9A-Za-z.\-]+", str(value)):
        return f";{name}={value}"
    return f';{name}="{value}"'


def serialize(links: list[Link]) -> str:
    """The text of a list of links."""
    return ",".join(str(link) for link in links)


def parse(data: bytes | str) -> list[Link]:
    """The links of a payload. LinkError for anything outside the grammar, an attribute given
    twice, white space among it."""
    text = data.decode("utf-8") if isinstance(data, bytes) else data
    links, at = [], 0
    while at < len(text):
        if links:
            if text[at] != ",":
                raise LinkError(f"no comma at {at} in {text!r}")
            at += 1
        link, at = _parse_one(text, at)
        links.append(link)
    return links


def _parse_one(text: str, at: int) -> tuple[Link, int]:
    match = _TARGET.match(text, at)
    if not match:
        raise LinkError(f"no <target> at {at} in {text!r}")
    link, at = Link(match.group(1)), match.end()
    while at < len(text) and text[at] == ";":
        match = _PARAMETER.match(text, at)
        if not match:
            raise LinkError(f"no attribute at {at} in {text!r}")
        name, quoted, token = match.groups()
        if name in link.attributes:
            raise LinkError(f"attribute {name} twice in {text!r}")
        if quoted is not None:
            link.attributes[name] = re.sub(r"\\(.)", r"\1", quoted)
        else:
            link.attributes[name] = True if token is None else token
        at = match.end()
    return link, at


def by_target(links: list[Link]) -> dict[str, dict[str, str | bool]]:
    """Attributes by target."""
    return {link.target: link.attributes for link in links}
