"""HDR JPEG files: both pictures are scrubbed and readers find the gain map again, or it is lost by name."""

import io
import struct
from contextlib import suppress

import pytest
from hypothesis import given, settings
from PIL import Image

from chalicelib.errors import CorruptImage
from chalicelib.imaging import metadata
from chalicelib.imaging.metadata import jpeg
from chalicelib.imaging.metadata.findings import Kind, Sanitized
from chalicelib.imaging.metadata.jpeg import gain_map as gain_maps
from scripts.measuring import samples
from scripts.measuring.samples import SECRET, segment
from tests.imaging.colour.made import decoded
from tests.imaging.metadata.assert_clean import CHANGES, CUTS, kinds, survive
from tests.imaging.metadata.jpeg.builders import (
    APPLE,
    HDRGM,
    ISO,
    ISO_PREFIX,
    directory,
    gain_map,
    packet,
    ultra_hdr,
    with_index,
)

EXIF = segment(0xE1, b"Exif\0\0" + samples.rich_exif(6))
ISO_SEGMENT = segment(0xE2, ISO_PREFIX + ISO)
VIDEO = b"\0\0\0\x18ftypmp42" + SECRET


def pixels(data: bytes) -> list[tuple[tuple[int, int], bytes]]:
    """Decode the picture and the gain map, which the index of the file names."""
    second = gain_maps.find_gain_map(data, gain_maps.read_header(data))
    assert second is not None
    parts = data[: second.span.at], data[second.span.at : second.span.end]
    images = [Image.open(io.BytesIO(part)) for part in parts]
    return [(image.size, image.tobytes()) for image in images]


def scrub_hdr(data: bytes) -> Sanitized:
    """Strip a file. Assert that both pictures stay, no metadata is left, and a second strip changes nothing."""
    stripped = metadata.strip(data)
    assert pixels(stripped.data) == pixels(data)
    assert SECRET not in stripped.data
    assert kinds(stripped.data) == set()
    assert metadata.strip(stripped.data).data == stripped.data
    assert Kind.GAIN_MAP in {finding.kind for finding in stripped.kept}
    assert set(stripped.removed) == {finding for finding in metadata.inspect(data) if not finding.allowed}
    return stripped


def values(data: bytes) -> gain_maps.GainMapValues:
    found = gain_maps.find_gain_map(data, gain_maps.read_header(data))
    assert found is not None
    return found.values


FILES = {
    "Ultra HDR": ultra_hdr(),
    "Ultra HDR in colour": ultra_hdr(second=gain_map(packet(HDRGM), mode="RGB")),
    "little-endian index": ultra_hdr(order="<"),
    "with EXIF": ultra_hdr(EXIF),
    "Ultra HDR and ISO": ultra_hdr(segment(0xE2, ISO_PREFIX + bytes(4)), second=gain_map(packet(HDRGM), ISO_SEGMENT)),
    "ISO": with_index(samples.jpeg(segment(0xE2, ISO_PREFIX + bytes(4))), gain_map(ISO_SEGMENT)),
    "Adobe": with_index(samples.jpeg(packet(b'hdrgm:Version="1.0"'), EXIF), gain_map(packet(HDRGM))),
    "Apple": with_index(samples.jpeg(EXIF), gain_map(packet(elements=APPLE), EXIF)),
    "after a preview": with_index(samples.jpeg(packet(b'hdrgm:Version="1.0"')), gain_map(), gain_map(packet(HDRGM))),
    "before a video": ultra_hdr() + VIDEO,
    "after a gap": ultra_hdr(between=SECRET),
    "bytes after its end": ultra_hdr(second=gain_map(packet(HDRGM)) + SECRET),
}


@pytest.mark.parametrize("name", FILES)
def test_picture_and_gain_map_stay(name: str) -> None:
    stripped = scrub_hdr(FILES[name])
    assert values(stripped.data) == values(FILES[name])
    assert stripped.size == (40, 24)


