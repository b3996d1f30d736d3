"""A record has a placeholder of its photo, whichever way the photo came in."""

import io
from dataclasses import replace

import pytest
from PIL import Image

from chalicelib.backends import Backends
from chalicelib.flows import resize, sanitize, upload
from chalicelib.flows.accept import Photo
from chalicelib.imaging.placeholder import make_placeholder
from chalicelib.records import Placeholder, Status
from scripts.measuring import sample_profiles, samples
from tests import pictures, stage
from tests.flows.deliveries import put_and_resize, put_and_sanitize, s3_record
from tests.flows.photos import photo
from tests.flows.test_variants_lost import Way, posted, put, uploaded

WIDE = pictures.picture(360, 120)
TURNED = pictures.encoded(pictures.as_stored(WIDE, 6), "PNG", exif=pictures.exif(6))
GREY = pictures.picture(64, 48, "LA")
RED = Image.new("RGB", (60, 40), "#e01010")
CASES = [
    (TURNED, make_placeholder(WIDE)),
    (pictures.encoded(GREY, "PNG"), make_placeholder(GREY)),
    (pictures.encoded(RED, "GIF", save_all=True, append_images=[WIDE.resize((60, 40))]), make_placeholder(RED)),
]


def with_options(backends: Backends, data: bytes, **options: str) -> Placeholder:
    placeholder = upload.receive(backends, Photo(data, "ann", options=options)).placeholder
    assert placeholder
    return placeholder


@pytest.mark.parametrize("way", [posted, put, uploaded])
@pytest.mark.parametrize(("data", "placeholder"), CASES, ids=["turned", "grey", "animation"])
def test_every_way_in_has_the_placeholder_of_the_whole_upright_photo(
    backends: Backends, way: Way, data: bytes, placeholder: Placeholder
) -> None:
    record = way(backends, data)

    assert record.placeholder == placeholder
    assert backends.catalog.get(record.id).placeholder == placeholder


@pytest.mark.parametrize(
    "options",
    [
        {"grayscale": "true", "watermark": "wide words", "format": "webp"},
        {"preset": "thumbnail"},
        {"width": "20", "height": "90", "fit": "cover", "gravity": "auto"},
        {"width": "90", "height": "90", "fit": "pad"},
        {"renditions": "s:10"},
    ],
)
@pytest.mark.parametrize("profile", [None, sample_profiles.display_p3()], ids=["sRGB", "P3"])
def test_boxes_crops_and_marks_do_not_change_the_placeholder(
    backends: Backends, options: dict[str, str], profile: bytes | None
) -> None:
    data = pictures.encoded(WIDE, "PNG", icc_profile=profile)
    assert with_options(backends, data, **options) == with_options(backends, data)


@pytest.mark.parametrize("fit", ["cover", "contain", "pad", "stretch"])
def test_a_stages_box_and_marks_do_not_change_the_placeholder(backends: Backends, fit: str) -> None:
    marked = replace(backends.settings, resized_width=40, resized_fit=fit, resized_watermark=True)
    options = {"watermark": "wide words"}
    assert with_options(replace(backends, settings=marked), TURNED, **options) == make_placeholder(WIDE)


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ({"rotate": "90"}, WIDE.transpose(Image.Transpose.ROTATE_270)),
        ({"rotate": "180", "flip": "horizontal"}, WIDE.transpose(Image.Transpose.FLIP_TOP_BOTTOM)),
    ],
)
def test_a_turn_turns_the_placeholder(backends: Backends, options: dict[str, str], shown: Image.Image) -> None:
    assert with_options(backends, TURNED, **options) == make_placeholder(shown)


def test_a_background_is_in_the_placeholder(backends: Backends) -> None:
    clear = pictures.encoded(Image.new("RGBA", (40, 30)), "PNG")
    expected = make_placeholder(Image.new("RGB", (40, 30), "#102030"))
    assert with_options(backends, clear, background="#102030") == expected


def palette_with_alpha() -> Image.Image:
    image = pictures.picture(40, 30).quantize(8)
    image.info["transparency"] = bytes([0, 90, 255, 255, 200, 255, 255, 255])
    return image


