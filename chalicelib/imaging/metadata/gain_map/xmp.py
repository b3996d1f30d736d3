"""The parameters of a gain map in XMP: `hdrgm` (Adobe's gain map specification 1.0, Ultra HDR) and Apple's HDRGainMap.

Bounded patterns search the packet, as in `metadata.xmp`: XML is never parsed. The packet that is written has one form.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from chalicelib.imaging.metadata.gain_map.parameters import Channel, Parameters, round_parameter

HDRGM_NAMESPACE = b"http://ns.adobe.com/hdr-gain-map/1.0/"
APPLE_NAMESPACE = b"http://ns.apple.com/HDRGainMap/1.0/"
_APDI_NAMESPACE = b"http://ns.apple.com/pixeldatainfo/1.0/"
_APPLE_TYPE = b"urn:com:apple:photo:2020:aux:hdrgainmap"
_NUMBER = rb"\s{0,64}([+-]?[0-9]{1,9}(?:\.[0-9]{0,24})?(?:[eE][+-]?[0-9])?)\s{0,64}"
#: Bytes of an element with a list of three numbers, at most.
_MAX_ELEMENT = 2048
_ITEM = re.compile(rb"<rdf:li>" + _NUMBER + rb"</rdf:li>")
#: Adobe's defaults. The other two values are required.
_DEFAULTS = {b"GainMapMin": "0", b"Gamma": "1", b"OffsetSDR": "1/64", b"OffsetHDR": "1/64", b"HDRCapacityMin": "0"}
_CHANNEL_NAMES = (b"GainMapMin", b"GainMapMax", b"Gamma", b"OffsetSDR", b"OffsetHDR")
#: The versions of Apple's gain maps: 1.0 needs the headroom of the maker note, 2.0 has its own.
_APPLE_VERSIONS = (65536, 131072)
_MICRO = 1_000_000
_START = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about=""'
)
_END = b"</rdf:Description></rdf:RDF></x:xmpmeta>"


@dataclass(frozen=True)
class AppleGainMap:
    """The version of Apple's gain map, and its headroom: None in version 65536."""

    version: int
    headroom: Fraction | None


def read_hdrgm(packet: bytes) -> Parameters | None:
    """Return the parameters of a gain map, or None if the packet lacks a required one or has one out of range."""
    prefix = _find_prefix(packet, HDRGM_NAMESPACE)
    if not prefix:
        return None
    capacity = [_read_numbers(packet, prefix, name)[:1] for name in (b"HDRCapacityMin", b"HDRCapacityMax")]
    columns = [_read_numbers(packet, prefix, name) for name in _CHANNEL_NAMES]
    if not all(column and len(column) in (1, 3) for column in (*capacity, *columns)):
        return None
    count = max(map(len, columns))
    rows = zip(*(column * count if len(column) == 1 else column for column in columns), strict=True)
    channels = tuple(Channel(*row[:5]) for row in rows)
    (base,), (alternate,) = capacity
    if min(base, alternate) < 0 or any(channel.gamma <= 0 for channel in channels):
        return None
    return Parameters(base, alternate, channels, is_backward=_is_true(packet, prefix, b"BaseRenditionIsHDR"))


def read_apple(packet: bytes, *, needs_type: bool = True) -> AppleGainMap | None:
    """Return the values of Apple's gain map, or None if the packet does not describe one.

    A JPEG says in the packet that the picture is a gain map (`needs_type`). A HEIC says it elsewhere.
    """
    prefix = _find_prefix(packet, APPLE_NAMESPACE)
    has_type = not needs_type or _APPLE_TYPE in packet
    versions = _read_numbers(packet, prefix, b"HDRGainMapVersion") if prefix and has_type else []
    if not versions or versions[0] not in _APPLE_VERSIONS:
        return None
    headroom = [value for value in _read_numbers(packet, prefix, b"HDRGainMapHeadroom") if value > 0]
    return AppleGainMap(int(versions[0]), headroom[0] if headroom else None)


