"""Follows the compressed pixels of a PNG up to their last row, and counts the bytes behind it.

The pixels are decompressed in pieces, counted and dropped. How many bytes they have follows from the header
(PNG third edition, 7.2, 8.1 and 10.1). A zlib stream may hold more rows, and more bytes may follow it (RFC 1950).
"""

import zlib

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.png.chunks import FIXED, Chunk
from chalicelib.imaging.metadata.spans import Span, Spans

#: Compressed bytes that zlib gets at once, and decompressed bytes that it returns at most.
PIECE, OUTPUT = 1 << 14, 1 << 16
#: Decompressed bytes of all frames of a file together. 50 megapixels with 16 bits for each sample have 400 million.
MAX_PIXEL_BYTES = 640 << 20
#: Bytes that may follow the last row within its stream: end of block, empty blocks of a flush, checksum.
_STREAM_END = 32
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
#: The passes of an interlaced picture: first column and row, and the steps between columns and rows (8.1, Adam7).
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_WHOLE = ((0, 0, 1, 1),)
#: Bytes of the sequence number before the pixels of an fdAT chunk (11.3.6.3).
SEQUENCE_SIZE = 4


def output_limit(left: int) -> int:
    """Return how many of the `left` bytes zlib may return at once. The last byte is on its own.

    zlib reads on through blocks without content as long as there is room for more bytes. It stops at the last byte.
    """
    return min(left - 1, OUTPUT) if left > 1 else 1


class PixelRun:
    """One zlib stream: the data of all IDAT chunks, or of all fdAT chunks of a frame.

    `parts` are the ranges of its bytes in the file, `size` is their number, and `expected` is the bytes of all rows.
    """

    def __init__(self, data: bytes, chunk_type: bytes, expected: int) -> None:
        self.type = chunk_type
        self.expected = expected
        self.parts = Spans()
        self.size = 0
        self._view = memoryview(data)
        self._inflater = zlib.decompressobj()
        self._left = expected
        self._fed = 0
        self._rows_end = self._stream_end = -1
        self._is_done = False

    def feed(self, start: int, end: int) -> None:
        """Read the next compressed bytes. Raises CorruptImage when they cannot be decompressed before the last row."""
        self.parts.append(Span(start, end - start))
        self.size += end - start
        for at in range(start, end, PIECE):
            if self._is_done:
                break
            self._inflate(self._view[at : min(at + PIECE, end)])

    def check_rows(self) -> None:
        """Raise CorruptImage when the stream ends before the last row."""
        if self._left > 0:
            raise CorruptImage("The pixels of the PNG end before its last row.", code="truncated_image")

    @property
    def is_regular(self) -> bool:
        """Return True if the stream ends with the last row. Otherwise it must be compressed anew."""
        return self._left == 0 and self.end - self._rows_end <= _STREAM_END

    @property
    def end(self) -> int:
        """Return how many bytes belong to the stream. All do if zlib does not find its end."""
        return self._stream_end if self._stream_end >= 0 else self.size

    @property
    def hidden(self) -> int:
        """Return how many bytes are behind the stream, or behind the last row if the stream goes on."""
        return self.size - (self.end if self.is_regular else self._rows_end)

    def _inflate(self, piece: memoryview | bytes) -> None:
        self._fed += len(piece)
        try:
            while not self._is_done:
                limit = output_limit(self._left)
                made = len(self._inflater.decompress(piece, limit))
                piece = self._inflater.unconsumed_tail
                self._count(made, len(piece))
                if not piece and made < limit:
                    return
        except zlib.error as error:
            if self._left > 1:
                raise CorruptImage("The pixels of the PNG cannot be decompressed.", code="png_pixels") from error
            # The symbol of the last byte was read before. Decoders stop there, and do not check the checksum.
            self._left, self._is_done = 0, True

    def _count(self, made: int, waiting: int) -> None:
        self._left -= made
        if self._left == 1:
            self._rows_end = self._fed - waiting
        if self._inflater.eof:
            self._stream_end = self._fed - len(self._inflater.unused_data)
        self._is_done = self._inflater.eof or self._left < 0


