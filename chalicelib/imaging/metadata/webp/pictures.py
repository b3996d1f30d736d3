"""Finds the bytes of a WebP picture that stand behind its coded data.

A VP8L bitstream and the last partition of a VP8 bitstream do not say where they end: only a decoder knows.
libwebp fails when it needs bytes behind the end. So a part whose last bytes are coded data cannot be decoded without
them, and a part that can be decoded without them has bytes that no decoder reads.
"""

import hashlib
import io
from collections.abc import Callable, Iterator
from typing import NamedTuple

from PIL import Image

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.webp.chunks import (
    ALPHA_FLAG,
    ANIMATION_FLAG,
    FRAME_SIZE,
    HEADER,
    IMAGES,
    Chunk,
    find_image,
    read_canvas,
    walk,
    walk_within,
    write_chunk,
)
from chalicelib.imaging.metadata.webp.partitions import read_partitions, shorten

#: Bytes at the end of a part that are not told from coded data. Encoders end a part with up to four bytes of padding.
_SLACK = 16
#: A larger picture is not looked into: it would take more than 400 MB to decode.
_MAX_PIXELS = 1 << 24
#: In a larger picture, the end is not searched for: that takes about 25 attempts. Its hidden bytes count as _SLACK.
_MAX_SEARCHED = 1 << 22
#: Pixels that are decoded for one file, in all frames and attempts together.
_BUDGET = 320 << 20
#: Rows that are hashed at once.
_ROWS = 256


class CodedPicture(NamedTuple):
    """A picture: its size in pixels, its alpha plane (b"" if there is none), the type of its bitstream, and that."""

    size: tuple[int, int]
    alpha: bytes
    type: bytes
    coded: bytes

    @property
    def pixels(self) -> int:
        """Return the number of pixels."""
        return self.size[0] * self.size[1]

    @property
    def cost(self) -> int:
        """Return the pixels that are decoded if nothing is hidden: the picture, and an attempt for each part."""
        return self.pixels * (1 + sum(size > _SLACK for size in self.parts))

    @property
    def parts(self) -> tuple[int, ...]:
        """Return the sizes of the parts that have an end of their own: the alpha plane, then those of the bitstream."""
        if self.type != b"VP8 ":
            return len(self.alpha), len(self.coded)
        first, others = read_partitions(self.coded)
        return len(self.alpha), first, *others

    def shorten(self, cuts: tuple[int, ...]) -> "CodedPicture":
        """Return the picture with bytes cut off the end of each part."""
        alpha = self.alpha[: len(self.alpha) - cuts[0]]
        if self.type == b"VP8 ":
            return self._replace(alpha=alpha, coded=shorten(self.coded, cuts[1:]))
        return self._replace(alpha=alpha, coded=self.coded[: len(self.coded) - cuts[1]])

    def write(self) -> bytes:
        """Return a file of this picture alone."""
        body = write_chunk(self.type, self.coded)
        if self.alpha:
            canvas = b"".join((side - 1).to_bytes(3, "little") for side in self.size)
            head = write_chunk(b"VP8X", bytes([ALPHA_FLAG, 0, 0, 0]) + canvas)
            body = head + write_chunk(b"ALPH", self.alpha) + body
        return b"RIFF" + (4 + len(body)).to_bytes(4, "little") + b"WEBP" + body


class ReadPicture(NamedTuple):
    """What was found in a picture: its chunks, the bytes behind its coded data, and the picture without them."""

    alpha: Chunk | None
    image: Chunk
    hidden: int
    cut: CodedPicture

    def payloads(self) -> dict[int, bytes]:
        """Return the payloads without the hidden bytes, by the offsets of their chunks."""
        alpha = {self.alpha.start: self.cut.alpha} if self.alpha else {}
        return alpha | {self.image.start: self.cut.coded}


