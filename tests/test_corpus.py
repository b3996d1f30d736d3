"""Every file of a folder of real and hostile images goes through the whole pure path.

CORPUS_DIR names the folder; without it a folder of images beside the repository is taken, where there is one.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from chalicelib.errors import ImageRejected
from chalicelib.imaging.codec import decode, encode
from chalicelib.imaging.geometry import Size
from chalicelib.imaging.recipe import Recipe, parse
from chalicelib.settings import Limits
from tests import factory

# Pillow and its decoders warn of what is odd in a file; a hostile file is odd, and that is what it is here for.
pytestmark = pytest.mark.filterwarnings("default")

_ROOT = Path(__file__).parent.parent
_FOLDER = Path(os.environ.get("CORPUS_DIR", _ROOT.parent / "shared" / "images"))
_FILES = sorted(path for path in _FOLDER.glob("*") if path.is_file()) if _FOLDER.is_dir() else []
#: Pictures that are there in every clone.
_MADE: dict[str, Callable[[], bytes]] = {
    "made: private": lambda: factory.private_photo("JPEG"),
    "made: transparent": lambda: factory.photo(pillow_name="PNG", mode="RGBA"),
    "made: bomb": lambda: factory.bomb_png(60_000, 60_000),
    "made: cut": lambda: factory.photo()[:400],
}
_CASES = _MADE | {path.name: path.read_bytes for path in _FILES}
_OUTPUTS = ("png", "jpeg", "webp", "avif")
_PRIVATE = (b"Exif\0\0", b"ICC_PROFILE", b"iCCP", b"eXIf", b"tEXt", b"iTXt", b"zTXt", b"x:xmpmeta", b"Photoshop 3.0")
_LIMITS = Limits()


def _develop(data: bytes, recipe: Recipe) -> tuple[bytes, Size]:
    decoded = decode(data, _LIMITS.input_pixels, recipe.scale)
    image = recipe.apply(decoded, _LIMITS.output_pixels)
    return encode(image, recipe.encoding, _LIMITS.output_pixels), recipe.place(decoded.size).canvas


def _outcome(data: bytes, recipe: Recipe) -> tuple[bytes, Size] | str:
    try:
        return _develop(data, recipe)
    except ImageRejected as error:
        return error.code


@pytest.mark.parametrize("name", _CASES)
def test_a_file_becomes_a_clean_picture_in_every_format_or_is_rejected(name: str) -> None:
    """Every other exception is a fault; a rejected file is rejected whatever is asked for."""
    outcomes = [_outcome(_CASES[name](), parse({"format": word})) for word in _OUTPUTS]
    assert len({outcome if isinstance(outcome, str) else "read" for outcome in outcomes}) == 1
    for written, size in (outcome for outcome in outcomes if not isinstance(outcome, str)):
        assert factory.opened(written).size == (size.width, size.height)
        assert not [block for block in _PRIVATE if block in written]