SMALL = pictures.picture(32, 24)
STEPS = Image.linear_gradient("L").convert("I").point(lambda level: level * 257)
P3, CMYK = sample_profiles.display_p3(), sample_profiles.cmyk()
KINDS = {
    "P3": pictures.encoded(SMALL, "PNG", icc_profile=P3),
    "CMYK": pictures.encoded(SMALL.convert("CMYK"), "TIFF"),
    "CMYK with a profile": pictures.encoded(SMALL.convert("CMYK"), "TIFF", icc_profile=CMYK),
    "16 bits": pictures.encoded(
        Image.linear_gradient("L").convert("I").point(lambda v: v * 257).convert("I;16"), "PNG"
    ),
    "black and white": pictures.encoded(pictures.picture(40, 30).convert("1"), "PNG"),
    "palette with alpha": pictures.encoded(palette_with_alpha(), "PNG"),
    "nothing to see": pictures.encoded(Image.new("RGBA", (30, 20), (200, 0, 0, 0)), "PNG"),
    "one pixel": pictures.encoded(Image.new("RGB", (1, 1), "#123456"), "PNG"),
    "one column": pictures.encoded(pictures.picture(1, 200), "PNG"),
    "one row": pictures.encoded(pictures.picture(200, 1), "PNG"),
    "animation": samples.animation("WEBP"),
}


@pytest.mark.parametrize("data", KINDS.values(), ids=KINDS)
def test_the_placeholder_is_that_of_the_result(backends: Backends, data: bytes) -> None:
    options = {"grayscale": "false", "format": "png"}
    record = upload.receive(backends, Photo(data, "ann", options=options))
    processed = record.variants["processed"]
    stored = Image.open(io.BytesIO(stage.read(processed.bucket, processed.key)))
    assert (processed.width, processed.height) == (record.width, record.height)
    assert record.placeholder == make_placeholder(stored)


def test_a_repeated_request_has_the_placeholder_of_the_first(backends: Backends) -> None:
    asked = Photo(photo(), "ann", idempotency_key="once")
    first = upload.receive(backends, asked)
    again = upload.receive(backends, asked)
    assert (again.id, again.placeholder) == (first.id, first.placeholder)


def test_a_repeated_event_keeps_the_placeholder(backends: Backends) -> None:
    first = put_and_resize(backends, "uploads/a", TURNED)
    resize.handle(backends, s3_record(backends.settings.images_bucket, "uploads/a"), "again")
    assert backends.catalog.get(first.id).placeholder == make_placeholder(WIDE)


def test_a_scrub_decodes_nothing_and_has_no_placeholder(backends: Backends) -> None:
    assert put_and_sanitize(backends, "a.jpg", photo()).placeholder is None
    assert sanitize.receive(backends, Photo(photo(), "ann")).placeholder is None


def test_a_photo_that_waits_or_is_rejected_has_no_placeholder(backends: Backends) -> None:
    assert upload.receive(backends, replace(Photo(photo(), "ann"), asynchronous=True)).placeholder is None
    rejected = put(backends, photo()[:200])
    assert (rejected.status, rejected.placeholder) == (Status.REJECTED, None)


def test_another_photo_under_the_same_key_has_a_placeholder_of_its_own(backends: Backends) -> None:
    first = put_and_resize(backends, "uploads/a", pictures.encoded(Image.new("RGB", (9, 9), "#102030"), "PNG"))
    second = put_and_resize(backends, "uploads/a", pictures.encoded(Image.new("RGB", (9, 9), "#302010"), "PNG"))
    assert [each.placeholder.color for each in (first, second) if each.placeholder] == ["#102030", "#302010"]


def test_the_same_photo_with_a_bad_option_has_nothing_of_its_first_result(backends: Backends) -> None:
    first = put_and_resize(backends, "uploads/a", photo())
    assert (first.lost, first.placeholder is None) == ((), False)
    bucket = backends.settings.images_bucket
    stage.s3().put_object(Bucket=bucket, Key="uploads/a", Body=photo(), Metadata={"width": "wide"})
    resize.handle(backends, s3_record(bucket, "uploads/a"), "again")
    again = backends.catalog.get(first.id)
    assert (again.status, again.lost, again.placeholder) == (Status.REJECTED, None, None)
