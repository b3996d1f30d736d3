"""Bytes in, bytes out: limits first, one decode, and nothing private survives."""

import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from chalicelib.errors import CorruptImage, ImageRejected, UnsupportedFormat
from chalicelib.imaging.codec import Decoded, Encoding, decode, encode
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.geometry import Fit, Size, fit_size
from chalicelib.imaging.operations import resize
from scripts.measuring import sample_profiles
from tests import pictures
from tests.pictures import CORNERS, SECRETS, corners, near, opened, photo, private_photo

# Pillow warns of damage that it reads over; the damage is on purpose here.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL.*")

ROOT = Path(__file__).parent.parent.parent
_LIMIT = 1_000_000
_INPUTS = ["JPEG", "PNG", "WEBP", "AVIF", "GIF", "TIFF", "BMP"]
_OUTPUTS = [ImageFormat.PNG, ImageFormat.JPEG, ImageFormat.WEBP, ImageFormat.AVIF]
_MODES = ["L", "LA", "RGB", "RGBA"]


def _decode(data: bytes, scale: Fraction = Fraction(1), limit: int = _LIMIT) -> Decoded:
    return decode(data, limit, lambda _size: scale)


def _outcome(data: bytes) -> str:
    """Tell the size that was read, or the code of the rejection; another exception passes."""
    try:
        size = _decode(data).size
    except ImageRejected as error:
        return error.code
    return f"{size.width}x{size.height}"


def _upright(decoded: Decoded) -> Image.Image:
    size = decoded.size
    return resize(decoded.image, fit_size(size, size.width, size.height, Fit.STRETCH), decoded.orientation)


@pytest.mark.parametrize("name", _INPUTS)
def test_every_input_format_is_decoded_in_its_colours(name: str) -> None:
    decoded = _decode(photo(pillow_name=name))
    assert (decoded.format, decoded.size) == (ImageFormat[name], Size(64, 48))
    assert all(near(one, other, 20) for one, other in zip(corners(decoded.image), CORNERS, strict=True))


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_taken_in_any_orientation_comes_out_upright(name: str, orientation: int) -> None:
    decoded = _decode(photo(64, 48, name, orientation=orientation, quality=95))
    assert decoded.size == Size(64, 48)
    shown = corners(_upright(decoded))
    assert all(near(one, other, 20) for one, other in zip(shown, CORNERS, strict=True))


@pytest.mark.parametrize("value", [0, 9, 4711])
def test_an_orientation_that_does_not_exist_is_none(value: int) -> None:
    assert _decode(pictures.encoded(pictures.picture(), exif=pictures.exif(value))).orientation == 1


def test_unreadable_exif_leaves_a_good_picture_as_it_is_stored() -> None:
    data = pictures.encoded(pictures.picture(), exif=b"Exif\0\0II*\0\xff\xff\xff\xffnonsense")
    assert _decode(data).orientation == 1


@given(st.integers(1, 700), st.integers(1, 700), st.fractions(Fraction(1, 900), 2))
def test_a_reduced_decode_still_holds_the_scale_that_is_needed(width: int, height: int, scale: Fraction) -> None:
    image = _decode(pictures.encoded(Image.new("L", (width, height))), scale).image
    assert image.width >= min(Fraction(width), width * scale)
    assert image.height >= min(Fraction(height), height * scale)
    assert image.width <= width
    assert image.height <= height


def test_a_photo_far_larger_than_needed_is_reduced_at_once() -> None:
    assert _decode(photo(800, 600), Fraction(1, 10)).image.size == (80, 60)


def test_a_large_jpeg_is_decoded_at_a_reduced_scale(tmp_path: Path) -> None:
    """Its 24 million pixels would take 96 MB; the JPEG decoder's own scaling leaves a few."""
    file = tmp_path / "photo.jpg"
    file.write_bytes(pictures.encoded(Image.new("RGB", (6000, 4000), "teal")))
    command = ("-m", "scripts.measuring.measure_memory", "--photo", str(file), "24 Mpx JPEG, default recipe")
    finished = subprocess.run([sys.executable, *command], capture_output=True, text=True, cwd=ROOT)
    assert "| 60 | ok |" in finished.stdout, finished.stdout + finished.stderr


