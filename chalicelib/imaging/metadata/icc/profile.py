"""Clean an ICC profile: a published one is kept byte for byte; private tags, free text and times are removed.

Sources: ICC.1:2022, 7.2 (header), 7.3 (tag table), 9 (tags), 10 (tag types); ICC.1:2001-04 for tags of version 2.
Colours never change: the bytes that a colour engine reads keep their value and offset. All others become zero.
"""

import struct
from dataclasses import dataclass, field
from typing import NamedTuple

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.findings import Finding, Kind
from chalicelib.imaging.metadata.icc.elements import Range, find_ranges
from chalicelib.imaging.metadata.icc.header import SIZE, clean_header, is_readable
from chalicelib.imaging.metadata.icc.texts import is_known_element, neutral_element

_TABLE = SIZE + 4
_PROFILE_ID = slice(84, 100)
#: Little CMS refuses a profile with more tags, so such a profile does not change any colour.
_MAX_TAGS = 100
#: Text tags of published profiles: description, copyright, device, viewing conditions. dscm is Apple's.
_TEXT_TAGS = frozenset(b"desc cprt dmnd dmdd vued scrd dscm".split())
#: Text tags that every profile must have (8.2). An unknown text in them is replaced, not removed.
_REQUIRED_TEXT_TAGS = frozenset({b"desc", b"cprt"})
#: The longest known text in thirty languages takes half of this.
_MAX_TEXT_SIZE = 8192


class _Tag(NamedTuple):
    signature: bytes
    at: int
    size: int


@dataclass
class _Kept:
    """What is kept: tags, the byte ranges that they use, and neutral texts by their offset.

    `complete` is false when a tag was removed or changed.
    """

    tags: list[_Tag] = field(default_factory=list)
    ranges: set[Range] = field(default_factory=set)
    texts: dict[int, bytes] = field(default_factory=dict)
    complete: bool = True


def inspect_profile(profile: bytes, where: str, size: int, cleaned: bytes | None = None) -> tuple[Finding, ...]:
    """Return the findings of a profile that takes `size` bytes in the file: itself, and its private content.

    `cleaned` is the result of `clean_profile`, if the caller has it already.
    """
    try:
        cleaned = clean_profile(profile) if cleaned is None else cleaned
    except CorruptImage:
        cleaned = b""
    if not cleaned:
        return (Finding(Kind.ICC, where, size, "ICC profile that cannot be read"),)
    if cleaned == profile:
        return (Finding(Kind.ICC, where, size, "standard ICC profile", allowed=True),)
    removed = len(profile) - len(cleaned) + _count_changes(profile[: len(cleaned)], cleaned)
    text = Finding(Kind.ICC_TEXT, where, removed, "private tags, free text, dates or hidden bytes in an ICC profile")
    return (Finding(Kind.ICC, where, size, "ICC profile with more than colours", allowed=True), text)


def clean_profile(profile: bytes) -> bytes:
    """Return the profile with only its colours and known texts; the same bytes for a published profile.

    Returns b"" when it cannot be read: colour engines refuse such a profile too. Raises CorruptImage when it has
    elements that cannot be checked, or that overlap and are together longer than the profile.
    """
    tags = _read_tags(profile)
    if tags is None:
        return b""
    (declared,) = struct.unpack_from(">I", profile)
    first = _TABLE + 12 * len(tags)
    data = profile[: max(declared, first)]
    kept = _select(data, tags, first)
    # A hundred tags that all use the whole profile would cost a hundred copies of it
    if sum(end - start for start, end in kept.ranges) > len(data):
        raise CorruptImage("Elements of the colour profile overlap.", code="icc_elements")
    return _assemble(data, kept)


def _count_changes(old: bytes, new: bytes) -> int:
    changes = int.from_bytes(old) ^ int.from_bytes(new)
    return len(new) - changes.to_bytes(len(new)).count(0)


def _read_tags(profile: bytes) -> list[_Tag] | None:
    if len(profile) < _TABLE or not is_readable(profile[:SIZE]):
        return None
    (count,) = struct.unpack_from(">I", profile, SIZE)
    if count > _MAX_TAGS or _TABLE + 12 * count > len(profile):
        return None
    return [_Tag(*entry) for entry in struct.iter_unpack(">4sII", profile[_TABLE : _TABLE + 12 * count])]


def _select(data: bytes, tags: list[_Tag], first: int) -> _Kept:
    """Choose what to keep. The first tag of each signature counts, as in colour engines.

    Neutral texts come last, so that they are written only where no kept tag has bytes.
    """
    kept = _Kept()
    unknown_texts: list[_Tag] = []
    seen: set[bytes] = set()
    for tag in tags:
        is_inside = first <= tag.at and tag.size >= 8 and tag.at + tag.size <= len(data)
        if tag.signature in seen or not is_inside:
            kept.complete = False
        elif tag.signature in _TEXT_TAGS:
            _select_text(data, tag, kept, unknown_texts)
        else:
            _select_colours(data, tag, kept)
        seen.add(tag.signature)
    for tag in unknown_texts:
        _replace_text(data, tag, kept)
    # In the order of the profile: a second cleaning finds a neutral text known, and must not move it.
    order = [tag.signature for tag in tags]
    kept.tags.sort(key=lambda tag: order.index(tag.signature))
    return kept


def _select_text(data: bytes, tag: _Tag, kept: _Kept, unknown_texts: list[_Tag]) -> None:
    if tag.size <= _MAX_TEXT_SIZE and is_known_element(data[tag.at : tag.at + tag.size]):
        kept.tags.append(tag)
        kept.ranges.add((tag.at, tag.at + tag.size))
    else:
        kept.complete = False
        unknown_texts.append(tag)


def _select_colours(data: bytes, tag: _Tag, kept: _Kept) -> None:
    """Keep the bytes that colour engines read. They read beyond a declared size that is too small, so correct it."""
    ranges = find_ranges(data, tag.signature, tag.at)
    if not ranges:
        kept.complete = False
        return
    kept.tags.append(tag._replace(size=max(tag.size, max(end for _, end in ranges) - tag.at)))
    kept.ranges.update(ranges)


def _replace_text(data: bytes, tag: _Tag, kept: _Kept) -> None:
    text = neutral_element(data[tag.at : tag.at + 4], tag.size) if tag.signature in _REQUIRED_TEXT_TAGS else b""
    end = tag.at + len(text)
    used = [*kept.ranges, *((at, at + len(new)) for at, new in kept.texts.items() if at != tag.at)]
    if text and all(end <= start or stop <= tag.at for start, stop in used):
        kept.texts[tag.at] = text
        kept.tags.append(tag)


def _assemble(data: bytes, kept: _Kept) -> bytes:
    """Write what is kept at its old offset. A profile that changes loses its ID and what follows its last tag."""
    new = bytearray(len(data))
    for start, end in kept.ranges:
        new[start:end] = data[start:end]
    for at, text in kept.texts.items():
        new[at : at + len(text)] = text
    table = b"".join(struct.pack(">4sII", tag.signature, tag.at, tag.size) for tag in kept.tags)
    new[SIZE : _TABLE + len(table)] = struct.pack(">I", len(kept.tags)) + table
    new[:SIZE] = clean_header(data, published=kept.complete)
    new[:4] = struct.pack(">I", len(data))
    if new != data:
        del new[max([_TABLE, *(tag.at + tag.size + 3 & ~3 for tag in kept.tags)]) :]
        new[:4] = struct.pack(">I", len(new))
        new[_PROFILE_ID] = bytes(16)
    return bytes(new)
