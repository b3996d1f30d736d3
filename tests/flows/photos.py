"""Photos for the tests of the flows: small, distinct, and fast to make."""

import io

from PIL import Image


def photo(size: tuple[int, int] = (640, 480), colour: str = "teal", image_format: str = "JPEG") -> bytes:
    """Make a photo whose top left quarter is white, so that a test can see its orientation."""
    image = Image.new("RGB", size, colour)
    image.paste("white", (0, 0, size[0] // 2, size[1] // 2))
    buffer = io.BytesIO()
    image.save(buffer, image_format)
    return buffer.getvalue()


def photo_with_metadata(orientation: int = 6) -> bytes:
    """Make a photo with EXIF (camera, artist, GPS, orientation) and a comment."""
    image = Image.open(io.BytesIO(photo()))
    exif = Image.Exif()
    exif[0x010F], exif[0x0112], exif[0x013B] = "Tattletale", orientation, "Ann Onym"
    exif.get_ifd(0x8825)[1] = "N"
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", exif=exif, comment=b"a secret", quality="keep")
    return buffer.getvalue()


def opened(data: bytes) -> Image.Image:
    """Open the bytes of an output."""
    return Image.open(io.BytesIO(data))
