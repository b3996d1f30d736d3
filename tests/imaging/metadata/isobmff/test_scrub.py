"""AVIF and HEIC: metadata is emptied in place, pictures and timing stay to the last byte."""

import io
import struct
from dataclasses import replace

import pytest
from PIL import Image, ImageCms, ImageOps

from chalicelib.errors import UnsupportedFormat
from chalicelib.imaging.metadata import isobmff
from chalicelib.imaging.metadata.findings import Kind
from scripts.measuring.factory import srgb_profile
from scripts.measuring.heif_factory import HeifFile, Piece, box, full_box, ispe
from scripts.measuring.heif_samples import EXIF_ITEM, XMP_ITEM, animation, avif_file, heic_file


def pixels(data: bytes) -> list[tuple[tuple[int, int], str, bytes, object]]:
    with Image.open(io.BytesIO(data)) as image:
        frames = []
        for index in range(getattr(image, "n_frames", 1)):
            image.seek(index)
            shown = ImageOps.exif_transpose(image)
            frames.append((shown.size, shown.mode, shown.tobytes(), image.info.get("duration")))
        return frames


def assert_clean(data: bytes, *secrets: bytes) -> bytes:
    stripped = isobmff.strip(data)
    assert [finding for finding in isobmff.read(stripped.data).findings if not finding.allowed] == []
    assert all(secret not in stripped.data for secret in (b"SECRET", *secrets))
    assert isobmff.read(stripped.data).size == stripped.size == isobmff.read(data).size
    return stripped.data


def test_every_kind_of_item_is_emptied_and_the_picture_stays() -> None:
    c2pa = Piece(b"mime", b"SECRET manifest", b"\0application/c2pa\0")
    link = Piece(b"uri ", b"SECRET data", b"\0https://SECRET\0")
    data = avif_file(EXIF_ITEM, XMP_ITEM, c2pa, link, references=((b"cdsc", 2, 1), (b"cdsc", 3, 1))).build()
    clean = assert_clean(data)
    assert pixels(clean) == pixels(data)
    assert len(clean) == len(data)
    kinds = {finding.kind for finding in isobmff.read(data).findings if not finding.allowed}
    assert {Kind.EXIF, Kind.GPS, Kind.XMP, Kind.C2PA, Kind.UNKNOWN, Kind.TEXT} <= kinds


def test_no_finding_echoes_what_it_found() -> None:
    data = avif_file(EXIF_ITEM, XMP_ITEM).build()
    assert "SECRET" not in repr(isobmff.read(data).findings)


def test_thumbnail_goes_with_its_reference() -> None:
    data = avif_file(Piece(b"av01", b"SECRET uncropped", hidden=True), references=((b"thmb", 2, 1),)).build()
    clean = assert_clean(data, b"thmb")
    assert pixels(clean) == pixels(data)
    assert Kind.THUMBNAIL in {finding.kind for finding in isobmff.strip(data).removed}


@pytest.mark.parametrize("urn", [b"urn:com:apple:photo:2020:aux:hdrgainmap", b"urn:mpeg:hevc:2015:auxid:1"])
def test_alpha_and_gain_map_stay(urn: bytes) -> None:
    gain = Piece(b"hvc1", b"gain map", properties=(2,), hidden=True)
    properties = (ispe(64, 48), full_box(b"auxC", urn + b"\0"))
    data = heic_file(gain, properties=properties, references=((b"auxl", 2, 1),))
    assert b"gain map" in assert_clean(data)


@pytest.mark.parametrize("urn", [b"urn:mpeg:hevc:2015:auxid:2", b"urn:com:apple:photo:2018:aux:portraiteffectsmatte"])
def test_depth_maps_and_mattes_go(urn: bytes) -> None:
    depth = Piece(b"hvc1", b"SECRET depth", properties=(2,))
    properties = (ispe(64, 48), full_box(b"auxC", urn + b"\0"))
    assert_clean(heic_file(depth, properties=properties, references=((b"auxl", 2, 1),)))


def test_tiles_of_a_grid_stay() -> None:
    pieces = (
        Piece(b"grid", b"\0\0\0\0\0\x40\0\x30", properties=(1,), in_idat=True),
        Piece(b"hvc1", b"a tile", hidden=True),
    )
    data = HeifFile(pieces, (ispe(64, 48),), ((b"dimg", 1, 2),)).build()
    assert b"a tile" in assert_clean(data)


def test_names_and_handlers_are_zeroed() -> None:
    clean = assert_clean(avif_file().build())
    assert b"appl" not in clean


