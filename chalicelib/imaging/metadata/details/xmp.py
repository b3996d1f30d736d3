"""Reads the values of an XMP packet (ISO 16684-1) without an XML parser, so that no entity or nesting can attack it.

The text is cut into tags once, from its start to its end. A broken tag ends the packet.
"""

import base64
import binascii
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from chalicelib.imaging.metadata.details.texts import decode
from chalicelib.imaging.metadata.details.values import Details
from chalicelib.imaging.metadata.details.xmp_names import PREFIXES

#: Bytes of a packet, values, and nested elements that are read. Real packets have fewer than 20 levels.
_MAX_PACKET, _MAX_VALUES, _MAX_DEPTH = 8 << 20, 1 << 16, 64
_TAG = re.compile(r"""<(/?)([^\s<>/"'=]++)((?:[^<>"']++|"[^"]*+"|'[^']*+')*+)>""")
_ATTRIBUTE = re.compile(r"""([^\s<>/"'=]++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)')""")
#: Parts without a value: how they start and how they end.
_SKIPPED = (("<!--", "-->"), ("<?", "?>"), ("<!", ">"))
_REFERENCE = re.compile(r"&(?:amp|lt|gt|quot|apos|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")
#: The element around a packet, and its name in old Photoshops. A packet may lack it (XMP part 1, 7.3.3).
WRAPPERS = frozenset({"x:xmpmeta", "x:xapmeta", "xmpmeta", "xapmeta"})
#: Elements that only hold others.
_STRUCTURE = WRAPPERS | {"rdf:RDF", "rdf:Description", "rdf:Bag", "rdf:Seq", "rdf:Alt", "rdf:li", "rdf:value"}


class Value(NamedTuple):
    """One value: the names of its property and of those around it, from the outside in, and its language."""

    path: tuple[str, ...]
    text: str
    language: str = ""


@dataclass
class _Element:
    name: str
    language: str = ""
    text: str = ""
    has_children: bool = False


@dataclass
class _Parser:
    """The elements that are open, and the prefixes that the packet has declared."""

    open: list[_Element] = field(default_factory=list)
    prefixes: dict[str, str] = field(default_factory=dict)

    def name(self, written: str) -> str:
        """Return a name with the usual prefix of its namespace."""
        prefix, _, local = written.rpartition(":")
        return f"{self.prefixes.get(prefix, prefix)}:{local}" if prefix else written

    def path(self) -> tuple[str, ...]:
        """Return the names of the open properties."""
        return tuple(each.name for each in self.open if each.name not in _STRUCTURE)

    def start(self, written: str, attributes: str) -> Iterator[Value]:
        """Open an element, and yield the values in its attributes."""
        pairs = [
            (found[1], found[2] if found[2] is not None else found[3]) for found in _ATTRIBUTE.finditer(attributes)
        ]
        for name, value in pairs:
            if name.startswith("xmlns:"):
                uri = unescape(value)
                self.prefixes[name[6:]] = PREFIXES.get(uri.rstrip("/#"), name[6:])
        if self.open:
            self.open[-1].has_children = True
        language = next((unescape(value) for name, value in pairs if name == "xml:lang"), "")
        self.open.append(_Element(self.name(written), language))
        for name, value in pairs:
            own = self.name(name)
            if not own.startswith(("xmlns", "xml:", "rdf:")):
                yield Value((*self.path(), own), unescape(value))

    def end(self) -> Iterator[Value]:
        """Close an element, and yield its text if it has no other elements."""
        element = self.open[-1]
        path = self.path()
        if path and element.text and not element.has_children:
            yield Value(path, element.text, element.language)
        self.open.pop()


def read_packet(packet: bytes) -> Iterator[Value]:
    """Yield the values of a packet, in its order."""
    parser = _Parser()
    count = 0
    for part in _split(_decode(packet[:_MAX_PACKET])):
        if isinstance(part, str):
            if parser.open:
                parser.open[-1].text += part
            continue
        is_end, name, attributes = part
        found = parser.start(name, attributes) if not is_end else iter(()) if not parser.open else parser.end()
        yield from found
        if not is_end and attributes.rstrip().endswith("/"):
            yield from parser.end()
        count += 1
        if len(parser.open) > _MAX_DEPTH or count > _MAX_VALUES:
            return


def unescape(text: str) -> str:
    """Replace the five entities of XML and numbers of characters. Entities that a packet declares stay as they are."""
    return _REFERENCE.sub(lambda found: html.unescape(found[0]), text)


def _decode(packet: bytes) -> str:
    if packet[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return packet.decode("utf-16", "replace")
    if packet[:2] in (b"<\0", b"\0<"):
        return packet.decode("utf-16-le" if packet[1:2] == b"\0" else "utf-16-be", "replace")
    return decode(packet)


def _split(text: str) -> Iterator[str | tuple[bool, str, str]]:
    """Yield the texts between tags, and each tag: whether it ends an element, its name and its attributes."""
    at = 0
    while (start := text.find("<", at)) >= 0:
        if start > at:
            yield unescape(text[at:start])
        if text.startswith("<![CDATA[", start):
            end = text.find("]]>", start)
            if end < 0:
                return
            yield text[start + 9 : end]
            at = end + 3
            continue
        skipped = next((ends for begins, ends in _SKIPPED if text.startswith(begins, start)), None)
        found = None if skipped else _TAG.match(text, start)
        if found:
            yield bool(found[1]), found[2], found[3]
        end = text.find(skipped, start) if skipped else -1
        if not found and end < 0:
            return
        at = found.end() if found else end + len(skipped or "")


def add_thumbnail(text: str, details: Details) -> None:
    """Add a thumbnail that a packet holds as base64 text."""
    try:
        details.add_thumbnail("XMP", base64.b64decode("".join(text.split())))
    except (binascii.Error, ValueError):
        details.is_complete = False
