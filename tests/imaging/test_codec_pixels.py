"""A photo is refused for its pixels in the same way, whether it is decoded or only scrubbed."""

import pytest

from chalicelib.errors import CorruptImage, ImageTooLarge
from chalicelib.imaging.codec import check_pixels, probe
from chalicelib.imaging.views import whole_view
from tests.imaging.kinds_of_photos import KINDS, smallest_limit, unopened_avif
from tests.pictures import photo


@pytest.mark.parametrize("kind", KINDS)
def test_check_pixels_refuses_exactly_what_probe_refuses_for_its_pixels(kind: str) -> None:
    data = KINDS[kind]()
    limit = smallest_limit(data)

    assert check_pixels(data, limit, whole_view)
    with pytest.raises(ImageTooLarge) as checked:
        check_pixels(data, limit - 1, whole_view)
    with pytest.raises(ImageTooLarge) as probed:
        probe(data, limit - 1)
    assert vars(checked.value) == vars(probed.value)


@pytest.mark.parametrize("data", [b"", b"<html>", photo()[:20], unopened_avif()])
def test_check_pixels_leaves_other_faults_to_the_caller(data: bytes) -> None:
    assert not check_pixels(data, 1_000_000, whole_view)


def test_no_decoder_opens_an_avif_with_a_side_over_16384_pixels() -> None:
    with pytest.raises(CorruptImage):
        probe(unopened_avif(), 1 << 40)
