"""The watermark of the variant resized, which a stage can have."""

from dataclasses import replace

import pytest

from chalicelib.backends import Backends
from chalicelib.flows import upload, variants
from chalicelib.flows.accept import Photo
from chalicelib.imaging import recipe as recipes
from chalicelib.records import VariantName
from tests import stage
from tests.flows.photos import photo
from tests.imaging.made_fonts import font_with


@pytest.mark.parametrize("marked", [True, False])
def test_the_stage_decides_whether_resized_has_the_watermark(backends: Backends, marked: bool) -> None:
    settings = replace(backends.settings, resized_watermark=marked)
    plain, with_text = (
        variants.render_variants(photo(), recipes.parse(options), settings).outputs[VariantName.RESIZED]
        for options in ({}, {"watermark": "ann"})
    )
    assert (plain != with_text) is marked


def test_resized_is_marked_with_the_font_of_the_request(backends: Backends) -> None:
    stage.put(backends.settings.images_bucket, "fonts/jp.otf", font_with("暗室"))
    on = replace(backends, settings=replace(backends.settings, resized_watermark=True))
    first, second = (
        upload.receive(on, Photo(photo(), "ann", options={"watermark": text, "font": "jp.otf"})) for text in "暗室"
    )
    assert first.variants["resized"].etag != second.variants["resized"].etag
