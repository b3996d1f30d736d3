"""AVIF and HEIC builders: readers accept the files, so that a test of the scrub starts from a valid file."""

import io

import pi_heif
from PIL import Image

from chalicelib.imaging.metadata import isobmff
from scripts.measuring.heif_files import EXIF_ITEM, XMP_ITEM, animated_avif, avif_file, heic_file, sequence


def decode(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def test_an_avif_shows_its_picture_with_any_further_items() -> None:
    plain, full = decode(avif_file().build()), decode(avif_file(EXIF_ITEM, XMP_ITEM, hidden_data=b"x" * 9).build())
    assert plain.size == full.size == (64, 48)
    assert plain.tobytes() == full.tobytes()


def test_exif_and_xmp_are_found_when_they_describe_the_picture() -> None:
    image = decode(avif_file(EXIF_ITEM, XMP_ITEM, references=((b"cdsc", 2, 1), (b"cdsc", 3, 1))).build())
    assert image.getexif()[271] == "SECRET maker"
    assert b"SECRET" in image.info["xmp"]


def test_an_animation_has_its_frames() -> None:
    assert getattr(decode(animated_avif()), "n_frames", 1) == 3


def test_a_heic_and_a_sequence_have_the_size_of_their_picture() -> None:
    assert pi_heif.is_supported(io.BytesIO(heic_file()))
    assert isobmff.read(heic_file()).size == isobmff.read(sequence()).size == (64, 48)