class PixelReader:
    """Visits the chunks that decoders read, in the order of the file, and follows their streams of pixels."""

    def __init__(self, data: bytes) -> None:
        """Read the header. Raises CorruptImage when decoders know no such picture (11.2.2)."""
        self._data = data
        self._size = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
        depth, colour_type, compression, filtering, interlacing = data[24:29]
        if depth not in _DEPTHS.get(colour_type, ()) or compression or filtering or interlacing > 1:
            raise CorruptImage("The header of the PNG has values that no decoder knows.", code="png_header")
        self._bits = _CHANNELS[colour_type] * depth
        self._passes = _PASSES if interlacing else _WHOLE
        self._budget = MAX_PIXEL_BYTES
        self._run: PixelRun | None = None
        self._frame: tuple[int, int] | None = None
        self._sequence = 0

    def visit(self, chunk: Chunk) -> PixelRun | None:
        """Follow one chunk. Return the stream that it ends, if there is one: a frame control chunk ends the last frame.

        Raises CorruptImage when a frame lacks its control chunk, its pixels or its place in the sequence.
        """
        ended = None
        if chunk.type == b"IDAT":
            self._frame = None
            self._feed(chunk, chunk.payload_start, self._size)
        elif chunk.type == b"fcTL":
            self._check_sequence(chunk)
            ended, self._frame = self.finish(), self._read_frame(chunk)
        elif chunk.type == b"fdAT":
            self._check_sequence(chunk)
            self._feed(chunk, chunk.payload_start + SEQUENCE_SIZE, self._frame)
        return ended

    def finish(self) -> PixelRun | None:
        """End the last stream and return it. Raises CorruptImage when rows are missing."""
        if self._frame and not self._run:
            raise CorruptImage("A frame of the PNG has no pixels.", code="png_frame")
        run, self._run = self._run, None
        if run:
            run.check_rows()
        return run

    def _feed(self, chunk: Chunk, start: int, size: tuple[int, int] | None) -> None:
        if self._run is None:
            if size is None:
                raise CorruptImage("A frame of the PNG has no control chunk.", code="png_frame")
            self._run = PixelRun(self._data, chunk.type, self._expect(*size))
        if self._run.type != chunk.type:
            raise CorruptImage("A frame of the PNG has no control chunk.", code="png_frame")
        self._run.feed(start, chunk.payload_end)

    def _expect(self, width: int, height: int) -> int:
        """Return the bytes of all rows, each with its filter type. Raises CorruptImage above the budget of the file."""
        expected = 0
        for column, row, across, down in self._passes:
            columns, rows = -(-(width - column) // across), -(-(height - row) // down)
            expected += rows * (1 + (columns * self._bits + 7) // 8) if columns > 0 and rows > 0 else 0
        self._budget -= expected
        if self._budget < 0:
            raise CorruptImage("The PNG has too many pixels to be checked.", code="png_too_large")
        return expected

    def _check_sequence(self, chunk: Chunk) -> None:
        number = int.from_bytes(self._data[chunk.payload_start : chunk.payload_start + SEQUENCE_SIZE], "big")
        if number != self._sequence or chunk.payload_size < SEQUENCE_SIZE:
            raise CorruptImage("The frames of the PNG are not numbered in order.", code="png_sequence")
        self._sequence += 1

    def _read_frame(self, chunk: Chunk) -> tuple[int, int]:
        """Return width and height of a frame in pixels (11.3.6.2). Raises CorruptImage when it leaves the picture."""
        at = chunk.payload_start + SEQUENCE_SIZE
        if chunk.payload_size < FIXED[b"fcTL"]:
            raise CorruptImage("A frame of the PNG has no control chunk.", code="png_frame")
        width, height, left, top = (int.from_bytes(self._data[at + 4 * n : at + 4 * n + 4], "big") for n in range(4))
        if not width or not height or left + width > self._size[0] or top + height > self._size[1]:
            raise CorruptImage("A frame of the PNG is empty or not inside the picture.", code="png_frame")
        return width, height
