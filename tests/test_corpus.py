"""Every file of a folder of real and hostile images goes through the whole pure path.

CORPUS_DIR names the folder; without it a folder of images beside the repository is taken, where there is one.
"""

import os
from pathlib import Path

import pytest

from chalicelib.errors import ImageRejected
from chalicelib.imaging.codec import decode, encode
from chalicelib.imaging.geometry import Size
from chalicelib.imaging.recipe import Recipe, parse
from chalicelib.settings import Limits
from tests.factory import opened

# Pillow and its decoders warn of what is odd in a file; a hostile file is odd, and that is what it is here for.
pytestmark = pytest.mark.filterwarnings("default")

_ROOT = Path(__file__).parent.parent
_FOLDER = Path(os.environ.get("CORPUS_DIR", _ROOT.parent / "shared" / "images"))
_FILES = sorted(path for path in _FOLDER.glob("*") if path.is_file()) if _FOLDER.is_dir() else []
_OUTPUTS = ("png", "jpeg", "webp", "avif")
_PRIVATE = (b"Exif\0\0", b"ICC_PROFILE", b"iCCP", b"eXIf", b"tEXt", b"iTXt", b"zTXt", b"x:xmpmeta", b"Photoshop 3.0")
_LIMITS = Limits()


def _develop(data: bytes, recipe: Recipe) -> tuple[bytes, Size]:
    decoded = decode(data, _LIMITS.input_pixels, recipe.scale)
    image = recipe.apply(decoded, _LIMITS.output_pixels)
    return encode(image, recipe.encoding, _LIMITS.output_pixels), recipe.place(decoded.size).canvas


@pytest.mark.parametrize("path", _FILES, ids=lambda path: path.name)
def test_a_file_becomes_a_clean_picture_in_every_format_or_is_rejected(path: Path) -> None:
    data = path.read_bytes()
    for word in _OUTPUTS:
        try:
            written, size = _develop(data, parse({"format": word}))
        except ImageRejected as error:
            assert error.code != "image_rejected"
            return
        assert opened(written).size == (size.width, size.height)
        assert not [block for block in _PRIVATE if block in written]