class PictureReader:
    """Reads the pictures of one file. All attempts to decode share one budget of pixels."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._budget = _BUDGET

    def read(self) -> Iterator[ReadPicture]:
        """Yield each picture that decoders show. Raises CorruptImage when one cannot be decoded."""
        if sum(picture.cost for _, _, picture in self._find()) > self._budget:
            raise _too_large()
        for alpha, image, picture in self._find():
            yield ReadPicture(alpha, image, *self._check(picture))

    def _find(self) -> Iterator[tuple[Chunk | None, Chunk, CodedPicture]]:
        """Yield the pictures that are not too large, with their chunks."""
        for alpha, image in _find_pictures(self._data):
            plane = alpha.payload(self._data) if alpha else b""
            size = read_canvas(self._data, image)
            picture = CodedPicture(size, plane, image.type, image.payload(self._data))
            if picture.pixels <= _MAX_PIXELS:
                yield alpha, image, picture

    def _check(self, picture: CodedPicture) -> tuple[int, CodedPicture]:
        """Return the number of bytes behind coded data, and the picture without them."""
        if not self._decodes(picture):
            raise CorruptImage("A picture of the WebP cannot be decoded.", code="webp_picture")
        hidden = 0
        for index in range(len(picture.parts)):
            count = self._find_end(picture, index)
            picture = picture.shorten(_cut_one(picture, index, count)) if count else picture
            hidden += count
        return hidden, picture

    def _find_end(self, picture: CodedPicture, index: int) -> int:
        """Return how many bytes of a part are behind its coded data: without them, the pixels stay the same."""

        def cut(count: int) -> CodedPicture:
            return picture.shorten(_cut_one(picture, index, count))

        size = picture.parts[index]
        if size <= _SLACK or not self._decodes(cut(_SLACK)):
            return 0
        if picture.pixels > _MAX_SEARCHED:
            return _SLACK
        most = self._find_most(cut, size)
        pixels = self._hash(picture)
        return next((count for count in range(most, most - _SLACK, -1) if self._hash(cut(count)) == pixels), 0)

    def _find_most(self, cut: Callable[[int], CodedPicture], size: int) -> int:
        """Return the greatest number of bytes that can be cut off so that the picture still decodes."""
        possible, impossible = _SLACK, min(2 * _SLACK, size)
        while impossible < size and self._decodes(cut(impossible)):
            possible, impossible = impossible, min(2 * impossible, size)
        while impossible - possible > 1:
            middle = (possible + impossible) // 2
            if self._decodes(cut(middle)):
                possible = middle
            else:
                impossible = middle
        return possible

    def _decodes(self, picture: CodedPicture) -> bool:
        from chalicelib.imaging import libwebp  # imported here: few photos are WebP, and ctypes would cost all 3 ms

        self._spend(picture)
        data = picture.write()
        answer = libwebp.decodes(libwebp.library_of_pillow(), data)
        return _open(data) is not None if answer is None else answer

    def _hash(self, picture: CodedPicture) -> bytes:
        """Return a hash of the pixels; no bytes when the picture cannot be decoded."""
        self._spend(picture)
        image = _open(picture.write())
        if image is None:
            return b""
        digest = hashlib.sha256()
        for top in range(0, image.height, _ROWS):
            digest.update(image.crop((0, top, image.width, min(top + _ROWS, image.height))).tobytes())
        return digest.digest()

    def _spend(self, picture: CodedPicture) -> None:
        """Count an attempt to decode. Raises CorruptImage when the budget is used up."""
        self._budget -= picture.pixels
        if self._budget < 0:
            raise _too_large()


def _open(data: bytes) -> Image.Image | None:
    """Decode a picture. Return None when libwebp fails."""
    try:
        image = Image.open(io.BytesIO(data), formats=["WEBP"])
        image.load()
    except (OSError, SyntaxError, ValueError):  # Pillow raises any of the three
        return None
    return image


def _too_large() -> CorruptImage:
    return CorruptImage("The WebP has too many pixels to be checked.", code="webp_too_large")


def _cut_one(picture: CodedPicture, index: int, count: int) -> tuple[int, ...]:
    """Return the cuts that shorten one part alone."""
    return tuple(count if part == index else 0 for part in range(len(picture.parts)))


def _find_pictures(data: bytes) -> Iterator[tuple[Chunk | None, Chunk]]:
    """Yield the alpha chunk and the bitstream of each picture: that of each frame, or that of a still picture."""
    is_animated = data[HEADER : HEADER + 4] == b"VP8X" and data[HEADER + 8] & ANIMATION_FLAG
    for alpha, image in _find_frames(data) if is_animated else [find_image(_find_stills(data))]:
        if image:
            yield alpha, image


def _find_stills(data: bytes) -> Iterator[Chunk]:
    return (chunk for chunk in walk(data) if chunk.type in IMAGES or chunk.type == b"ALPH")


def _find_frames(data: bytes) -> Iterator[tuple[Chunk | None, Chunk | None]]:
    for chunk in walk(data):
        if chunk.type == b"ANMF":
            yield find_image(walk_within(data, chunk.payload_start + FRAME_SIZE, chunk.end))
