"""Every file of a folder of real and hostile images goes through the whole pure path.

CORPUS_DIR names the folder; without it a folder of images beside the repository is taken, where there is one.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from chalicelib.errors import ImageRejected
from chalicelib.imaging.codec import Decoded, decode, encode
from chalicelib.imaging.geometry import Size
from chalicelib.imaging.recipe import Recipe, parse
from chalicelib.settings import Limits
from tests import pictures

# Pillow and its decoders warn of what is odd in a file; a hostile file is odd, and that is what it is here for.
pytestmark = pytest.mark.filterwarnings("default")

_ROOT = Path(__file__).parent.parent
_FOLDER = Path(os.environ.get("CORPUS_DIR", _ROOT.parent / "shared" / "images"))
_FILES = sorted(path for path in _FOLDER.glob("*") if path.is_file()) if _FOLDER.is_dir() else []
#: Pictures that are there in every clone.
_MADE: dict[str, Callable[[], bytes]] = {
    "made: private": lambda: pictures.private_photo("JPEG"),
    "made: transparent": lambda: pictures.photo(pillow_name="PNG", mode="RGBA"),
    "made: bomb": lambda: pictures.bomb_png(60_000, 60_000),
    "made: cut": lambda: pictures.photo()[:400],
}
_CASES = _MADE | {path.name: path.read_bytes for path in _FILES}
_OUTPUTS = ("png", "jpeg", "webp", "avif")
_PRIVATE = (b"Exif\0\0", b"ICC_PROFILE", b"iCCP", b"eXIf", b"tEXt", b"iTXt", b"zTXt", b"x:xmpmeta", b"Photoshop 3.0")
_LIMITS = Limits()


def _developed(data: bytes) -> list[tuple[bytes, Size]]:
    """Write a picture in every format, from one reading; a file that is no good picture has none."""
    recipes = [parse({"format": word}) for word in _OUTPUTS]
    try:
        decoded = decode(data, _LIMITS.input_pixels, recipes[0].scale)
        return [(_written(decoded, recipe), recipe.place(decoded.size).canvas) for recipe in recipes]
    except ImageRejected:
        return []


def _written(decoded: Decoded, recipe: Recipe) -> bytes:
    return encode(recipe.apply(decoded, _LIMITS.output_pixels), recipe.encoding, _LIMITS.output_pixels)


@pytest.mark.parametrize("name", _CASES)
def test_a_file_becomes_a_clean_picture_in_every_format_or_is_rejected(name: str) -> None:
    """Every other exception is a fault."""
    for written, size in _developed(_CASES[name]()):
        assert pictures.opened(written).size == (size.width, size.height)
        assert not [block for block in _PRIVATE if block in written]


def test_what_is_made_here_is_told_apart() -> None:
    assert {name for name, make in _MADE.items() if not _developed(make())} == {"made: bomb", "made: cut"}
