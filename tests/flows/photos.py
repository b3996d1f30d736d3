"""Photos for the tests of the flows: small, distinct and quick to make."""

import io

from PIL import Image


def photo(size: tuple[int, int] = (640, 480), colour: str = "teal", image_format: str = "JPEG") -> bytes:
    """Make a photo with a bright quarter, so that which side is up can be seen."""
    image = Image.new("RGB", size, colour)
    image.paste("white", (0, 0, size[0] // 2, size[1] // 2))
    buffer = io.BytesIO()
    image.save(buffer, image_format)
    return buffer.getvalue()


def opened(data: bytes) -> Image.Image:
    """Open the bytes of an output."""
    return Image.open(io.BytesIO(data))
