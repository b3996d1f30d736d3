"""A scrub keeps the values that the caller names, and the proof refuses anything else, in every container."""

import io
from collections.abc import Collection

import pytest
from PIL import Image, ImageChops

from chalicelib.errors import CorruptImage, UnsupportedFormat
from chalicelib.imaging import metadata
from chalicelib.imaging.keep import Keep
from chalicelib.imaging.metadata.credit import check, strip_keeping
from chalicelib.imaging.metadata.credit.insert import Inserted, insert
from chalicelib.imaging.metadata.details import Topic, read_details
from scripts.measuring import samples
from tests.imaging.metadata.bmp.builders import bmp
from tests.imaging.metadata.details import builders

SECRETS = (b"Secret-Serial", b"Secret Lens", b"Secret Software")
BLOCK = builders.exif(
    {0x010F: "Maker", 0x0110: "Model 1", 0x0112: 6, 0x013B: "Ann Onym", 0x8298: "(c) Ann", 0x0131: "Secret Software"},
    {0x9003: "2026:05:01 10:11:12", 0x9011: "+02:00", 0xA431: "Secret-Serial", 0xA434: "Secret Lens"},
    builders.GPS,
)
PACKET = builders.packet("<dc:title>A title</dc:title><dc:description>Lake &amp; boat</dc:description>")


def photos() -> dict[str, bytes]:
    """Make a photo of each format that holds EXIF or XMP."""
    gif = samples.encode(Image.new("P", (16, 16)), "GIF")[:-1]
    trailer = b"\1" + bytes(range(255, -1, -1)) + b"\0;"
    image = Image.new("RGB", (16, 16), "teal")
    tags = {0x010F: "Maker", 0x013B: "Ann Onym", 0x8298: "(c) Ann", 0x0131: "Secret Software", 700: PACKET}
    return builders.photos(BLOCK, PACKET) | {
        "GIF": gif + b"\x21\xff\x0bXMP DataXMP" + PACKET + trailer,
        "TIFF": samples.encode(image, "TIFF", tiffinfo=tags),
        "BigTIFF": samples.encode(image, "TIFF", tiffinfo=tags, big_tiff=True),
    }


PHOTOS = photos()


def shown(data: bytes, topic: Topic) -> set[str]:
    return {each.value for each in read_details(data).values[topic]}


@pytest.mark.parametrize("name", PHOTOS)
def test_what_is_asked_for_stays_and_the_rest_goes(name: str) -> None:
    data = PHOTOS[name]
    kept = strip_keeping(data, list(Keep))
    assert not [secret for secret in SECRETS if secret in kept.data]
    assert shown(kept.data, Topic.CAPTIONS) == {"A title", "Lake & boat"}
    has_exif = name != "GIF"
    assert shown(kept.data, Topic.NAMES) == ({"Ann Onym", "(c) Ann"} if has_exif else set())
    assert not read_details(kept.data).positions
    assert not any(shown(kept.data, topic) for topic in (Topic.SERIALS, Topic.LENS, Topic.SOFTWARE))
    words = {finding.kind.value for finding in kept.kept} & set(Keep)
    assert words >= ({"copyright", "description", "camera"} if has_exif else {"description"})


@pytest.mark.parametrize("name", PHOTOS)
def test_the_pixels_and_the_orientation_stay(name: str) -> None:
    data, kept = PHOTOS[name], strip_keeping(PHOTOS[name], list(Keep)).data
    with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(kept)) as after:
        assert ImageChops.difference(before.convert("RGB"), after.convert("RGB")).getbbox() is None
        if name in ("JPEG", "PNG", "WEBP"):
            assert after.getexif()[0x0112] == 6


@pytest.mark.parametrize("name", PHOTOS)
def test_a_second_scrub_gives_the_file_that_keeps_nothing(name: str) -> None:
    kept = strip_keeping(PHOTOS[name], list(Keep))
    again, plain = metadata.strip(kept.data), metadata.strip(PHOTOS[name])
    if name != "WEBP":  # a simple WebP has an extended header then
        assert again.data == plain.data
    assert strip_keeping(kept.data, list(Keep)).data == kept.data


@pytest.mark.parametrize("keep", [[], [Keep.DATE]])
def test_without_values_to_keep_the_scrub_is_the_plain_one(keep: Collection[Keep]) -> None:
    data = samples.jpeg(samples.segment(0xFE, b"hello"))
    assert strip_keeping(data, keep) == metadata.strip(data)


@pytest.mark.parametrize(
    ("keep", "tags"),
    [(Keep.DATE, {0x9003, 0x9011}), (Keep.CAMERA, {0x010F, 0x0110}), (Keep.COPYRIGHT, {0x013B, 0x8298})],
)
def test_each_word_keeps_its_own_values(keep: Keep, tags: set[int]) -> None:
    with Image.open(io.BytesIO(strip_keeping(PHOTOS["JPEG"], [keep]).data)) as image:
        exif = image.getexif()
        assert set(exif) | set(exif.get_ifd(0x8769)) == tags | {0x0112} | ({0x8769} if keep is Keep.DATE else set())


def test_a_bmp_is_refused_if_it_has_something_to_keep() -> None:
    assert strip_keeping(bmp(), list(Keep)).data == metadata.strip(bmp()).data
    with pytest.raises(UnsupportedFormat, match="no place for what `keep` names"):
        insert(bmp(), metadata.strip(bmp()).format, {}, b"")


def test_a_file_that_holds_more_than_the_written_values_is_refused() -> None:
    clean = metadata.strip(PHOTOS["JPEG"])
    texts = {0x013B: b"Ann\0"}
    good = insert(clean.data, clean.format, texts, PACKET)
    check(good, clean)
    more = good.data[:2] + samples.segment(0xFE, b"hidden") + good.data[2:]
    other_picture = strip_keeping(samples.jpeg(), []).data
    for bad in (
        Inserted(more, good.base, texts, PACKET),
        Inserted(good.data, other_picture, texts, PACKET),
        Inserted(good.data, good.base, {0x013B: b"Bob\0"}, PACKET),
        Inserted(good.data, good.base, texts, PACKET + b" "),
        Inserted(good.data, good.base, texts | {0x010F: b"Maker\0"}, PACKET),
    ):
        with pytest.raises(CorruptImage) as raised:
            check(bad, clean)
        assert raised.value.code == "keep_unproved"