def test_only_frame_0_of_an_animation_is_read() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    data = pictures.encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert pictures.pixel(_decode(data).image) == (255, 0, 0)


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "GIF", "BMP"])
@pytest.mark.parametrize("kept", [0.02, 0.3, 0.7, 0.95])
def test_a_truncated_photo_is_rejected_or_read_and_nothing_else(name: str, kept: float) -> None:
    """A cut in the picture's data is told; one behind its last pixel may go unseen."""
    data = photo(200, 150, name)
    assert _outcome(data[: int(len(data) * kept)]) in {
        "200x150",
        "corrupt_image",
        "truncated_image",
        "unsupported_format",
    }


def test_a_truncated_jpeg_is_told_to_be_cut_short() -> None:
    data = photo(200, 150)
    with pytest.raises(CorruptImage) as caught:
        _decode(data[: len(data) // 2])
    assert caught.value.code == "truncated_image"


def test_a_truncated_jpeg_is_found_even_at_a_reduced_scale() -> None:
    data = photo(800, 600)
    with pytest.raises(CorruptImage):
        _decode(data[: len(data) // 2], Fraction(1, 20))


@given(st.sampled_from(_INPUTS), st.integers(12, 2_000), st.binary(min_size=1, max_size=12))
def test_a_damaged_photo_is_rejected_or_read_and_nothing_else(name: str, at: int, noise: bytes) -> None:
    data = photo(40, 30, name)
    at %= len(data)
    outcome = _outcome(data[:at] + noise + data[at + len(noise) :])
    assert re.fullmatch(r"\d+x\d+|corrupt_image|truncated_image|unsupported_format|too_many_pixels", outcome)


def test_text_is_no_image() -> None:
    with pytest.raises(UnsupportedFormat):
        _decode(b"hello")


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "GIF"])
@pytest.mark.parametrize("output", _OUTPUTS)
def test_nothing_private_is_in_the_bytes_of_an_output(name: str, output: ImageFormat) -> None:
    profile = sample_profiles.swapped_primaries().replace(b"Red and blue", b"SecretProfil")
    data = private_photo(name, profile)
    written = encode(_upright(_decode(data)), Encoding(output, 90), _LIMIT)
    for secret in (*SECRETS.values(), "SecretProfil"):
        assert secret.encode() not in written
    for block in (b"Exif", b"GPS", b"xmp", b"ICC_PROFILE", b"iCCP", b"acsp", b"tEXt", b"eXIf", b"http://"):
        assert block not in written


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
def test_the_private_photos_do_carry_what_is_searched_for(name: str) -> None:
    """Else the test above could not fail."""
    assert SECRETS["xmp"].encode() in private_photo(name)


@pytest.mark.parametrize("output", _OUTPUTS)
@pytest.mark.parametrize("mode", _MODES)
def test_every_output_format_takes_every_mode(output: ImageFormat, mode: str) -> None:
    written = opened(encode(pictures.picture(mode=mode), Encoding(output, 90), _LIMIT))
    assert (written.format, written.size) == (output.pillow_name, (64, 48))
    assert ("A" in written.mode) == ("A" in mode and output is not ImageFormat.JPEG)


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_what_is_transparent_turns_white_in_a_jpeg(mode: str) -> None:
    clear = Image.new(mode, (8, 8))
    assert near(pictures.pixel(opened(encode(clear, Encoding(ImageFormat.JPEG, 95), _LIMIT)).convert("L")), (255,), 1)


def test_a_lower_quality_makes_a_smaller_file() -> None:
    noise = Image.effect_noise((128, 128), 60).convert("RGB")
    for output in (ImageFormat.JPEG, ImageFormat.WEBP, ImageFormat.AVIF):
        sizes = [len(encode(noise, Encoding(output, quality), _LIMIT)) for quality in (10, 95)]
        assert sizes[0] < sizes[1]


def test_the_same_pixels_give_the_same_bytes() -> None:
    for output in _OUTPUTS:
        encodings = {encode(pictures.picture(), Encoding(output, 80), _LIMIT) for _ in range(2)}
        assert len(encodings) == 1


def test_heic_is_imported_only_when_one_comes() -> None:
    program = (
        "import sys; from tests.pictures import photo; from chalicelib.imaging.codec import decode, Encoding, encode;"
        "from chalicelib.imaging.formats import ImageFormat;"
        "encode(decode(photo(), 9999, lambda size: 1).image, Encoding(ImageFormat.PNG, 80), 9999);"
        "assert 'pi_heif' not in sys.modules, 'imported'"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert finished.returncode == 0, finished.stderr


def test_a_broken_heic_is_rejected() -> None:
    with pytest.raises(CorruptImage):
        _decode(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 200)


def test_a_progressive_jpeg_is_read() -> None:
    assert _decode(photo(200, 150, progressive=True)).size == Size(200, 150)
