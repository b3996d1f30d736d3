"""Reads what a decoder needs to follow a JPEG scan: frame, scan header and Huffman tables (ITU-T T.81, B.2 and A.2)."""

from typing import NamedTuple


class Part(NamedTuple):
    """One block of a unit: the identifier of its component, and the numbers of its two tables."""

    component: int
    dc: int
    ac: int


class Header(NamedTuple):
    """A scan header: the blocks of a unit (an MCU), the band of coefficients, and whether it refines known ones."""

    blocks: tuple[Part, ...]
    is_interleaved: bool
    band: range
    is_refinement: bool


class Frame(NamedTuple):
    """A frame: its marker, its size in pixels, and the sampling factors of each component by its identifier."""

    type: int
    width: int
    height: int
    factors: dict[int, tuple[int, int]]

    def count_units(self, header: Header) -> int:
        """Return the number of units of a scan. A scan of one component has one block in a unit (A.2.2)."""
        if not header.is_interleaved:
            columns, rows = self._count_blocks(header.blocks[0].component)
        else:
            across, down = self._greatest()
            columns, rows = _divide(self.width, 8 * across), _divide(self.height, 8 * down)
        return columns * rows

    def _count_blocks(self, component: int) -> tuple[int, int]:
        """Return columns and rows of blocks of a component (A.1.1)."""
        (across, down), (most_across, most_down) = self.factors[component], self._greatest()
        width, height = _divide(self.width * across, most_across), _divide(self.height * down, most_down)
        return _divide(width, 8), _divide(height, 8)

    def _greatest(self) -> tuple[int, int]:
        across, down = zip(*self.factors.values(), strict=True)
        return max(across), max(down)


class Tables:
    """The Huffman tables in force, by the class and number of each."""

    def __init__(self) -> None:
        self._codes: dict[int, bytes] = {}

    def read(self, payload: bytes) -> None:
        """Take the tables of a DHT segment, which fill it exactly (B.2.4.2)."""
        at = 0
        while at < len(payload):
            end = at + 17 + sum(payload[at + 1 : at + 17])
            self._codes[payload[at]] = payload[at + 1 : end]
            at = end

    def dc(self, part: Part) -> bytes:
        """Return the table for the DC coefficients of a block. Raises KeyError when it is missing."""
        return self._codes[part.dc]

    def ac(self, part: Part) -> bytes:
        """Return the table for the AC coefficients of a block. Raises KeyError when it is missing."""
        return self._codes[part.ac | 0x10]


def read_frame(marker: int, payload: bytes) -> Frame | None:
    """Read a frame header (B.2.2). Return None when it is not one that decoders take."""
    height, width = int.from_bytes(payload[1:3], "big"), int.from_bytes(payload[3:5], "big")
    parts = [payload[at : at + 3] for at in range(6, len(payload), 3)]
    factors = {part[0]: (part[1] >> 4, part[1] & 15) for part in parts}
    if not factors or not width or not height or not all(across and down for across, down in factors.values()):
        return None
    return Frame(marker, width, height, factors)


def read_header(frame: Frame, payload: bytes) -> Header | None:
    """Read a scan header (B.2.3). Return None when it does not suit the frame."""
    count = payload[0]
    parts = [Part(payload[at], payload[at + 1] >> 4, payload[at + 1] & 15) for at in range(1, 1 + 2 * count, 2)]
    first, last, approximation = payload[1 + 2 * count :]
    if not parts or last > 63 or first > last or any(part.component not in frame.factors for part in parts):
        return None
    is_interleaved = count > 1
    if is_interleaved:
        factors = [frame.factors[part.component] for part in parts]
        parts = [part for part, (across, down) in zip(parts, factors, strict=True) for _ in range(across * down)]
    if len(parts) > 10 or (first and is_interleaved):
        return None
    return Header(tuple(parts), is_interleaved, range(first, last + 1), bool(approximation >> 4))


def _divide(number: int, by: int) -> int:
    return -(-number // by)
