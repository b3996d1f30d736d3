"""Every file in a folder of real and hostile images is decoded, processed and encoded.

CORPUS_DIR is the folder. The default is a folder of images beside the repository, if it exists.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from chalicelib.errors import ImageRejected
from chalicelib.imaging.codec import Decoded, decode
from chalicelib.imaging.encoding import encode
from chalicelib.imaging.geometry import Size
from chalicelib.imaging.recipe import Recipe, parse
from chalicelib.imaging.views import plan_view
from chalicelib.settings import Limits
from tests import pictures

# Pillow and its decoders warn about hostile files.
pytestmark = pytest.mark.filterwarnings("default")

_ROOT = Path(__file__).parent.parent.parent
_FOLDER = Path(os.environ.get("CORPUS_DIR", _ROOT.parent / "shared" / "images"))
_FILES = sorted(path for path in _FOLDER.glob("*") if path.is_file()) if _FOLDER.is_dir() else []
#: Pictures that the tests make, for a clone without the folder.
_GENERATED: dict[str, Callable[[], bytes]] = {
    "generated: private": lambda: pictures.private_photo("JPEG"),
    "generated: transparent": lambda: pictures.photo(pillow_name="PNG", mode="RGBA"),
    "generated: bomb": lambda: pictures.bomb_png(60_000, 60_000),
    "generated: cut": lambda: pictures.photo()[:400],
}
_CASES = _GENERATED | {path.name: path.read_bytes for path in _FILES}
_FORMATS = ("png", "jpeg", "webp", "avif")
_PRIVATE = (b"Exif\0\0", b"ICC_PROFILE", b"iCCP", b"eXIf", b"tEXt", b"iTXt", b"zTXt", b"x:xmpmeta", b"Photoshop 3.0")
_LIMITS = Limits()


def _outputs(data: bytes) -> list[tuple[bytes, Size]]:
    """Encode a picture in every format from one decode. A rejected file has no outputs."""
    recipes = [parse({"format": word}) for word in _FORMATS]
    try:
        decoded = decode(data, _LIMITS.input_pixels, lambda size: plan_view([recipes[0].place(size)]))
        return [(_encoded(decoded, recipe), recipe.place(decoded.size).canvas) for recipe in recipes]
    except ImageRejected:
        return []


def _encoded(decoded: Decoded, recipe: Recipe) -> bytes:
    return encode(recipe.apply(decoded, _LIMITS.output_pixels), recipe.encoding, _LIMITS.output_pixels)


@pytest.mark.parametrize("name", _CASES)
def test_a_file_gives_an_output_without_metadata_in_every_format_or_is_rejected(name: str) -> None:
    """Any other exception fails the test."""
    for written, size in _outputs(_CASES[name]()):
        assert pictures.opened(written).size == (size.width, size.height)
        assert not [block for block in _PRIVATE if block in written]


def test_only_the_bad_generated_files_are_rejected() -> None:
    assert {name for name, make in _GENERATED.items() if not _outputs(make())} == {"generated: bomb", "generated: cut"}