@pytest.mark.parametrize("kind", [b"udes", b"altt", b"crtt", b"cmin", b"uuid", b"zzzz"])
def test_telling_and_unknown_properties_become_free_space(kind: bytes) -> None:
    whole = avif_file()
    picture = replace(whole.pieces[0], properties=(1, 2, 3, 4, 5))
    data = replace(
        whole, pieces=(picture,), properties=(*whole.properties, full_box(kind, b"SECRET" * 4, b"\0"))
    ).build()
    assert pixels(assert_clean(data)) == pixels(data)


def test_unknown_essential_property_is_refused() -> None:
    whole = HeifFile((Piece(b"hvc1", b"x", properties=(1, 2)),), (ispe(1, 1), full_box(b"zzzz", b"?")), essential=2)
    with pytest.raises(UnsupportedFormat, match="property"):
        isobmff.strip(whole.build())


def test_telling_essential_property_goes_and_is_essential_no_more() -> None:
    whole = HeifFile(
        (Piece(b"hvc1", b"x", properties=(1, 2)),), (ispe(1, 1), full_box(b"udes", b"SECRET")), essential=2
    )
    clean = assert_clean(whole.build())
    assert clean[clean.index(b"ipma") + 15 :][:2] == b"\x01\x02"


@pytest.mark.parametrize("kind", [b"uuid", b"jumb", b"free", b"skip", b"mpvd", b"udta"])
def test_foreign_boxes_before_the_data_become_free_space(kind: bytes) -> None:
    data = avif_file(before_data=box(kind, b"SECRET" * 20)).build()
    clean = assert_clean(data)
    assert pixels(clean) == pixels(data)
    assert len(clean) == len(data)


@pytest.mark.parametrize("tail", [box(b"sefd", b"SECRET"), b"SECRET", b"SE", b"\xff" * 40, box(b"uuid", bytes(40))])
def test_trailer_is_cut_off(tail: bytes) -> None:
    whole = avif_file()
    data = replace(whole, after=tail).build()
    assert assert_clean(data) == assert_clean(whole.build())
    assert Kind.TRAILER in {finding.kind for finding in isobmff.read(data).findings}


def test_bytes_that_no_item_reaches_are_zeroed() -> None:
    data = avif_file(hidden_data=b"SECRET" * 9).build()
    assert pixels(assert_clean(data)) == pixels(data)


def test_xml_boxes_and_unknown_groups_go() -> None:
    in_meta = (full_box(b"xml ", b"<SECRET/>"), box(b"grpl", full_box(b"albc", b"SECRETSECRET")))
    assert_clean(avif_file(in_meta=in_meta).build())


def test_calibrated_profile_loses_its_text_in_place() -> None:
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + b"SECRET" * 10)
    struct.pack_into(">I", profile, 0, len(profile))
    whole = avif_file()
    colour = box(b"colr", b"prof", bytes(profile))
    picture = replace(whole.pieces[0], properties=(1, 2, 3, 4, 5))
    data = replace(whole, pieces=(picture,), properties=(*whole.properties, colour)).build()
    clean = assert_clean(data)
    assert pixels(clean) == pixels(data)
    with Image.open(io.BytesIO(clean)) as image:
        assert ImageCms.getOpenProfile(io.BytesIO(image.info["icc_profile"])).profile.xcolor_space == "RGB "


def test_standard_profile_stays_whole() -> None:
    profile = srgb_profile()
    buffer = io.BytesIO()
    Image.new("RGB", (20, 10), "teal").save(buffer, "AVIF", icc_profile=profile)
    assert profile in assert_clean(buffer.getvalue())


@pytest.mark.parametrize("orientation", range(1, 9))
def test_picture_stands_the_same_way_up(orientation: int) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    exif[272] = "SECRET model"
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((64, 48)).convert("RGB").save(buffer, "AVIF", exif=exif, speed=10)
    assert pixels(assert_clean(buffer.getvalue())) == pixels(buffer.getvalue())


def test_animation_keeps_frames_and_timing_and_loses_dates() -> None:
    data = animation()
    clean = assert_clean(data, b"AOM")
    assert pixels(clean) == pixels(data)
    assert len(pixels(clean)) == 3
    assert Kind.TIMESTAMP in {finding.kind for finding in isobmff.strip(data).removed}


def test_foreign_track_is_emptied() -> None:
    sound = box(b"trak", box(b"mdia", full_box(b"hdlr", b"\0\0\0\0soun", bytes(12), b"SECRET\0")))
    data = heic_file(before_data=box(b"moov", sound))
    assert_clean(data)
