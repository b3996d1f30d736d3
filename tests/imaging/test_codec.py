"""Decoding gives upright sRGB pixels or a rejection, and no metadata reaches an output."""

import io
import re
import struct
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFile

from chalicelib.errors import CorruptImage, ImageRejected, UnsupportedFormat
from chalicelib.imaging.codec import Decoded, decode, probe
from chalicelib.imaging.encoding import Encoding, encode
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.geometry import Fit, Size, fit_size
from chalicelib.imaging.operations import resize
from scripts.measuring import sample_profiles
from tests import pictures
from tests.imaging.metadata.tiff.builders import GREY, SHORT, STRIP, one_page
from tests.pictures import CORNERS, SECRETS, corners, near, photo, private_photo, view_at

# These tests damage files on purpose. Pillow warns about damage that it can skip.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL.*")

ROOT = Path(__file__).parent.parent.parent
_LIMIT = 1_000_000
_INPUTS = ["JPEG", "PNG", "WEBP", "AVIF", "GIF", "TIFF", "BMP"]
_OUTPUTS = [ImageFormat.PNG, ImageFormat.JPEG, ImageFormat.WEBP, ImageFormat.AVIF]


def _decode(data: bytes, scale: Fraction = Fraction(1), limit: int = _LIMIT) -> Decoded:
    return decode(data, limit, view_at(scale))


def _outcome(data: bytes) -> str:
    """Return the decoded size, or the code of the rejection. Other exceptions fail the test."""
    try:
        size = _decode(data).size
    except ImageRejected as error:
        return error.code
    return f"{size.width}x{size.height}"


def _upright(decoded: Decoded) -> Image.Image:
    size = decoded.size
    return resize(decoded.image, fit_size(size, size.width, size.height, Fit.STRETCH), decoded.orientation)


@pytest.mark.parametrize("name", _INPUTS)
def test_every_input_format_keeps_its_colours(name: str) -> None:
    decoded = _decode(photo(pillow_name=name))
    assert (decoded.format, decoded.size) == (ImageFormat[name], Size(64, 48))
    assert all(near(one, other, 20) for one, other in zip(corners(decoded.image), CORNERS, strict=True))


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_of_any_orientation_becomes_upright(name: str, orientation: int) -> None:
    decoded = _decode(photo(64, 48, name, orientation=orientation, quality=95))
    assert decoded.size == Size(64, 48)
    shown = corners(_upright(decoded))
    assert all(near(one, other, 20) for one, other in zip(shown, CORNERS, strict=True))


@pytest.mark.parametrize("value", [0, 9, 4711])
def test_an_invalid_orientation_counts_as_1(value: int) -> None:
    assert _decode(pictures.encoded(pictures.picture(), exif=pictures.exif(value))).orientation == 1


def test_an_orientation_of_another_type_counts_as_1() -> None:
    text = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<HHHI4sI", 1, 0x0112, 2, 2, b"6\0", 0)
    assert _decode(pictures.encoded(pictures.picture(), exif=text)).orientation == 1


def test_damaged_exif_counts_as_orientation_1() -> None:
    data = pictures.encoded(pictures.picture(), exif=b"Exif\0\0II*\0\xff\xff\xff\xffnonsense")
    assert _decode(data).orientation == 1


def test_a_large_jpeg_is_decoded_at_a_reduced_scale(tmp_path: Path) -> None:
    """24 million pixels would need 96 MB. The JPEG decoder scales them down first."""
    file = tmp_path / "photo.jpg"
    file.write_bytes(pictures.encoded(Image.new("RGB", (6000, 4000), "teal")))
    command = ("-m", "scripts.measuring.measure_memory", "--photo", str(file), "24 Mpx JPEG, default recipe")
    finished = subprocess.run([sys.executable, *command], capture_output=True, text=True, cwd=ROOT)
    assert "| 60 | ok |" in finished.stdout, finished.stdout + finished.stderr


def test_only_the_first_frame_of_an_animation_is_decoded() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    data = pictures.encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert pictures.pixel(_decode(data).image) == (255, 0, 0)


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "GIF", "BMP"])
@pytest.mark.parametrize("kept", [0.02, 0.3, 0.7, 0.95])
def test_a_truncated_photo_is_decoded_or_rejected(name: str, kept: float) -> None:
    """A cut after the last pixel may go unnoticed."""
    data = photo(200, 150, name)
    assert _outcome(data[: int(len(data) * kept)]) in {
        "200x150",
        "corrupt_image",
        "truncated_image",
        "unsupported_format",
    }


