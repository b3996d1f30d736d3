"""Fonts for tests: the built-in font with other letters in its table of characters (OpenType, cmap)."""

import struct
from pathlib import Path

from chalicelib.imaging import typefaces

_DATA = (Path(typefaces.__file__).parent / "fonts" / "OpenSans-Regular.ttf").read_bytes()
#: The glyph of `A` in the built-in font.
_GLYPH_OF_A = 36


def font_with(letters: str) -> bytes:
    """Return a font that has a blank and these letters, which look like A, B, C and so on, and no others."""
    return _replace_table(
        _DATA, b"cmap", _characters({" ": 3} | {each: _GLYPH_OF_A + n for n, each in enumerate(letters)})
    )


def font_with_huge_letters(letters: str) -> bytes:
    """Return a font whose letters are 32 times as wide as its lines are high (OpenType, hmtx)."""
    metrics = bytearray(_table(_DATA, b"hmtx"))
    for at in range(0, 4 * (_GLYPH_OF_A + len(letters)), 4):
        metrics[at : at + 2] = b"\xff\xff"
    return _replace_table(font_with(letters), b"hmtx", bytes(metrics))


def font_with_blank_for_missing(letters: str) -> bytes:
    """Return a font whose glyph for missing letters, the first one, has no outline (OpenType, loca)."""
    loca = _table(_DATA, b"loca")
    return _replace_table(font_with(letters), b"loca", loca[2:4] + loca[2:])


def _characters(glyphs: dict[str, int]) -> bytes:
    """Write a cmap with one subtable of format 12, which names each character with its glyph."""
    groups = b"".join(struct.pack(">3I", ord(each), ord(each), glyphs[each]) for each in sorted(glyphs))
    subtable = struct.pack(">HHIII", 12, 0, 16 + len(groups), 0, len(glyphs)) + groups
    return struct.pack(">HHHHI", 0, 1, 3, 10, 12) + subtable


def _tables(data: bytes) -> list[tuple[bytes, int, int]]:
    """Return name, offset and length of each table."""
    (count,) = struct.unpack_from(">H", data, 4)
    entries = (struct.unpack_from(">4sIII", data, 12 + 16 * number) for number in range(count))
    return [(name, offset, length) for name, _, offset, length in entries]


def _table(data: bytes, wanted: bytes) -> bytes:
    return next(data[offset : offset + length] for name, offset, length in _tables(data) if name == wanted)


def _replace_table(data: bytes, wanted: bytes, content: bytes) -> bytes:
    """Append the new content, and let the directory of the tables name it."""
    data += bytes(-len(data) % 4)
    directory = b"".join(
        struct.pack(">4sIII", name, 0, len(data), len(content))
        if name == wanted
        else struct.pack(">4sIII", name, 0, offset, length)
        for name, offset, length in _tables(data)
    )
    return data[:12] + directory + data[12 + len(directory) :] + content