def write_packet(hdrgm: Parameters | None, apple: AppleGainMap | None, *, with_type: bool = True) -> bytes:
    """Return the one packet that holds these values. `with_type` says that the picture is a gain map of Apple."""
    spaces = [b'xmlns:hdrgm="%b"' % HDRGM_NAMESPACE] if hdrgm else []
    if apple:
        spaces.append(b'xmlns:HDRGainMap="%b"' % APPLE_NAMESPACE)
        spaces += [b'xmlns:apdi="%b"' % _APDI_NAMESPACE] if with_type else []
    attributes = [b'hdrgm:%b="%b"' % pair for pair in _hdrgm_attributes(hdrgm).items()] if hdrgm else []
    elements = _hdrgm_elements(hdrgm) if hdrgm else []
    elements += _apple_elements(apple, with_type=with_type) if apple else []
    return _START + b" " + b" ".join([*spaces, *attributes]) + b">" + b"".join(elements) + _END


def _hdrgm_attributes(parameters: Parameters) -> Mapping[bytes, bytes]:
    values = {
        b"Version": b"1.0",
        b"HDRCapacityMin": _format(parameters.base_headroom),
        b"HDRCapacityMax": _format(parameters.alternate_headroom),
        b"BaseRenditionIsHDR": b"True" if parameters.is_backward else b"False",
    }
    if len(parameters.channels) == 1:
        values |= dict(zip(_CHANNEL_NAMES, map(_format, parameters.channels[0]), strict=True))
    return values


def _hdrgm_elements(parameters: Parameters) -> list[bytes]:
    if len(parameters.channels) == 1:
        return []
    columns = zip(_CHANNEL_NAMES, zip(*parameters.channels, strict=True), strict=True)
    items = {name: b"".join(b"<rdf:li>%b</rdf:li>" % _format(value) for value in column) for name, column in columns}
    return [b"<hdrgm:%b><rdf:Seq>%b</rdf:Seq></hdrgm:%b>" % (name, text, name) for name, text in items.items()]


def _apple_elements(apple: AppleGainMap, *, with_type: bool) -> list[bytes]:
    values = [(b"apdi:AuxiliaryImageType", _APPLE_TYPE)] if with_type else []
    values.append((b"HDRGainMap:HDRGainMapVersion", b"%d" % apple.version))
    if apple.headroom:
        values.append((b"HDRGainMap:HDRGainMapHeadroom", _format(apple.headroom)))
    return [b"<%b>%b</%b>" % (name, value, name) for name, value in values]


def _find_prefix(packet: bytes, namespace: bytes) -> bytes:
    """Return the prefix that a packet declares for a namespace; b"" if there is none."""
    declared = rb"xmlns:([\w.\-]{1,32})\s{0,64}=\s{0,64}[\"']" + re.escape(namespace) + rb"[\"']"
    match = re.search(declared, packet)
    return match[1] if match else b""


def _read_numbers(packet: bytes, prefix: bytes, name: bytes) -> list[Fraction]:
    """Return the numbers of a property: of its attribute, of its element, or of the list inside the element.

    A property that is missing has its default. Returns no number if one is out of range.
    """
    full = re.escape(prefix + b":" + name)
    simple = re.search(full + rb"(?:\s{0,64}=\s{0,64}[\"']|>)" + _NUMBER + rb"[\"'<]", packet)
    texts = [simple[1]] if simple else []
    start = packet.find(b"<%b:%b>" % (prefix, name))
    if not simple and start >= 0:
        end = packet.find(b"</%b:%b>" % (prefix, name), start, start + _MAX_ELEMENT)
        texts = _ITEM.findall(packet[start : max(start, end)])
    elif not simple and name in _DEFAULTS:
        return [Fraction(_DEFAULTS[name])]
    # The largest version is not a parameter: it is far over the limit of one.
    numbers = [Fraction(text.decode()) for text in texts]
    if name == b"HDRGainMapVersion":
        return numbers
    rounded = [round_parameter(number) for number in numbers]
    return [Fraction(round(value * _MICRO), _MICRO) for value in rounded if value is not None]


def _is_true(packet: bytes, prefix: bytes, name: bytes) -> bool:
    pattern = re.escape(prefix + b":" + name) + rb"(?:\s{0,64}=\s{0,64}[\"']|>)\s{0,64}True"
    return re.search(pattern, packet) is not None


def _format(value: Fraction) -> bytes:
    """Return a number with at most six decimal places and no zeros after them."""
    whole, part = divmod(abs(round(value * _MICRO)), _MICRO)
    sign = b"-" if value < 0 and (whole or part) else b""
    return sign + (b"%d.%06d" % (whole, part)).rstrip(b"0").rstrip(b".")