def test_a_truncated_jpeg_has_an_error_code_of_its_own() -> None:
    data = photo(200, 150)
    with pytest.raises(CorruptImage) as caught:
        _decode(data[: len(data) // 2])
    assert caught.value.code == "truncated_image"


def test_a_truncated_jpeg_is_rejected_at_a_reduced_scale_too() -> None:
    data = photo(800, 600)
    with pytest.raises(CorruptImage):
        _decode(data[: len(data) // 2], Fraction(1, 20))


@given(st.sampled_from(_INPUTS), st.integers(12, 2_000), st.binary(min_size=1, max_size=12))
def test_a_damaged_photo_is_decoded_or_rejected(name: str, at: int, noise: bytes) -> None:
    data = photo(40, 30, name)
    at %= len(data)
    outcome = _outcome(data[:at] + noise + data[at + len(noise) :])
    assert re.fullmatch(r"\d+x\d+|corrupt_image|truncated_image|unsupported_format|too_many_pixels", outcome)


class AcceptsAll(ImageFile.ImageFile):
    """A Pillow plugin that opens any bytes, as a plugin for EPS or for a format without a signature would."""

    format = "ANY"

    def _open(self) -> None:
        self._size, self._mode = (1, 1), "L"


@pytest.fixture
def _another_plugin() -> Iterator[None]:
    Image.register_open(AcceptsAll.format, AcceptsAll)
    yield
    Image.ID.remove(AcceptsAll.format)
    del Image.OPEN[AcceptsAll.format]


@pytest.mark.usefixtures("_another_plugin")
def test_only_the_pillow_plugin_of_the_detected_format_opens_a_file() -> None:
    data = b"\xff\xd8\xff" + b"\0" * 100
    assert Image.open(io.BytesIO(data)).format == "ANY"
    with pytest.raises(CorruptImage):
        probe(data, _LIMIT)


def test_text_is_an_unsupported_format() -> None:
    with pytest.raises(UnsupportedFormat):
        _decode(b"hello")


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "GIF"])
@pytest.mark.parametrize("output", _OUTPUTS)
def test_an_output_contains_no_metadata_of_its_source(name: str, output: ImageFormat) -> None:
    profile = sample_profiles.swapped_primaries().replace(b"Red and blue", b"SecretProfil")
    data = private_photo(name, profile)
    written = encode(_upright(_decode(data)), Encoding(output, 90), _LIMIT)
    for secret in (*SECRETS.values(), "SecretProfil"):
        assert secret.encode() not in written
    for block in (b"Exif", b"GPS", b"xmp", b"ICC_PROFILE", b"iCCP", b"acsp", b"tEXt", b"eXIf", b"http://"):
        assert block not in written


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
def test_the_private_photos_contain_the_secrets(name: str) -> None:
    """Otherwise the test above could not fail."""
    assert SECRETS["xmp"].encode() in private_photo(name)


def test_pi_heif_is_imported_for_heic_only() -> None:
    program = (
        "import sys; from tests.pictures import photo; from chalicelib.imaging.codec import decode;"
        "from chalicelib.imaging.encoding import Encoding, encode;"
        "from chalicelib.imaging.formats import ImageFormat;"
        "from chalicelib.imaging.views import whole_view;"
        "encode(decode(photo(), 9999, whole_view).image, Encoding(ImageFormat.PNG, 80), 9999);"
        "assert 'pi_heif' not in sys.modules, 'imported'"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert finished.returncode == 0, finished.stderr


def test_a_broken_heic_is_rejected() -> None:
    with pytest.raises(CorruptImage):
        _decode(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 200)


def test_an_uncompressed_tiff_whose_tiles_stand_under_the_tags_of_strips_is_not_supported() -> None:
    data = one_page(*GREY, *STRIP, (322, SHORT, 1, 16), (323, SHORT, 1, 16), data=bytes(600))
    with pytest.raises(UnsupportedFormat, match="strips or tiles"):
        _decode(data)


def test_a_progressive_jpeg_is_decoded() -> None:
    assert _decode(photo(200, 150, progressive=True)).size == Size(200, 150)
