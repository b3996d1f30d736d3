"""JPEG streams inside other files: metadata is removed, and all that decodes the picture is kept."""

import io

import pytest
from PIL import Image

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.jpeg.streams import clean_jpeg
from scripts.measuring import samples
from scripts.measuring.samples import SECRET, segment

SCAN = segment(0xDA, b"\1\1\0\0\x3f\0") + b"\1\xff\0\xff\xd0\2"
TABLES = b"\xff\xd8" + segment(0xDB, bytes(65)) + b"\xff\xd9"


@pytest.mark.parametrize(
    "stream",
    [
        samples.jpeg(),
        samples.jpeg(progressive=True),
        samples.jpeg(image=samples.draw(mode="CMYK")),
        TABLES,
        b"\xff\xd8" + SCAN + b"\xff\xd9",
    ],
)
def test_a_clean_stream_is_returned_as_the_same_object(stream: bytes) -> None:
    assert clean_jpeg(stream) is stream


@pytest.mark.parametrize("marker", [0xE1, 0xE2, 0xED, 0xEF, 0xFE, 0xEE, 0xE0])
def test_application_segments_and_comments_are_removed(marker: int) -> None:
    assert clean_jpeg(samples.jpeg(segment(marker, SECRET))) == samples.jpeg()


def test_bytes_after_the_end_of_the_stream_are_removed() -> None:
    assert clean_jpeg(samples.jpeg(trailer=SECRET)) == samples.jpeg()


def test_a_comment_before_a_scan_is_removed() -> None:
    stream = b"\xff\xd8" + segment(0xFE, SECRET) + SCAN + b"\xff\xd9"
    assert clean_jpeg(stream) == b"\xff\xd8" + SCAN + b"\xff\xd9"


def test_the_jfif_thumbnail_is_removed_and_the_density_is_kept() -> None:
    clean = samples.jpeg(dpi=(300, 300))
    thumbnail = segment(0xE0, clean[6:18] + b"\2\2" + bytes(12) + SECRET)
    assert clean_jpeg(clean[:2] + thumbnail + clean[20:]) == clean


def test_an_adobe_segment_is_cut_to_twelve_bytes() -> None:
    clean = samples.jpeg(image=samples.draw(mode="CMYK"))
    at = clean.index(b"Adobe") - 4
    longer = clean[:at] + segment(0xEE, clean[at + 4 : at + 16] + SECRET) + clean[at + 16 :]
    assert clean_jpeg(longer) == clean


def test_the_pixels_of_a_cleaned_stream_do_not_change() -> None:
    stream = samples.jpeg(segment(0xE1, SECRET), progressive=True, trailer=SECRET)
    with Image.open(io.BytesIO(stream)) as before, Image.open(io.BytesIO(clean_jpeg(stream))) as after:
        assert before.tobytes() == after.tobytes()


@pytest.mark.parametrize(
    ("stream", "code"),
    [
        (b"", "jpeg_stream"),
        (SECRET, "jpeg_stream"),
        (b"\xff\xd8" + SECRET, "jpeg_stream"),
        (b"\xff\xd8\xff\xff", "jpeg_stream"),
        (b"\xff\xd8\xff\xdb\0\1", "jpeg_stream"),
        (samples.jpeg()[:40], "jpeg_stream"),
        (b"\xff\xd8" + segment(0xDB, bytes(65) + SECRET), "jpeg_table_length"),
    ],
)
def test_a_stream_that_is_cut_short_or_hides_bytes_is_rejected(stream: bytes, code: str) -> None:
    with pytest.raises(CorruptImage) as raised:
        clean_jpeg(stream)
    assert raised.value.code == code
