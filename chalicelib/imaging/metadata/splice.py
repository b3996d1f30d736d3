"""Builds a file out of slices of another one, without a copy of any byte before the end."""

#: Pieces that wait before they are joined: a file of a million one-byte pieces must not cost a million objects.
_PIECES = 1024


class ByteCopier:
    """Slices of `data` and new bytes in their order; neighbouring slices become one. `size` counts the bytes so far."""

    def __init__(self, data: bytes) -> None:
        self._view = memoryview(data)
        self._blocks: list[bytes] = []
        self._pieces: list[bytes | memoryview] = []
        self._start = self._end = 0
        self.size = 0

    def copy(self, start: int, end: int) -> None:
        """Append the bytes of the old file from `start` up to `end`."""
        self.size += end - start
        if start != self._end:
            self._flush()
            self._start = start
        self._end = end

    def write(self, new: bytes) -> None:
        """Append bytes that the old file does not have in this place."""
        self.size += len(new)
        self._flush()
        self._pieces.append(new)

    def join(self, *before: bytes) -> bytes:
        """Give the new file, `before` first."""
        self._flush()
        return b"".join([*before, *self._blocks, *self._pieces])

    def _flush(self) -> None:
        if self._start < self._end:
            self._pieces.append(self._view[self._start : self._end])
        self._start = self._end = 0
        if len(self._pieces) >= _PIECES:
            self._blocks.append(b"".join(self._pieces))
            self._pieces.clear()
