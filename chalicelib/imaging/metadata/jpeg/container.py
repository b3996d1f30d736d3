"""The directory of the pictures and videos after a JPEG, in its XMP (Google's photo container, Ultra HDR 1.0)."""

import re
from typing import NamedTuple

from chalicelib.imaging.metadata.gain_map.xmp import HDRGM_NAMESPACE

_ITEM = re.compile(rb"<[\w.\-]{1,32}:Item\s([^<>]{0,1024})>")
_ATTRIBUTE = re.compile(rb":(Semantic|Length|Padding)\s{0,8}=\s{0,8}[\"']([\w]{1,32})[\"']")
_MAX_ITEMS = 16
_PACKET = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:hdrgm="%b" xmlns:Container="http://ns.google.com/photos/1.0/container/"'
    b' xmlns:Item="http://ns.google.com/photos/1.0/container/item/" hdrgm:Version="1.0"><Container:Directory><rdf:Seq>'
    b'<rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="Primary" Item:Mime="image/jpeg"/></rdf:li>'
    b'<rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="GainMap" Item:Mime="image/jpeg"'
    b' Item:Length="%d"/></rdf:li></rdf:Seq></Container:Directory></rdf:Description></rdf:RDF></x:xmpmeta>'
)


class ContainerItem(NamedTuple):
    """An entry of the directory: what it is, the offset after the end of the first picture, and its bytes."""

    semantic: bytes
    offset: int
    size: int


def read_directory(packet: bytes) -> list[ContainerItem]:
    """Return the entries after the first picture. Each follows the one before it."""
    found, offset = [], 0
    for index, item in enumerate(_ITEM.findall(packet)[:_MAX_ITEMS]):
        values = dict(_ATTRIBUTE.findall(item))
        size = 0 if index == 0 else _number(values, b"Length")
        if index:
            found.append(ContainerItem(values.get(b"Semantic", b""), offset, size))
        offset += size + _number(values, b"Padding")
    return found


def _number(values: dict[bytes, bytes], name: bytes) -> int:
    text = values.get(name, b"")
    return int(text) if text.isdigit() and len(text) <= 10 else 0


def write_directory(gain_map_size: int) -> bytes:
    """Return the one packet that names a gain map of so many bytes after the first picture."""
    return _PACKET % (HDRGM_NAMESPACE, gain_map_size)
