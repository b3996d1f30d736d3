"""Judges a colour profile: a published one stays whole, byte for byte; private tags, free text and hours are taken out.

Sources: ICC.1:2022, 7.2 (header), 7.3 (tag table), 9 (tags), 10 (tag types); ICC.1:2001-04 for tags of version 2.
Colours cannot change by a rewrite: what a colour engine reads stays where it is, the rest becomes zero.
"""

import struct
from dataclasses import dataclass, field
from typing import NamedTuple

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.findings import Finding, Kind
from chalicelib.imaging.metadata.icc.elements import Span, find_spans
from chalicelib.imaging.metadata.icc.header import SIZE, clean_header, is_readable
from chalicelib.imaging.metadata.icc.texts import neutral, tells_nothing

_TABLE = SIZE + 4
_IDENTITY = slice(84, 100)
#: Little CMS refuses a profile of more tags, so such a profile colours no picture.
_TAGS = 100
#: Tags of words that a published profile has: description, copyright, device, viewing conditions; dscm is Apple's.
_WORDS = frozenset(b"desc cprt dmnd dmdd vued scrd dscm".split())
#: Those that every profile must have (8.2): other words than known ones are replaced.
_NEEDED = frozenset({b"desc", b"cprt"})
#: The longest known text in thirty languages takes half of this.
_TEXT = 8192


class _Tag(NamedTuple):
    signature: bytes
    at: int
    size: int


@dataclass
class _Plan:
    """What stays: the tags, the bytes that they read, and new words; `whole` is false when a tag went or changed."""

    tags: list[_Tag] = field(default_factory=list)
    spans: set[Span] = field(default_factory=set)
    words: dict[int, bytes] = field(default_factory=dict)
    whole: bool = True


def inspect_profile(profile: bytes, where: str, size: int) -> tuple[Finding, ...]:
    """List the profile, `size` bytes in the file, and what in it is private, free text, an hour or hidden."""
    try:
        cleaned = clean_profile(profile)
    except CorruptImage:
        cleaned = b""
    if not cleaned:
        return (Finding(Kind.ICC, where, size, "ICC profile that cannot be read"),)
    if cleaned == profile:
        return (Finding(Kind.ICC, where, size, "standard ICC profile", allowed=True),)
    doubtful = len(profile) - len(cleaned) + _count_changes(profile[: len(cleaned)], cleaned)
    text = Finding(Kind.ICC_TEXT, where, doubtful, "private tags, free text, dates or hidden bytes in an ICC profile")
    return (Finding(Kind.ICC, where, size, "ICC profile with more than colours", allowed=True), text)


def clean_profile(profile: bytes) -> bytes:
    """Give the profile as it is when it is published, else with colours and known words alone; empty when unreadable.

    A profile that cannot be read colours no picture: colour engines refuse it too. Raises CorruptImage when it holds
    what cannot be judged, or more than its own length.
    """
    tags = _read_tags(profile)
    if tags is None:
        return b""
    (declared,) = struct.unpack_from(">I", profile)
    first = _TABLE + 12 * len(tags)
    data = profile[: max(declared, first)]
    plan = _plan(data, tags, first)
    # a hundred tags that all lie over the whole profile would cost a hundred profiles
    if sum(end - start for start, end in plan.spans) > len(data):
        raise CorruptImage("Elements of the colour profile lie over each other.", code="icc_elements")
    return _assemble(data, plan)


def _count_changes(old: bytes, new: bytes) -> int:
    changes = int.from_bytes(old) ^ int.from_bytes(new)
    return len(new) - changes.to_bytes(len(new)).count(0)


def _read_tags(profile: bytes) -> list[_Tag] | None:
    if len(profile) < _TABLE or not is_readable(profile[:SIZE]):
        return None
    (count,) = struct.unpack_from(">I", profile, SIZE)
    if count > _TAGS or _TABLE + 12 * count > len(profile):
        return None
    return [_Tag(*entry) for entry in struct.iter_unpack(">4sII", profile[_TABLE : _TABLE + 12 * count])]


def _plan(data: bytes, tags: list[_Tag], first: int) -> _Plan:
    """Judge each tag; of two alike the first counts, and new words are put only where no colours lie."""
    plan = _Plan()
    doubtful: list[_Tag] = []
    seen: set[bytes] = set()
    for tag in tags:
        is_inside = first <= tag.at and tag.size >= 8 and tag.at + tag.size <= len(data)
        if tag.signature in seen or not is_inside:
            plan.whole = False
        elif tag.signature in _WORDS:
            _plan_words(data, tag, plan, doubtful)
        else:
            _plan_colors(data, tag, plan)
        seen.add(tag.signature)
    for tag in doubtful:
        _replace_words(data, tag, plan)
    return plan


def _plan_words(data: bytes, tag: _Tag, plan: _Plan, doubtful: list[_Tag]) -> None:
    if tag.size <= _TEXT and tells_nothing(data[tag.at : tag.at + tag.size]):
        plan.tags.append(tag)
        plan.spans.add((tag.at, tag.at + tag.size))
    else:
        plan.whole = False
        doubtful.append(tag)


def _plan_colors(data: bytes, tag: _Tag, plan: _Plan) -> None:
    """Keep what engines read; a size that says too little is mended, since engines read on."""
    spans = find_spans(data, tag.signature, tag.at)
    if not spans:
        plan.whole = False
        return
    plan.tags.append(tag._replace(size=max(tag.size, max(end for _, end in spans) - tag.at)))
    plan.spans.update(spans)


def _replace_words(data: bytes, tag: _Tag, plan: _Plan) -> None:
    words = neutral(data[tag.at : tag.at + 4], tag.size) if tag.signature in _NEEDED else b""
    end = tag.at + len(words)
    used = [*plan.spans, *((at, at + len(new)) for at, new in plan.words.items() if at != tag.at)]
    if words and all(end <= start or stop <= tag.at for start, stop in used):
        plan.words[tag.at] = words
        plan.tags.append(tag)


def _assemble(data: bytes, plan: _Plan) -> bytes:
    """Write what stays in its place. A profile in which anything changed loses its ID and the zeros at its end."""
    new = bytearray(len(data))
    for start, end in plan.spans:
        new[start:end] = data[start:end]
    for at, words in plan.words.items():
        new[at : at + len(words)] = words
    table = b"".join(struct.pack(">4sII", tag.signature, tag.at, tag.size) for tag in plan.tags)
    new[SIZE : _TABLE + len(table)] = struct.pack(">I", len(plan.tags)) + table
    new[:SIZE] = clean_header(data, published=plan.whole)
    new[:4] = struct.pack(">I", len(data))
    if new != data:
        del new[max([_TABLE, *(tag.at + tag.size + 3 & ~3 for tag in plan.tags)]) :]
        new[:4] = struct.pack(">I", len(new))
        new[_IDENTITY] = bytes(16)
    return bytes(new)
