"""Build ICC profiles from the standard sRGB one: with further tags, other elements and private content."""

import struct

from scripts.measuring import samples
from scripts.measuring.samples import SECRET

STANDARD = samples.srgb_profile()
NAME = SECRET.decode()


def with_tags(*tags: tuple[bytes, bytes]) -> bytes:
    """Add tags to the standard profile. Its own elements move by the size of the new entries in the tag table."""
    (count,) = struct.unpack_from(">I", STANDARD, 128)
    end, shift = 132 + 12 * count, 12 * len(tags)
    table = b"".join(
        struct.pack(">4sII", name, at + shift, size)
        for name, at, size in struct.iter_unpack(">4sII", STANDARD[132:end])
    )
    elements = STANDARD[end:]
    for name, element in tags:
        table += struct.pack(">4sII", name, end + shift + len(elements), len(element))
        elements += element + bytes(-len(element) % 4)
    body = STANDARD[4:128] + struct.pack(">I", count + len(tags)) + table + elements
    return struct.pack(">I", len(body) + 4) + body


def with_element(name: bytes, element: bytes, profile: bytes = STANDARD) -> bytes:
    """Replace the element of a tag."""
    at = profile.index(name, 132)
    start = len(profile)
    entry = struct.pack(">4sII", name, start, len(element))
    old, size = struct.unpack_from(">II", profile, at + 4)
    rest = profile[at + 12 : old] + (bytes(size) if name in (b"desc", b"cprt") else profile[old : old + size])
    body = profile[4:at] + entry + rest + profile[old + size :] + element + bytes(-len(element) % 4)
    return struct.pack(">I", len(body) + 4) + body


def text(content: bytes) -> bytes:
    """Return a textType element."""
    return b"text\0\0\0\0" + content + b"\0"


def localised(content: str, locale: bytes = b"enUS") -> bytes:
    """Return a multiLocalizedUnicodeType element with one language."""
    encoded = content.encode("utf-16-be")
    return b"mluc" + struct.pack(">III4sII", 0, 1, 12, locale, len(encoded), 28) + encoded


def description(content: bytes, *, macintosh: bytes = b"", after: bytes = b"") -> bytes:
    """Return a textDescriptionType element of version 2, with a Macintosh text and bytes after it."""
    head = b"desc" + struct.pack(">II", 0, len(content) + 1) + content + bytes(9)
    return head + bytes((0, 0, len(macintosh))) + macintosh.ljust(67, b"\0") + after


#: Profiles with private content. Each key names the content and its place.
PRIVATE = {
    "private tag": with_tags((b"mmod", b"mmod\0\0\0\0" + SECRET)),
    "dictionary": with_tags((b"meta", b"dict\0\0\0\0" + SECRET)),
    "calibration date": with_tags((b"calt", b"dtim\0\0\0\0" + bytes(12))),
    "sequence of devices": with_tags((b"pseq", b"pseq\0\0\0\0" + SECRET)),
    "measured target": with_tags((b"targ", b"text\0\0\0\0" + SECRET)),
    "maker's name": with_tags((b"dmnd", text(SECRET))),
    "long text": with_tags((b"dmnd", b"text\0\0\0\0" + b"Apple" * 300)),
    "description": with_element(b"desc", localised(NAME)),
    "description of version 2": with_element(b"desc", description(SECRET)),
    "Macintosh description": with_element(b"desc", description(b"sRGB", macintosh=SECRET)),
    "after a description": with_element(b"desc", description(b"sRGB", after=SECRET)),
    "after a text": with_tags((b"dmnd", text(b"Apple") + SECRET)),
    "between the languages": with_element(b"desc", localised("sRGB") + SECRET),
    "copyright": with_element(b"cprt", text(b"Copyright " + SECRET)),
    "copyright of a known owner and another": with_element(b"cprt", localised(f"Copyright Apple Inc., 2017, {NAME}")),
    "locale": with_element(b"desc", localised("sRGB", b"jane")),
    "text in a colour tag": with_tags((b"lumi", b"text\0\0\0\0" + SECRET)),
    "unknown type in a colour tag": with_tags((b"gamt", b"name\0\0\0\0" + SECRET * 40)),
    "after a signature": with_tags((b"tech", b"sig \0\0\0\0dcam" + SECRET * 20)),
    "unknown signature": with_tags((b"tech", b"sig \0\0\0\0JANE" + SECRET)),
    "after a curve": with_element(b"rTRC", STANDARD[STANDARD.index(b"para") :][:32] + SECRET),
    "after the end": STANDARD + SECRET,
    "between the tags": with_tags((b"tech", b"sig \0\0\0\0dcam"))[:-12] + SECRET + b"sig \0\0\0\0dcam",
    "in the header": STANDARD[:100] + SECRET + STANDARD[100 + len(SECRET) :],
    "device model": STANDARD[:52] + b"Jane" + STANDARD[56:],
    "wrong profile ID": STANDARD[:84] + SECRET[:16] + STANDARD[100:],
    "tag outside the profile": with_tags((b"tech", b"sig \0\0\0\0dcam"))[:-4],
    "time of creation": STANDARD[:24] + struct.pack(">6H", 2023, 10, 5, 19, 23, 15) + STANDARD[36:],
}
