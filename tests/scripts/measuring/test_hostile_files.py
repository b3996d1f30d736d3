"""Hostile files: each has as many parts as its count says, so that a limit is tested at its edge."""

import pytest

from chalicelib.imaging.metadata.isobmff.boxes import BoxWalker
from scripts.measuring.hostile_files import KINDS, REFUSED

ALL = {**KINDS, **{f"refused: {name}": kind for name, kind in REFUSED.items()}}
#: Their size does not follow the count: it is compressed.
COMPRESSED = {"packed packets", "refused: a packed profile"}
PARTS = {
    "markers": b"\xff\xe7\0\2\xff\xdd\0\4\0\0",
    "scans": b"\xff\xda\0\x08\1\1\0\0\x3f\0",
    "segments of a profile": b"ICC_PROFILE\0",
    "blocks of EXIF": b"Exif\0\0",
    "chunks": b"abCd",
    "packed packets": b"zTXtXML",
    "graphic controls": b"!\xf9\4\0\0\0\0\0",
    "chunks of a WebP": b"abcd\0\0\0\0",
    "pages": b"\7\0\0\1\3\0\1\0\0\0",
    "boxes of a track": b"uuidx",
}


@pytest.mark.parametrize("name", sorted(set(ALL) - COMPRESSED))
def test_the_size_grows_with_the_count(name: str) -> None:
    make, count = ALL[name]
    step = count // 4
    sizes = [len(make(step * times)) for times in (1, 2, 3)]
    assert sizes[2] - sizes[1] == pytest.approx(sizes[1] - sizes[0], rel=0.05)
    assert sizes[1] - sizes[0] >= step


@pytest.mark.parametrize("name", PARTS)
def test_a_file_has_as_many_parts_as_its_count(name: str) -> None:
    make, count = KINDS[name]
    assert make(count // 4).count(PARTS[name]) == count // 4


@pytest.mark.parametrize("kind", [b"infe", b"ispe"])
def test_a_heic_has_as_many_items_or_properties_as_its_count(kind: bytes) -> None:
    name, others = ("items", 1) if kind == b"infe" else ("properties", 0)
    data = KINDS[name][0](500)
    walker = BoxWalker(data)
    (meta,) = [box for box in walker.walk_file() if box.kind == b"meta"]
    assert data[meta.start : meta.end].count(kind) == 500 + others


@pytest.mark.parametrize("name", sorted(set(KINDS) - COMPRESSED))
def test_an_accepted_file_is_large(name: str) -> None:
    make, count = KINDS[name]
    assert len(make(count)) > 30_000
