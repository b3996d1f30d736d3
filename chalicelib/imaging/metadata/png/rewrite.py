"""Writes the pixels of a PNG without the bytes behind their last row. No pixel changes."""

import zlib
from collections.abc import Iterator

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.png.chunks import write_chunk
from chalicelib.imaging.metadata.png.pixels import OUTPUT, PIECE, SEQUENCE_SIZE, PixelRun, output_limit
from chalicelib.imaging.metadata.splice import ByteCopier

#: Streams up to this many decompressed bytes are compressed as well as zlib does by default; larger ones fast.
_SMALL = 32 << 20
#: Bytes in front of the deflate data of a zlib stream (RFC 1950).
_ZLIB_HEADER = 2
#: Bytes of a chunk around its payload, before and after it.
_BEFORE, _AFTER = 8, 4


class PixelWriter:
    """Appends streams of pixels and frame control chunks to `body`. Frames get their sequence numbers anew."""

    def __init__(self, data: bytes, body: ByteCopier) -> None:
        self._data = data
        self._body = body
        self._sequence = 0

    def write_control(self, start: int, end: int) -> None:
        """Append a frame control chunk whose payload lies between two offsets."""
        self._append(b"fcTL", start + SEQUENCE_SIZE, end)

    def write_run(self, run: PixelRun) -> None:
        """Append a stream up to its end. A stream that goes on behind the last row is compressed anew, up to there."""
        if not run.is_regular:
            for piece in _compress(self._data, run):
                self._write(run.type, piece)
            return
        left = run.end
        for part in run.parts:
            if left <= 0:
                break
            self._append(run.type, part.at, part.at + min(left, part.size))
            left -= part.size

    def _append(self, chunk_type: bytes, start: int, end: int) -> None:
        """Copy a chunk whose pixels lie between two offsets. Write it anew if its end or its number changes."""
        head = self._number(chunk_type)
        begin = start - len(head)
        size = int.from_bytes(self._data[begin - _BEFORE : begin - 4], "big")
        if size == end - begin and self._data[begin:start] == head:
            self._body.copy(begin - _BEFORE, end + _AFTER)
        else:
            self._body.write(write_chunk(chunk_type, head + self._data[start:end]))
        self._sequence += chunk_type != b"IDAT"

    def _write(self, chunk_type: bytes, piece: bytes) -> None:
        self._body.write(write_chunk(chunk_type, self._number(chunk_type) + piece))
        self._sequence += chunk_type != b"IDAT"

    def _number(self, chunk_type: bytes) -> bytes:
        return b"" if chunk_type == b"IDAT" else self._sequence.to_bytes(SEQUENCE_SIZE, "big")


def _compress(data: bytes, run: PixelRun) -> Iterator[bytes]:
    """Yield the rows of a stream, compressed anew. A piece has about OUTPUT bytes, and the last one may be smaller."""
    deflater = zlib.compressobj(zlib.Z_DEFAULT_COMPRESSION if run.expected <= _SMALL else zlib.Z_BEST_SPEED)
    waiting = bytearray()
    for rows in _decompress(data, run):
        waiting += deflater.compress(rows)
        if len(waiting) >= OUTPUT:
            yield bytes(waiting)
            waiting.clear()
    yield bytes(waiting) + deflater.flush()


def _decompress(data: bytes, run: PixelRun) -> Iterator[bytes]:
    """Yield the rows of a stream in pieces of at most OUTPUT bytes. Raises CorruptImage if the last byte is missing.

    The stream is read without its header and its checksum: a checksum that is wrong would cost the last byte.
    """
    inflater, left = zlib.decompressobj(-zlib.MAX_WBITS), run.expected
    for piece in _pieces(data, run, skip=_ZLIB_HEADER):
        waiting = piece
        while left:
            limit = output_limit(left)
            try:
                rows = inflater.decompress(waiting, limit)
            except zlib.error as error:
                raise CorruptImage("The pixels of the PNG cannot be decompressed.", code="png_pixels") from error
            waiting = inflater.unconsumed_tail
            left -= len(rows)
            yield rows
            if not waiting and len(rows) < limit:
                break


def _pieces(data: bytes, run: PixelRun, skip: int) -> Iterator[memoryview | bytes]:
    """Yield the compressed bytes of a stream in pieces of at most PIECE bytes, without the first `skip` bytes."""
    view = memoryview(data)
    for part in run.parts:
        start = part.at + min(skip, part.size)
        skip -= start - part.at
        for at in range(start, part.end, PIECE):
            yield view[at : min(at + PIECE, part.end)]
