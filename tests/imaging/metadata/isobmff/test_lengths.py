"""Lengths of properties: bytes after the fields of a property are zeroed, and its fields stay."""

import struct

import pytest

from chalicelib.imaging.metadata.isobmff.boxes import Box
from chalicelib.imaging.metadata.isobmff.lengths import measure, read_urn
from scripts.measuring.heif_files import HeifFile, HeifItem, box, full_box, heic_file, ispe
from tests.imaging.metadata.isobmff.checks import assert_clean, pixels
from tests.imaging.metadata.isobmff.test_properties import with_property

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
#: The fields of each property, without anything after them.
LENGTHS = {
    "colr of nclx": (box(b"colr", b"nclx"), 11),
    "colr of nclc": (box(b"colr", b"nclc"), 10),
    "colr of another kind": (box(b"colr", b"zzzz"), 0),
    "pixi of three channels": (full_box(b"pixi", b"\3"), 8),
    "pixi with further fields": (full_box(b"pixi", b"\3", flags=1), 14),
    "a1lx of 16 bits": (box(b"a1lx", b"\0"), 7),
    "a1lx of 32 bits": (box(b"a1lx", b"\1"), 13),
    "cclv of nothing": (box(b"cclv", b"\0"), 1),
    "cclv of everything": (box(b"cclv", b"\x3c"), 37),
    "rref of two types": (full_box(b"rref", b"\2"), 13),
    "auxC of an unknown type": (full_box(b"auxC", b"urn:x\0"), 0),
}


@pytest.mark.parametrize("name", LENGTHS)
def test_a_length_follows_the_specification(name: str) -> None:
    data, length = LENGTHS[name]
    assert measure(data, Box(data[4:8], 0, 8, len(data))) == length


def test_a_urn_ends_at_its_zero_and_is_limited() -> None:
    data = full_box(b"auxC", ALPHA, SECRET)
    assert read_urn(data, Box(b"auxC", 0, 8, len(data))) == ALPHA[:-1]
    endless = full_box(b"auxC", b"u" * 9_000)
    assert len(read_urn(endless, Box(b"auxC", 0, 8, len(endless)))) < 256


@pytest.mark.parametrize("used", [True, False])
@pytest.mark.parametrize("name", PROPERTIES)
def test_bytes_behind_a_property_are_zeroed(name: str, used: bool) -> None:
    data = with_property(PROPERTIES[name], used=used)
    clean = assert_clean(data, SECRET)
    assert pixels(clean) == pixels(data)
    assert len(clean) == len(data)


@pytest.mark.parametrize("tail", [box(b"irot", b"\0", SECRET), box(b"hvcC", bytes(23), SECRET)])
def test_bytes_behind_a_rotation_and_behind_parameter_sets_are_zeroed(tail: bytes) -> None:
    picture = HeifItem(b"hvc1", b"coded picture", properties=(1, 2))
    assert_clean(HeifFile((picture,), (ispe(64, 48), tail)).build(), SECRET)


def test_parameter_sets_stay() -> None:
    sets = box(b"hvcC", bytes(22), b"\1\xa0", struct.pack(">HH", 1, 9), b"parameter")
    picture = HeifItem(b"hvc1", b"coded picture", properties=(1, 2))
    assert sets in assert_clean(HeifFile((picture,), (ispe(64, 48), sets)).build())


def auxiliary_file(auxiliary: bytes) -> bytes:
    plane = HeifItem(b"hvc1", b"alpha plane", properties=(1, 2), hidden=True)
    return heic_file(plane, properties=(ispe(64, 48), auxiliary), references=((b"auxl", 2, 1),))


@pytest.mark.parametrize("message", [b"", b"\x4e\x01\xa5\x04\0\0\0\0"])
def test_an_alpha_plane_keeps_its_alpha_message(message: bytes) -> None:
    auxiliary = full_box(b"auxC", ALPHA + message)
    assert auxiliary in assert_clean(auxiliary_file(auxiliary))


@pytest.mark.parametrize(
    "urn", [ALPHA + SECRET, ALPHA + b"\x4e\x01\xa5" + SECRET[:14], SECRET + b":auxid:1\0", SECRET * 30]
)
def test_other_text_in_an_auxiliary_picture_is_removed(urn: bytes) -> None:
    assert_clean(auxiliary_file(full_box(b"auxC", urn)), SECRET)
