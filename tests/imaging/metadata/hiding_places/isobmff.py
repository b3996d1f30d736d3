"""Places in an AVIF and a HEIC."""

from dataclasses import replace

from scripts.measuring.heif_files import (
    EXIF_ITEM,
    HeifItem,
    av1_picture,
    avif_file,
    box,
    full_box,
    heic_file,
    ispe,
    sequence,
)
from tests.imaging.metadata.hiding_places import HIDDEN, Places


def _picture(hidden: bytes) -> bytes:
    """Build an AVIF with bytes at the end of the picture's extent."""
    whole = avif_file()
    return replace(whole, items=(replace(whole.items[0], data=av1_picture()[0] + hidden),)).build()


def _longer_samples() -> tuple[bytes, bytes]:
    """Return the box of the samples of a sequence, and one that is longer."""
    return box(b"mdat", b"\x01" * 100), box(b"mdat", b"\x01" * 100 + HIDDEN)


def _item(data: bytes) -> HeifItem:
    return HeifItem(b"hvc1", data, properties=(1, 2))


def _property(payload: bytes) -> bytes:
    whole = avif_file()
    return replace(whole, properties=(*whole.properties, payload)).build()


def _nal(kind: int, payload: bytes) -> bytes:
    """Return a unit of HEVC with its length (ISO/IEC 14496-15)."""
    unit = bytes([kind << 1, 1]) + payload
    return len(unit).to_bytes(4, "big") + unit


#: An hvcC box without parameter sets, but with an array of SEI units (39).
_HVCC = b"\1\1\x60\0\0\0\x90\0\0\0\0\0\x5a\xf0\0\xfc\xfd\xf8\xf8\0\0\x0f\1\x27\0\1"
_SEI = bytes([39 << 1, 1]) + HIDDEN

PLACES: Places = {
    "EXIF item": lambda: avif_file(replace(EXIF_ITEM, data=EXIF_ITEM.data + HIDDEN)).build(),
    "XMP item": lambda: avif_file(HeifItem(b"mime", HIDDEN, b"\0application/rdf+xml\0")).build(),
    "unknown item": lambda: avif_file(HeifItem(b"abcd", HIDDEN)).build(),
    "name of an item": lambda: avif_file(replace(EXIF_ITEM, text=HIDDEN + b"\0")).build(),
    "name of the handler": lambda: avif_file(handler=b"\0\0\0\0pict" + bytes(12) + HIDDEN + b"\0").build(),
    "unknown box of the metadata": lambda: avif_file(in_meta=(box(b"uuid", HIDDEN),)).build(),
    "item data that no item has": lambda: avif_file(in_meta=(box(b"idat", HIDDEN),)).build(),
    "unknown box": lambda: avif_file(before_data=box(b"uuid", HIDDEN)).build(),
    "free space": lambda: avif_file(before_data=box(b"free", HIDDEN)).build(),
    "media data that no item has": lambda: avif_file(hidden_data=HIDDEN).build(),
    "behind the last box": lambda: avif_file(after=HIDDEN).build(),
    "box behind the picture": lambda: avif_file(after=box(b"uuid", HIDDEN)).build(),
    "property that no picture has": lambda: _property(box(b"abcd", HIDDEN)),
    "user description": lambda: _property(full_box(b"udes", HIDDEN)),
    "end of a property": lambda: heic_file(properties=(box(b"ispe", ispe(64, 48)[8:], HIDDEN),)),
    "compatible brands": lambda: avif_file(brand=b"avif" + HIDDEN).build(),
    "media data that no sample has": lambda: sequence().replace(*_longer_samples()),
    "units of metadata in the coded picture": lambda: heic_file(
        items=(HeifItem(b"hvc1", _nal(39, HIDDEN) + _nal(19, bytes(9)), properties=(1,)),)
    ),
    "units of metadata in the coded picture: hvcC": lambda: heic_file(
        items=(_item(_nal(19, bytes(9))),),
        properties=(ispe(64, 48), box(b"hvcC", _HVCC + len(_SEI).to_bytes(2, "big") + _SEI)),
    ),
    "units of metadata in the coded picture: AV1": lambda: _picture(b"\x2a" + bytes([len(HIDDEN)]) + HIDDEN),
    "behind the last block of the coded picture": lambda: _picture(HIDDEN),
    "behind the last block of the coded picture: HEVC": lambda: heic_file(
        items=(HeifItem(b"hvc1", _nal(19, bytes(9) + HIDDEN), properties=(1,)),)
    ),
}