def test_a_directory_without_an_index_is_followed() -> None:
    second = gain_map(packet(HDRGM))
    said = packet(b'hdrgm:Version="1.0"', directory((b"MotionPhoto", 5), (b"GainMap", len(second))))
    scrub_hdr(samples.jpeg(said) + b"video" + second)


def test_each_picture_keeps_its_own_orientation_and_profile() -> None:
    profile = segment(0xE2, b"ICC_PROFILE\0\1\1" + samples.srgb_profile())
    stripped = scrub_hdr(ultra_hdr(EXIF, profile, second=gain_map(packet(HDRGM), profile)))
    assert stripped.data.count(samples.srgb_profile()) == 2
    found = {(finding.kind, finding.where) for finding in stripped.kept}
    assert {(Kind.ORIENTATION, "APP1"), (Kind.ICC, "APP2"), (Kind.ICC, "gain map APP2")} <= found


def test_the_metadata_of_the_gain_map_is_reported_by_its_place() -> None:
    removed = metadata.strip(ultra_hdr()).removed
    assert {(finding.kind, finding.where) for finding in removed} == {
        (Kind.XMP, "APP1"),
        (Kind.MPF, "APP2"),
        (Kind.XMP, "gain map APP1"),
        (Kind.COMMENT, "gain map COM"),
    }


def test_videos_depth_maps_and_further_views_are_named_and_removed() -> None:
    depth = gain_map(packet(elements=b"<apdi:AuxiliaryImageType>urn:com:apple:photo:2018:aux:depth"))
    said = samples.jpeg(packet(b'hdrgm:Version="1.0"'))
    stripped = scrub_hdr(with_index(said, gain_map(), gain_map(packet(HDRGM)), depth) + VIDEO)
    assert {Kind.VIEW, Kind.DEPTH_MAP, Kind.TRAILER} <= {finding.kind for finding in stripped.removed}
    assert Kind.VIDEO in kinds(FILES["before a video"])


def test_a_depth_map_of_the_index_is_named_without_a_gain_map() -> None:
    data = with_index(samples.jpeg(), gain_map(), kind=0x020002)
    assert {Kind.DEPTH_MAP, Kind.VIEW} <= kinds(data)
    assert metadata.strip(data).data == samples.jpeg()


def broken_index(change: int) -> bytes:
    data = bytearray(ultra_hdr())
    at = data.index(b"MPF\0") + 4 + 50 + 16 + 8
    offset = int.from_bytes(data[at : at + 4], "big")
    data[at : at + 4] = struct.pack(">I", (offset + change) % (1 << 32))
    return bytes(data)


SECOND = gain_map(packet(HDRGM))
LOST = {
    "the index points after the gain map": broken_index(7),
    "the index points before the gain map": broken_index(-7),
    "the index points to the first picture": broken_index(-len(ultra_hdr())),
    "the index points outside the file": broken_index(1 << 30),
    "the index is cut": ultra_hdr().replace(b"MPF\0MM\0*", b"MPF\0MM\0+"),
    "a part of the gain map is missing": ultra_hdr()[:-40] + SECOND[-2:],
    "the gain map is missing": samples.jpeg(packet(b'hdrgm:Version="1.0"', directory((b"GainMap", 500)))),
    "the gain map has a second start": ultra_hdr(second=SECOND[:-2] + SECOND),
    "the parameters are missing": ultra_hdr(second=gain_map()),
    "a required parameter is missing": ultra_hdr(second=gain_map(packet(HDRGM.replace(b"GainMapMax", b"Another")))),
    "a parameter is out of range": ultra_hdr(second=gain_map(packet(HDRGM.replace(b'"3"', b'"300"')))),
    "Apple's gain map has a second start": with_index(samples.jpeg(), gain_map(packet(elements=APPLE))[:-2] + SECOND),
}


