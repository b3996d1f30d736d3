"""The bytes of a WebP picture behind its coded data: in every part of every kind of picture, counted and cut off."""

import struct
from typing import Any

import pytest
from PIL import Image

from chalicelib.errors import CorruptImage
from chalicelib.imaging import metadata
from chalicelib.imaging.metadata import Kind
from chalicelib.imaging.metadata.webp import pictures
from chalicelib.imaging.metadata.webp.partitions import HEADER, read_partitions
from chalicelib.imaging.metadata.webp.pictures import PictureReader
from scripts.measuring import samples
from scripts.measuring.samples import SECRET, riff, riff_chunks
from tests.imaging.metadata.assert_clean import scrub

HIDDEN = SECRET * 3


def with_alpha() -> Image.Image:
    image = samples.draw((60, 40), "RGBA")
    image.putalpha(samples.draw((60, 40), "L"))
    return image


LOSSY = samples.encode(samples.draw((60, 40)), "WEBP")
LOSSLESS = samples.encode(samples.draw((60, 40)), "WEBP", lossless=True)
ALPHA = samples.encode(with_alpha(), "WEBP")
LOSSLESS_ALPHA = samples.encode(with_alpha(), "WEBP", lossless=True)


def behind(data: bytes, kind: bytes, hidden: bytes = HIDDEN) -> bytes:
    """Append bytes to the payload of the last chunk of a type."""
    chunks = riff_chunks(data)
    at = max(index for index, chunk in enumerate(chunks) if chunk[0] == kind)
    chunks[at] = (kind, chunks[at][1] + hidden)
    return riff(*chunks)


def behind_first_partition(data: bytes) -> bytes:
    chunks = riff_chunks(data)
    kind, coded = chunks[-1]
    first = read_partitions(coded).first
    tag = int.from_bytes(coded[:3], "little") & 0x1F | first + len(HIDDEN) << 5
    longer = tag.to_bytes(3, "little") + coded[3 : HEADER + first] + HIDDEN + coded[HEADER + first :]
    return riff(*chunks[:-1], (kind, longer))


def in_last_frame(data: bytes) -> bytes:
    chunks = riff_chunks(data)
    kind, frame = chunks[-1]
    ((inner, coded),) = riff_chunks(bytes(12) + frame[16:])
    return riff(*chunks[:-1], (kind, frame[:16] + riff((inner, coded + HIDDEN))[12:]))


PLACES = {
    "VP8": behind(LOSSY, b"VP8 "),
    "first partition of VP8": behind_first_partition(LOSSY),
    "VP8L": behind(LOSSLESS, b"VP8L"),
    "VP8L with alpha": behind(LOSSLESS_ALPHA, b"VP8L"),
    "ALPH": behind(ALPHA, b"ALPH"),
    "VP8 with ALPH": behind(ALPHA, b"VP8 "),
    "lossy frame": in_last_frame(samples.animation("WEBP")),
    "lossless frame": in_last_frame(samples.animation("WEBP", lossless=True)),
}


@pytest.mark.parametrize("place", PLACES)
def test_bytes_behind_the_coded_data_are_counted_and_cut(place: str) -> None:
    stripped = scrub(PLACES[place])
    (finding,) = [finding for finding in stripped.removed if finding.kind is Kind.PADDING]
    assert finding.summary == "bytes behind the end of the picture"
    assert len(HIDDEN) <= finding.size <= len(HIDDEN) + 4


@pytest.mark.parametrize("data", [LOSSY, LOSSLESS, ALPHA, LOSSLESS_ALPHA])
def test_a_picture_without_hidden_bytes_stays_as_it_is(data: bytes) -> None:
    assert scrub(data).data == data
    assert [picture.hidden for picture in PictureReader(data).read()] == [0]


def test_hidden_bytes_in_all_parts_at_once_are_cut() -> None:
    data = behind_first_partition(behind(behind(ALPHA, b"ALPH"), b"VP8 ", bytes(40_000)))
    stripped = scrub(data)
    assert len(stripped.data) < len(ALPHA) + 32


@pytest.mark.parametrize("options", [{"quality": 10}, {"quality": 100, "method": 6}, {"lossless": True, "method": 0}])
def test_the_coded_data_of_every_setting_fails_without_its_last_bytes(options: dict[str, Any]) -> None:
    for size in ((1, 1), (16, 16), (300, 7), (129, 200)):
        data = samples.encode(samples.draw(size), "WEBP", **options)
        assert scrub(data).data == data


def test_a_picture_that_cannot_be_decoded_is_rejected() -> None:
    ((kind, coded),) = riff_chunks(LOSSY)
    for read in (metadata.read, metadata.strip):
        with pytest.raises(CorruptImage) as raised:
            read(riff((kind, coded[:-20])))
        assert raised.value.code == "webp_picture"


def test_hidden_bytes_of_a_large_picture_are_told_and_rejected() -> None:
    data = behind(samples.encode(Image.new("RGB", (2_100, 2_000)), "WEBP"), b"VP8 ")
    (finding,) = metadata.inspect(data)
    assert (finding.kind, finding.size) == (Kind.PADDING, 16)
    with pytest.raises(CorruptImage) as raised:
        metadata.strip(data)
    assert raised.value.code == "metadata_left"


def test_a_picture_of_too_many_pixels_is_not_decoded() -> None:
    coded = b"\x2f" + struct.pack("<I", 8_000 | 8_000 << 14) + b"no picture"
    assert list(PictureReader(riff((b"VP8L", coded))).read()) == []


def test_frames_of_too_many_pixels_together_are_rejected_before_any_is_decoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pictures, "_BUDGET", 3 * 40 * 24)
    ((kind, coded),) = riff_chunks(LOSSY)
    for data in (samples.animation("WEBP"), riff((kind, coded[:-20]))):
        with pytest.raises(CorruptImage) as raised:
            metadata.read(data)
        assert raised.value.code == "webp_too_large"


def test_a_search_that_decodes_too_many_pixels_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "_BUDGET", 5 * 60 * 40)
    assert metadata.read(LOSSY).removable == ()
    with pytest.raises(CorruptImage) as raised:
        metadata.read(PLACES["VP8"])
    assert raised.value.code == "webp_too_large"
