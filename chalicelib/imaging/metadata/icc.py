"""Judges a colour profile: a standard one stays whole, byte for byte; private tags and free text are taken out.

Sources: ICC.1:2022, 7.2 (header), 7.3 (tag table), 9 (tags), 10 (tag types); ICC.1:2001-04 for tags of version 2.
Colours cannot change by a rewrite, since each tag that a colour engine reads is copied as it is.
"""

import struct
from dataclasses import dataclass

from chalicelib.imaging.metadata.findings import Finding, Kind

_HEADER = 128
_TABLE = _HEADER + 4
#: From here on the header is zero (7.2.19).
_RESERVED = 100
#: Little CMS refuses a profile of more tags, so such a profile colours no picture.
_TAGS = 100
#: The longest description in a camera's or vendor's profile, in thirty languages, takes half of this.
_TEXT = 4096
#: Tags of numbers alone (9.2); their elements are of fixed size, at most three numbers a channel.
_SMALL = frozenset(b"wtpt bkpt rXYZ gXYZ bXYZ lumi chad chrm meas view tech ciis rig0 rig2 cicp".split())
_COLOR = frozenset(
    b"rTRC gTRC bTRC kTRC A2B0 A2B1 A2B2 A2B3 B2A0 B2A1 B2A2 B2A3 D2B0 D2B1 D2B2 D2B3 B2D0 B2D1 B2D2 B2D3 "
    b"gamt pre0 pre1 pre2 clro clrt clot ncl2 resp pseq psd0 psd1 psd2 psd3 crdi scrn bfd".split()
)
#: Tags of text that a standard profile has: description, copyright, device, viewing conditions; dscm is Apple's.
_WORDS = frozenset(b"desc cprt dmnd dmdd vued scrd targ dscm".split())
_WORDY_TYPES = frozenset({b"text", b"desc", b"mluc", b"dict", b"dtim", b"data", b"utf8", b"zut8", b"zxml"})
_SMALL_SIZE = 256
#: A profile that is mended gets this date (1 January 2000): when a screen was calibrated is nobody's business.
_DATE = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class _Tag:
    signature: bytes
    at: int
    size: int


def inspect_profile(profile: bytes, where: str, size: int) -> tuple[Finding, ...]:
    """List the profile, `size` bytes in the file, and what in it is private, free text or hidden: that must go."""
    tags = _read_tags(profile)
    if tags is None:
        return (Finding(Kind.ICC, where, size, "ICC profile that cannot be read"),)
    if _is_standard(profile, tags):
        return (Finding(Kind.ICC, where, size, "standard ICC profile", allowed=True),)
    doubtful = len(profile) - sum(tag.size for tag in tags if _is_known(profile, tag))
    text = Finding(Kind.ICC_TEXT, where, max(doubtful, 0), "private tags, free text or hidden bytes in an ICC profile")
    return (Finding(Kind.ICC, where, size, "ICC profile with more than colours", allowed=True), text)


def clean_profile(profile: bytes) -> bytes:
    """Give the profile as it is when it is standard, else rewritten with known tags alone; empty when it is unreadable.

    A profile that cannot be read colours no picture: colour engines refuse it too.
    """
    tags = _read_tags(profile)
    if tags is None or _is_standard(profile, tags):
        return b"" if tags is None else profile
    (declared,) = struct.unpack_from(">I", profile)
    if declared < len(profile) and _is_standard(profile[:declared], tags):
        return profile[:declared]
    known = [tag for tag in tags if _is_known(profile, tag)]
    # a hundred tags that all lie over the whole profile would make a hundred profiles of it
    is_bomb = sum(size for _, size in {(tag.at, tag.size) for tag in known}) > len(profile)
    return b"" if is_bomb else _rewrite(profile, known)


def _read_tags(profile: bytes) -> list[_Tag] | None:
    if len(profile) < _TABLE or profile[36:40] != b"acsp":
        return None
    (count,) = struct.unpack_from(">I", profile, _HEADER)
    if count > _TAGS or _TABLE + 12 * count > len(profile):
        return None
    return [_Tag(*entry) for entry in struct.iter_unpack(">4sII", profile[_TABLE : _TABLE + 12 * count])]


def _is_standard(profile: bytes, tags: list[_Tag]) -> bool:
    (declared,) = struct.unpack_from(">I", profile)
    if declared != len(profile) or any(profile[_RESERVED:_HEADER]):
        return False
    return all(_is_known(profile, tag) for tag in tags) and _hides_nothing(profile, tags)


def _is_known(profile: bytes, tag: _Tag) -> bool:
    if tag.at < _TABLE or tag.size < 8 or tag.at + tag.size > len(profile):
        return False
    is_wordy = profile[tag.at : tag.at + 4] in _WORDY_TYPES
    if tag.signature in _WORDS:
        return tag.size <= _TEXT
    return not is_wordy and (tag.signature in _COLOR or (tag.signature in _SMALL and tag.size <= _SMALL_SIZE))


def _hides_nothing(profile: bytes, tags: list[_Tag]) -> bool:
    """Tell whether no bytes lie outside of the tags, besides the header and padding to four bytes (7.3.1)."""
    end = _TABLE + 12 * len(tags)
    for tag in sorted(tags, key=lambda tag: tag.at):
        if tag.at - end > 3 and any(profile[end : tag.at]):
            return False
        end = max(end, tag.at + tag.size)
    return len(profile) - end <= 3 or not any(profile[end:])


def _rewrite(profile: bytes, tags: list[_Tag]) -> bytes:
    """Lay the tags out anew: elements that several tags share stay shared, and the profile ID says "none" (7.2.18)."""
    places: dict[tuple[int, int], int] = {}
    elements = bytearray()
    table = bytearray(struct.pack(">I", len(tags)))
    first = _TABLE + 12 * len(tags)
    for tag in tags:
        place = (tag.at, tag.size)
        if place not in places:
            places[place] = first + len(elements)
            elements += profile[tag.at : tag.at + tag.size] + bytes(-tag.size % 4)
        table += struct.pack(">4sII", tag.signature, places[place], tag.size)
    header = profile[4:24] + _DATE + profile[36:84]
    size = struct.pack(">I", first + len(elements))
    return size + header + bytes(_HEADER - 84) + bytes(table) + bytes(elements)
