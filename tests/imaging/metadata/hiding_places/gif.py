"""Places in a GIF."""

import struct

from chalicelib.imaging.gif_header import sub_blocks as ranges
from chalicelib.imaging.metadata.gif.blocks import Part, walk
from scripts.measuring.samples import animation, extension, gif
from tests.imaging.metadata.gif.builders import Code, codes_of, pack, sub_blocks
from tests.imaging.metadata.hiding_places import HIDDEN, Places

_NUMBERS = [256, *range(100)]


def _image(stream: bytes, table: bytes = b"") -> bytes:
    """Return an image of 10 x 10 pixels, with a colour table of its own if there is one."""
    flags = 0x80 | (len(table) // 3).bit_length() - 2 if table else 0
    return b"," + struct.pack("<HHHHB", 0, 0, 10, 10, flags) + table + b"\x08" + stream


def _file(*images: bytes, table: bytes = b"") -> bytes:
    flags = 0x80 | (len(table) // 3).bit_length() - 2 if table else 0
    return b"GIF89a" + struct.pack("<HHBBB", 10, 10, flags, 0, 0) + table + b"".join(images) + b";"


def _codes(*numbers: int) -> bytes:
    return bytes(pack(codes_of([*_NUMBERS, *numbers], 8)))


def _full(*behind: Code) -> bytes:
    """Return codes of a full picture, and further ones that are whole bytes."""
    return bytes(pack([*codes_of(_NUMBERS, 8), *behind]))


def _second_frame() -> bytes:
    data = animation("GIF")
    block = [each for each in walk(data) if each.type is Part.IMAGE][-1]
    stream = b"".join(data[start:end] for start, end in ranges(data, block.payload_start))
    return data[: block.payload_start] + sub_blocks(stream + HIDDEN) + data[block.end :]


_TABLE = HIDDEN + bytes(768 - len(HIDDEN))

PLACES: Places = {
    "comment": lambda: gif(extension(0xFE, HIDDEN)),
    "plain text": lambda: gif(extension(0x01, bytes(12), HIDDEN)),
    "application block": lambda: gif(extension(0xFF, b"MYCOMPANY01", HIDDEN)),
    "XMP": lambda: gif(b"\x21\xff\x0bXMP DataXMP" + HIDDEN + b"\1" + bytes(range(255, -1, -1)) + b"\0"),
    "colour profile": lambda: gif(extension(0xFF, b"ICCRGBG1012", HIDDEN)),
    "unknown extension": lambda: gif(extension(0x42, HIDDEN)),
    "end of a graphic control": lambda: gif(extension(0xF9, bytes(4) + HIDDEN)),
    "further sub-block of a graphic control": lambda: gif(extension(0xF9, bytes(4), HIDDEN)),
    "further sub-block of the loop": lambda: gif(extension(0xFF, b"NETSCAPE2.0", b"\1\0\0", HIDDEN)),
    "bytes between blocks": lambda: gif(HIDDEN),
    "behind the trailer": lambda: gif(trailer=HIDDEN),
    "behind the end code": lambda: _file(_image(sub_blocks(_codes(257) + HIDDEN))),
    "sub-block of its own behind the end code": lambda: _file(
        _image(sub_blocks(_codes(257))[:-1] + sub_blocks(HIDDEN))
    ),
    "behind an early end code": lambda: _file(_image(sub_blocks(bytes(pack(codes_of([256, 1, 257], 8))) + HIDDEN))),
    "behind a full picture without an end code": lambda: _file(_image(sub_blocks(_full() + HIDDEN))),
    "codes behind a full picture": lambda: _file(_image(sub_blocks(_full(Code(1, 3), *(Code(b, 8) for b in HIDDEN))))),
    "behind a code that is not in the table": lambda: _file(
        _image(sub_blocks(bytes(pack(codes_of([256, 511], 8))) + HIDDEN))
    ),
    "behind the end code of a further frame": _second_frame,
    "colours of a table that no pixel has": lambda: _file(_image(sub_blocks(_codes(257))), table=_TABLE),
    "colours of a table that no pixel has: local": lambda: _file(_image(sub_blocks(_codes(257)), _TABLE)),
}
