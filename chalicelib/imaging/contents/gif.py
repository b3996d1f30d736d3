"""Reads what a GIF holds, by its blocks (GIF89a, 15 to 27)."""

from chalicelib.imaging.contents.found import Contents
from chalicelib.imaging.gif_header import END, EXTENSION, NEXT_BLOCK, end_of_extension, end_of_header, end_of_image

#: The application extension of a C2PA manifest (C2PA 2.2, A.3.6): label, length and name.
_C2PA = b"!\xff\x0bC2PA_GIF"


def read(data: bytes) -> Contents:
    """Count the images, each of which is a frame. Raises CorruptImage for a damaged block."""
    end, frames, has_c2pa = end_of_header(data), 0, False
    while (match := NEXT_BLOCK.search(data, end)) and match[0][0] != END:
        if match[0][0] == EXTENSION:
            has_c2pa |= data.startswith(_C2PA, match.start())
            end = end_of_extension(data, match.start())
        else:
            end, frames = end_of_image(data, match.start()), frames + 1
    return Contents(frames=max(frames, 1), has_c2pa=has_c2pa)
