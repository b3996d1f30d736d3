"""Builds a file from slices of another file. No byte is copied before the end."""

#: Pieces that are collected before they are joined: a file of a million small pieces must not cost a million objects.
_MAX_PIECES = 1024


class ByteCopier:
    """Collects slices of `data` and new bytes, in order, and joins them. Adjacent slices become one.

    `size` is the number of bytes so far.
    """

    def __init__(self, data: bytes) -> None:
        self._view = memoryview(data)
        self._blocks: list[bytes] = []
        self._pieces: list[bytes | memoryview] = []
        self._start = self._end = 0
        self.size = 0

    def copy(self, start: int, end: int) -> None:
        """Append the bytes of `data` from `start` up to `end`."""
        self.size += end - start
        if start != self._end:
            self._flush()
            self._start = start
        self._end = end

    def write(self, new: bytes) -> None:
        """Append bytes that are not copied from `data`."""
        self.size += len(new)
        self._flush()
        self._pieces.append(new)

    def join(self, *before: bytes) -> bytes:
        """Return the new file: `before`, then all that was appended."""
        self._flush()
        return b"".join([*before, *self._blocks, *self._pieces])

    def _flush(self) -> None:
        if self._start < self._end:
            self._pieces.append(self._view[self._start : self._end])
        self._start = self._end = 0
        if len(self._pieces) >= _MAX_PIECES:
            self._blocks.append(b"".join(self._pieces))
            self._pieces.clear()
