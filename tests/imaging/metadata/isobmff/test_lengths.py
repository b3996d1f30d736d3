"""AVIF and HEIC: nothing hides behind brands, properties and tables, and what moves no pixel stays in its place."""

import struct
from dataclasses import dataclass, replace

import pytest

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata import isobmff
from scripts.measuring.heif_factory import HeifFile, Piece, av1_picture, box, full_box, ispe
from scripts.measuring.heif_samples import EXIF_ITEM, avif_file, heic_file
from tests.imaging.metadata.assert_clean import kinds
from tests.imaging.metadata.isobmff.test_scrub import assert_clean, pixels

SECRET = b"SECRET Jane Doe!"
ALPHA = b"urn:mpeg:hevc:2015:auxid:1\0"
PROPERTIES = {
    "colour of an unknown kind": box(b"colr", b"zzzz", SECRET),
    "pasp": box(b"pasp", struct.pack(">II", 1, 1), SECRET),
    "clli": box(b"clli", bytes(4), SECRET),
    "bit rate": box(b"btrt", SECRET),
    "uncC": box(b"uncC", SECRET),
    "cmpd": box(b"cmpd", SECRET),
    "ndwt": full_box(b"ndwt", bytes(4), SECRET),
    "pixi": full_box(b"pixi", b"\3\x08\x08\x08", SECRET),
    "a1lx": box(b"a1lx", bytes(7), SECRET),
    "cclv": box(b"cclv", b"\x1c", bytes(12), SECRET),
    "rref": full_box(b"rref", b"\1thmb", SECRET),
}


def with_property(extra: bytes, *, used: bool = True) -> bytes:
    whole = avif_file()
    picture = replace(whole.pieces[0], properties=(1, 2, 3, 4, 5) if used else (1, 2, 3, 4))
    return replace(whole, pieces=(picture,), properties=(*whole.properties, extra)).build()


@pytest.mark.parametrize("used", [True, False])
@pytest.mark.parametrize("name", PROPERTIES)
def test_nothing_hides_behind_a_property(name: str, used: bool) -> None:
    data = with_property(PROPERTIES[name], used=used)
    clean = assert_clean(data, SECRET)
    assert pixels(clean) == pixels(data)
    assert len(clean) == len(data)


def test_a_property_that_no_picture_has_goes() -> None:
    clean = assert_clean(with_property(box(b"pasp", SECRET[:8]), used=False), b"pasp")
    assert len(clean) == len(with_property(box(b"pasp", SECRET[:8]), used=False))


@pytest.mark.parametrize("tail", [box(b"irot", b"\0", SECRET), box(b"hvcC", bytes(23), SECRET)])
def test_bytes_behind_a_turn_and_behind_parameter_sets_are_zeroed(tail: bytes) -> None:
    picture = Piece(b"hvc1", b"coded picture", properties=(1, 2))
    assert_clean(HeifFile((picture,), (ispe(64, 48), tail)).build(), SECRET)


def test_parameter_sets_stay() -> None:
    sets = box(b"hvcC", bytes(22), b"\1\xa0", struct.pack(">HH", 1, 9), b"parameter")
    picture = Piece(b"hvc1", b"coded picture", properties=(1, 2))
    assert sets in assert_clean(HeifFile((picture,), (ispe(64, 48), sets)).build())


@pytest.mark.parametrize("message", [b"", b"\x4e\x01\xa5\x04\0\0\0\0"])
def test_an_alpha_plane_keeps_what_it_says_of_itself(message: bytes) -> None:
    auxiliary = full_box(b"auxC", ALPHA + message)
    assert auxiliary in assert_clean(auxiliary_file(auxiliary))


@pytest.mark.parametrize("urn", [ALPHA + SECRET, SECRET + b":auxid:1\0", SECRET * 30])
def test_an_auxiliary_picture_says_nothing_else(urn: bytes) -> None:
    assert_clean(auxiliary_file(full_box(b"auxC", urn)), SECRET)


def auxiliary_file(auxiliary: bytes) -> bytes:
    plane = Piece(b"hvc1", b"alpha plane", properties=(1, 2), hidden=True)
    return heic_file(plane, properties=(ispe(64, 48), auxiliary), references=((b"auxl", 2, 1),))


def with_brands(*brands: bytes, version: bytes = bytes(4)) -> bytes:
    """Build a HEIC whose first box is as long as that of another with as many brands."""
    plain = heic_file(before_data=box(b"free", bytes(4 * len(brands))))
    return box(b"ftyp", b"heic", version, b"mif1", b"heic", *brands) + plain[24:].replace(
        box(b"free", bytes(4 * len(brands))), box(b"free")
    )


def test_unknown_brands_give_way_to_a_known_one() -> None:
    data = with_brands(b"tmap", b"SECR", b"MiHE", b"ETJa", version=b"Jane")
    clean = assert_clean(data, b"Jane", b"ETJa")
    assert clean[:40] == box(b"ftyp", b"heic", bytes(4), b"mif1", b"heic", b"tmap", b"heic", b"MiHE", b"heic")
    assert len(clean) == len(data)


def test_a_file_without_a_known_brand_is_refused() -> None:
    with pytest.raises(CorruptImage, match="brand"):
        isobmff.strip(b"\0\0\0\x0eftypheicab" + heic_file()[24:])


@dataclass(frozen=True)
class Slack(HeifFile):
    """A file with bytes in its tables that no field owns; `table` names the one."""

    table: str = ""

    def _entry(self, number: int, piece: Piece) -> bytes:
        return super()._entry(number, piece) + (box(b"uuid", SECRET) if self.table == "iinf" else b"")

    def _associations(self) -> bytes:
        return box(b"ipma", super()._associations()[8:], SECRET if self.table == "ipma" else b"")

    def _locations(self, start: int) -> bytes:
        found = super()._locations(start)
        if self.table == "place of no item":
            row = struct.pack(">HHHH", 99, 0, 0, 2) + SECRET
            return found[:2] + struct.pack(">H", len(self.pieces) + 1) + found[4:] + row
        return found + (SECRET if self.table == "iloc" else b"")


@pytest.mark.parametrize("table", ["iinf", "ipma", "iloc", "place of no item"])
def test_nothing_hides_in_the_tables(table: str) -> None:
    coded, properties = av1_picture()
    picture = Piece(b"av01", coded, b"\0", (1, 2, 3, 4))
    data = Slack((picture,), properties, brand=b"avif", essential=3, table=table).build()
    assert kinds(data)
    assert pixels(assert_clean(data, SECRET)) == pixels(data)


@pytest.mark.parametrize("reference", [(b"SECR", 1, 2), (b"cdsc", 2, 0x4A61), (b"cdsc", 0x4A61, 1)])
def test_references_name_items_and_are_of_a_known_kind(reference: tuple[bytes, int, int]) -> None:
    data = avif_file(EXIF_ITEM, references=(reference,)).build()
    clean = assert_clean(data, b"SECR")
    assert pixels(clean) == pixels(data)
    assert b"\x4a\x61" not in clean[clean.index(b"iref") : clean.index(b"iprp")]
