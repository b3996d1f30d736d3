"""A photo is refused for its pixels in the same way, whether it is decoded or only scrubbed."""

import pytest

from chalicelib.errors import ImageTooLarge
from chalicelib.imaging.codec import check_pixels, probe
from tests.pictures import photo


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "AVIF", "GIF", "TIFF", "BMP"])
def test_check_pixels_refuses_exactly_what_probe_refuses_for_its_pixels(name: str) -> None:
    data = photo(pillow_name=name)
    low, high = 0, 64 * 48 * 64
    while high - low > 1:
        middle = (low + high) // 2
        try:
            probe(data, middle)
            high = middle
        except ImageTooLarge:
            low = middle
    check_pixels(data, high)
    with pytest.raises(ImageTooLarge) as checked:
        check_pixels(data, low)
    with pytest.raises(ImageTooLarge) as probed:
        probe(data, low)
    assert vars(checked.value) == vars(probed.value)


@pytest.mark.parametrize("data", [b"", b"<html>", photo()[:20]])
def test_check_pixels_leaves_other_faults_to_the_caller(data: bytes) -> None:
    check_pixels(data, 1_000_000)