@pytest.mark.parametrize("name", LOST)
def test_a_gain_map_that_cannot_be_found_or_read_is_lost_by_name(name: str) -> None:
    data = LOST[name]
    assert Kind.GAIN_MAP_LOST in kinds(data)
    stripped = metadata.strip(data)
    assert Kind.GAIN_MAP_LOST.value == "gain map lost"
    assert Kind.GAIN_MAP_LOST in {finding.kind for finding in stripped.removed}
    assert stripped.data == samples.jpeg()


@pytest.mark.parametrize("between", [b"", b"\xff\xd8\xff\xd9"])
@pytest.mark.parametrize("missing", [1, 2, 40, 600])
def test_a_file_that_is_cut_in_its_gain_map_is_cut(missing: int, between: bytes) -> None:
    """Else an upload that is cut would lose its HDR, and its client would not know why."""
    data = ultra_hdr(between=between)[:-missing]
    for read in (metadata.read, metadata.strip, decoded):
        with pytest.raises(CorruptImage) as failure:
            read(data)
        assert failure.value.code == "truncated_image"


def test_a_gain_map_behind_a_broken_picture_does_not_help_it() -> None:
    data = ultra_hdr()
    start = data.rindex(b"\xff\xd8\xff")
    with pytest.raises(CorruptImage):
        metadata.strip(data[: start - 40])


CLEAN = metadata.strip(ultra_hdr(EXIF, segment(0xE2, ISO_PREFIX), second=gain_map(packet(HDRGM), ISO_SEGMENT))).data


def test_no_byte_of_the_gain_map_segments_is_free() -> None:
    """Change each byte of the segments: the proof fails, or the new byte is part of a parameter."""
    second = CLEAN.rindex(b"\xff\xd8\xff")
    starts = [CLEAN.index(b"http://ns.adobe.com/xap"), CLEAN.index(b"http://ns.adobe.com/xap", second)]
    ends = [CLEAN.index(b"MPF\0") + 86, CLEAN.index(ISO_PREFIX, second) + len(ISO_PREFIX) + 61]
    free = 0
    for start, end in zip(starts, ends, strict=True):
        for at in range(start, end):
            changed = CLEAN[:at] + bytes([CLEAN[at] ^ 0x11]) + CLEAN[at + 1 :]
            with suppress(CorruptImage):
                free += not jpeg.read(changed).removable
    parameters = 56 + 8 * 5
    assert free <= parameters


@pytest.mark.parametrize(
    "hidden",
    [
        CLEAN + SECRET,
        CLEAN.replace(b"</rdf:RDF>", b"<!--" + SECRET + b"--></rdf:RDF>"),
        CLEAN[: CLEAN.rindex(b"\xff\xd8\xff")] + SECRET + CLEAN[CLEAN.rindex(b"\xff\xd8\xff") :],
        CLEAN[:-2] + segment(0xFE, SECRET) + CLEAN[-2:],
        CLEAN[:2] + segment(0xE2, b"MPF\0" + SECRET) + CLEAN[2:],
        CLEAN[:2] + segment(0xE1, samples.XMP_PREFIX + SECRET) + CLEAN[2:],
    ],
)
def test_bytes_that_hide_beside_the_gain_map_are_found_and_removed(hidden: bytes) -> None:
    assert jpeg.read(hidden).removable
    assert SECRET not in metadata.strip(hidden).data


def test_an_index_of_many_pictures_is_read_in_part() -> None:
    data = with_index(samples.jpeg(packet(b'hdrgm:Version="1.0"')), *[gain_map()] * 20, gain_map(packet(HDRGM)))
    assert Kind.GAIN_MAP_LOST in kinds(data)


@settings(max_examples=60, deadline=None)
@given(changes=CHANGES, cut=CUTS)
def test_a_damaged_hdr_file_is_rejected_or_cleaned(changes: list[tuple[int, int]], cut: int) -> None:
    survive(FILES["Ultra HDR and ISO"], changes, cut)
    survive(FILES["Apple"], changes, cut)
    survive(CLEAN, changes, cut)
