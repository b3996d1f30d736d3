"""Places in a JPEG."""

from typing import Any

from scripts.measuring import samples
from scripts.measuring.samples import EXTENDED_PREFIX, XMP_PREFIX, draw, jpeg, segment
from tests.imaging.metadata.hiding_places import HIDDEN, Places

_SMALL: dict[str, Any] = {"image": draw((61, 45))}
_LARGE: dict[str, Any] = {"image": draw((900, 900)), "quality": 100, "subsampling": 0}
_LARGE_PROGRESSIVE: dict[str, Any] = {"image": draw((300, 300)), "quality": 95, "progressive": True}


def _behind(hidden: bytes = HIDDEN, **options: Any) -> bytes:
    """Put bytes behind the last block of the last scan."""
    data = jpeg(**options)
    return data[:-2] + hidden + data[-2:]


def _before_restart() -> bytes:
    data = jpeg(**_SMALL, restart_marker_blocks=2)
    return data.replace(b"\xff\xd0", HIDDEN + b"\xff\xd0", 1)


def _longer(marker: bytes) -> bytes:
    """Put bytes at the end of a segment of coding, with a length that counts them."""
    data = jpeg()
    at = data.index(marker)
    end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    size = (end - at - 2 + len(HIDDEN)).to_bytes(2, "big")
    return data[: at + 2] + size + data[at + 4 : end] + HIDDEN + data[end:]


def _short() -> bytes:
    """End a scan after a few bytes, so that the hidden ones count as its codes."""
    data = jpeg(**_SMALL)
    start = data.index(b"\xff\xda") + 14
    return data[: start + 5] + HIDDEN + data[-2:]


def _arithmetic() -> bytes:
    """Say that the scan has arithmetic coding, as few decoders read it."""
    return _behind(**_SMALL).replace(b"\xff\xc0\0\x11", b"\xff\xc9\0\x11")


PLACES: Places = {
    "EXIF": lambda: jpeg(segment(0xE1, b"Exif\0\0" + samples.rich_exif() + HIDDEN)),
    "XMP": lambda: jpeg(segment(0xE1, XMP_PREFIX + HIDDEN)),
    "extended XMP": lambda: jpeg(segment(0xE1, EXTENDED_PREFIX + HIDDEN)),
    "Photoshop resources": lambda: jpeg(segment(0xED, b"Photoshop 3.0\0" + HIDDEN)),
    "comment": lambda: jpeg(segment(0xFE, HIDDEN)),
    "unknown application segment": lambda: jpeg(segment(0xE9, HIDDEN)),
    "JUMBF": lambda: jpeg(segment(0xEB, b"JP" + HIDDEN)),
    "multi-picture index": lambda: jpeg(segment(0xE2, b"MPF\0" + HIDDEN)),
    "segment of a colour profile": lambda: jpeg(segment(0xE2, b"ICC_PROFILE\0\1\1" + HIDDEN)),
    "thumbnail of the JFIF header": lambda: jpeg(segment(0xE0, b"JFIF\0\1\2\0\0\1\0\1\7\3" + HIDDEN[:63])),
    "JFIF extension": lambda: jpeg(segment(0xE0, b"JFXX\0" + HIDDEN)),
    "end of the Adobe segment": lambda: jpeg(segment(0xEE, b"Adobe\0\x64\0\0\0\0\1" + HIDDEN)),
    "bytes between segments": lambda: jpeg(HIDDEN),
    "behind the end of image": lambda: jpeg(trailer=HIDDEN),
    "picture behind the end of image": lambda: jpeg(trailer=jpeg(segment(0xFE, HIDDEN))),
    "end of a quantisation table": lambda: _longer(b"\xff\xdb"),
    "end of a Huffman table": lambda: _longer(b"\xff\xc4"),
    "end of the frame header": lambda: _longer(b"\xff\xc0"),
    "end of the scan header": lambda: _longer(b"\xff\xda"),
    "end of the restart interval": lambda: jpeg(segment(0xDD, b"\0\0" + HIDDEN)),
    "second start of image": lambda: jpeg(b"\xff\xd8" + segment(0xFE, HIDDEN)),
    "segment between scans": lambda: jpeg(progressive=True).replace(
        b"\xff\xda", segment(0xFE, HIDDEN) + b"\xff\xda", 2
    ),
    "behind the last block of a small picture": lambda: _behind(**_SMALL),
    "behind the last block of a small progressive picture": lambda: _behind(**_SMALL, progressive=True),
    "in front of a restart marker": _before_restart,
    "behind a further restart marker": lambda: _behind(b"\xff\xd0" + HIDDEN, **_SMALL),
    "behind a reserved code": lambda: _behind(b"\xff\x02" + HIDDEN, **_SMALL),
    "last restart interval of a large picture": lambda: _behind(**_LARGE, restart_marker_blocks=4),
    "behind the last block of a large picture": lambda: _behind(**_LARGE),
    "behind the last block of a large picture: progressive": lambda: _behind(**_LARGE_PROGRESSIVE),
    "in place of the last blocks of a scan": _short,
    "behind the last block of an arithmetic-coded scan": _arithmetic,
    "tables that no scan uses": lambda: jpeg(segment(0xDB, b"\3" + HIDDEN)),
    "tables that no scan uses: Huffman": lambda: jpeg(
        segment(0xC4, b"\x13" + bytes([0] * 7 + [64] + [0] * 8) + HIDDEN)
    ),
}
