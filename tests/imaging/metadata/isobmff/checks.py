"""Assertions for AVIF and HEIC files, used by the tests of each module."""

import io

from PIL import Image, ImageOps

from chalicelib.imaging.metadata import isobmff


def pixels(data: bytes) -> list[tuple[tuple[int, int], str, bytes, object]]:
    """Decode every frame: upright size, mode, pixels and duration."""
    with Image.open(io.BytesIO(data)) as image:
        frames = []
        for index in range(getattr(image, "n_frames", 1)):
            image.seek(index)
            shown = ImageOps.exif_transpose(image)
            frames.append((shown.size, shown.mode, shown.tobytes(), image.info.get("duration")))
        return frames


def assert_clean(data: bytes, *secrets: bytes) -> bytes:
    """Strip a file, assert that it holds no metadata and no secret and keeps its size, and return it."""
    stripped = isobmff.strip(data)
    assert isobmff.read(stripped.data).removable == ()
    assert all(secret not in stripped.data for secret in (b"SECRET", *secrets))
    assert isobmff.read(stripped.data).size == stripped.size == isobmff.read(data).size
    return stripped.data
