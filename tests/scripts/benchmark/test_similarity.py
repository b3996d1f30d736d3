"""SSIM is 1 for the same picture, and falls with the damage."""

from pathlib import Path

import pytest
from PIL import Image, ImageFilter

from scripts.benchmark import photos, similarity
from scripts.measuring import sample_profiles


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    return photos.make(0.1)


def test_a_picture_is_like_itself(picture: Image.Image) -> None:
    assert similarity.ssim(picture, picture) == pytest.approx(1, abs=1e-6)


def test_more_blur_is_less_alike(picture: Image.Image) -> None:
    blurred = [similarity.ssim(picture, picture.filter(ImageFilter.GaussianBlur(radius))) for radius in (0.5, 1, 2)]
    assert 1 > blurred[0] > blurred[1] > blurred[2] > 0


def test_the_best_is_one_lanczos_of_the_upright_photo(picture: Image.Image, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    photo, result = tmp_path / "photo.png", tmp_path / "result.png"
    picture.save(photo, exif=exif)
    upright = picture.transpose(Image.Transpose.ROTATE_270)
    upright.resize((50, 75), Image.Resampling.LANCZOS).save(result)
    assert similarity.against_best(photo, result) == pytest.approx(1, abs=1e-6)


def test_the_best_is_in_srgb(picture: Image.Image, tmp_path: Path) -> None:
    photo, result = tmp_path / "photo.png", tmp_path / "result.png"
    picture.save(photo, icc_profile=sample_profiles.swapped_primaries())
    picture.save(result)
    assert similarity.against_best(photo, result) < 0.99
    similarity.in_srgb(Image.open(photo)).save(result)
    assert similarity.against_best(photo, result) == pytest.approx(1, abs=1e-6)
