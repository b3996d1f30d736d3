"""HDR gain maps in HEIF stay, whatever their name is; their parameters and names can hold nothing else."""

import struct

import pytest

from chalicelib.errors import CorruptImage, UnsupportedFormat
from chalicelib.imaging import metadata
from chalicelib.imaging.metadata import isobmff
from chalicelib.imaging.metadata.findings import Kind
from scripts.measuring.heif_files import HeifItem, box, full_box, heic_file, ispe
from tests.imaging.metadata.isobmff.checks import assert_clean

ISO = b"urn:iso:std:iso:ts:21496:-1"
SAMSUNG = b"urn:com:samsung:photo:2024:aux:hdrgainmap"
APPLE = b"urn:com:apple:photo:2020:aux:hdrgainmap"
FIELDS = struct.pack(">IIII", 0, 1, 1, 1) + struct.pack(">iIiIIIiIiI", 0, 1, 1, 1, 1, 1, 1, 64, 1, 64)
TONE_MAP = b"\0\0\0\0\0\x40" + FIELDS
DERIVED = ((b"auxl", 2, 1), (b"dimg", 3, 1), (b"dimg", 3, 2))


def hdr_file(
    urn: bytes, tone_map: bytes = TONE_MAP, *more: HeifItem, after_name: bytes = b"", **changes: object
) -> bytes:
    """Build a HEIC with a gain map of this name and a `tmap` item that derives from picture and gain map."""
    gain_map = HeifItem(b"hvc1", b"gain map", properties=(1, 2), hidden=True)
    properties = (ispe(64, 48), full_box(b"auxC", urn + b"\0" + after_name))
    derived = HeifItem(b"tmap", tone_map, properties=(1,))
    group = box(b"grpl", full_box(b"altr", struct.pack(">IIII", 9, 2, 3, 1)))
    defaults = {"properties": properties, "references": DERIVED, "essential": 2, "in_meta": (group,)}
    return heic_file(gain_map, derived, *more, **(defaults | changes))


@pytest.mark.parametrize("urn", [ISO, SAMSUNG, APPLE])
def test_a_gain_map_of_a_known_name_stays_as_it_is(urn: bytes) -> None:
    clean = assert_clean(hdr_file(urn))
    assert all(part in clean for part in (b"gain map", urn + b"\0", TONE_MAP, b"tmap"))


@pytest.mark.parametrize("urn", [ISO, SAMSUNG, APPLE])
def test_a_gain_map_of_a_known_name_stays_without_a_tone_map(urn: bytes) -> None:
    plane = HeifItem(b"hvc1", b"gain map", properties=(2,), hidden=True)
    properties = (ispe(64, 48), full_box(b"auxC", urn + b"\0"))
    assert b"gain map" in assert_clean(heic_file(plane, properties=properties, references=((b"auxl", 2, 1),)))


@pytest.mark.parametrize("urn", [b"urn:com:SECRET:photo:2031:aux:gain", b"urn:SECRET", b"SECRET" * 40, b""])
def test_another_name_is_replaced_and_the_gain_map_stays(urn: bytes) -> None:
    data = hdr_file(urn)
    clean = assert_clean(data)
    assert len(clean) == len(data)
    assert b"gain map" in clean
    assert b"auxC\0\0\0\0" + ISO[: len(urn)] in clean


def test_bytes_after_the_name_are_removed() -> None:
    assert b"gain map" in assert_clean(hdr_file(SAMSUNG, after_name=b"SECRET"))


def test_the_report_names_what_is_kept_and_removed() -> None:
    depth = HeifItem(b"hvc1", b"SECRET depth", properties=(3,), hidden=True)
    other = HeifItem(b"hvc1", b"SECRET view", hidden=True)
    names = (ispe(64, 48), full_box(b"auxC", SAMSUNG + b"\0"), full_box(b"auxC", b"urn:mpeg:hevc:2015:auxid:2\0"))
    video = box(b"mpvd", b"SECRET film")
    links = (*DERIVED, (b"auxl", 4, 1))
    data = hdr_file(SAMSUNG, TONE_MAP, depth, other, properties=names, references=links, after=video)
    stripped = metadata.strip(data)
    assert {finding.kind for finding in stripped.kept} == {Kind.GAIN_MAP}
    assert sum(finding.size for finding in stripped.kept) == len(b"gain map") + len(TONE_MAP)
    assert {Kind.DEPTH_MAP, Kind.VIEW, Kind.VIDEO} <= {finding.kind for finding in stripped.removed}
    assert b"SECRET" not in stripped.data


@pytest.mark.parametrize(
    "tone_map",
    [
        TONE_MAP + b"SECRET words after the parameters",
        TONE_MAP[:5] + b"\x7f" + TONE_MAP[6:] + b"SECRET",
        TONE_MAP[:14] + struct.pack(">II", 0x12345678, 0x12345678) + TONE_MAP[22:],
    ],
)
def test_parameters_are_written_in_one_form(tone_map: bytes) -> None:
    clean = assert_clean(hdr_file(SAMSUNG, tone_map))
    expected = TONE_MAP[:5] + bytes([tone_map[5] & 0x44]) + TONE_MAP[6:]
    assert expected + bytes(len(tone_map) - len(expected)) in clean


@pytest.mark.parametrize("tone_map", [b"", b"\1" + TONE_MAP[1:], TONE_MAP[:-1], b"SECRET" * 20, bytes(1 << 17)])
def test_parameters_of_an_unknown_form_are_rejected(tone_map: bytes) -> None:
    with pytest.raises(UnsupportedFormat) as raised:
        isobmff.strip(hdr_file(SAMSUNG, tone_map))
    assert raised.value.code == "gain_map"


def test_parameters_that_share_bytes_with_the_picture_are_rejected() -> None:
    data = hdr_file(SAMSUNG)
    at = data.rindex(struct.pack(">II", data.index(TONE_MAP), len(TONE_MAP)))
    start = data.index(b"coded picture")
    moved = data[:at] + struct.pack(">II", start, len(TONE_MAP)) + data[at + 8 :]
    moved = moved.replace(b"coded picturegain map" + TONE_MAP, TONE_MAP + b"coded picturegain map")
    with pytest.raises(CorruptImage) as raised:
        isobmff.strip(moved)
    assert raised.value.code == "item_overlap"


def test_the_gain_map_of_a_tone_map_that_is_not_shown_goes() -> None:
    links = ((b"dimg", 3, 1), (b"dimg", 3, 2))
    data = hdr_file(b"urn:x", TONE_MAP, in_meta=(), references=(*links, (b"thmb", 3, 1), (b"auxl", 2, 1)))
    assert b"gain map" not in assert_clean(data, TONE_MAP)
