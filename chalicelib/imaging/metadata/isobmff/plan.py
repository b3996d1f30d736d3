"""The plan of a scrub that moves no offset: which bytes become zeros, which boxes become free space, what must stay."""

from bisect import bisect_right
from collections.abc import Iterator

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.findings import FindingCounter, Kind
from chalicelib.imaging.metadata.isobmff.boxes import REST, Box
from chalicelib.imaging.metadata.spans import Span, Spans, merge_spans
from chalicelib.imaging.metadata.splice import ByteCopier

_FREE = b"free"
#: Runs of picture data that even a small file may have, such as the tiles of a grid.
_RUNS = 1 << 14
_ZEROS = bytes(1 << 16)


class BoxPlan:
    """Gathers findings together with the change that removes each; applied once, at the end."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.counter = FindingCounter()
        self.kept: list[Span] = []
        self._blanks: list[Span] = []
        self._removed: list[Span] = []
        self._patches: dict[int, bytes] = {}
        self.cut = len(data)
        #: Which way up the picture stands (1 to 8), where only metadata that goes tells it.
        self.orientation = 1

    def keep(self, span: Span) -> None:
        """Note a run of picture data; one that follows the last one is a part of it.

        Raises CorruptImage when it lies outside of the file, or when there are more runs than that can hold.
        """
        if span.end > len(self.data):
            raise CorruptImage("An item's data lies outside of the file.", code="item_extent")
        before = self.kept[-1] if self.kept else Span(0, 0)
        if span.size and before.end == span.at:
            self.kept[-1:] = [Span(before.at, before.size + span.size)]
        elif span.size:
            self.kept.append(span)
        if len(self.kept) > _RUNS + len(self.data) // 64:
            raise CorruptImage("The picture is in more parts than the file can hold.", code="item_count")

    def patch(self, at: int, new: bytes) -> None:
        """Write other bytes of the same number."""
        self._patches[at] = new

    def blank(self, start: int, end: int, kind: Kind, where: str, summary: str) -> None:
        """Zero a run of structure; one that is all zeros already is nothing to tell."""
        hidden = end - start - self.data.count(0, start, end)
        if hidden > 0:
            self._blanks.append(Span(start, end - start))
            self.counter.add(kind, where, end - start, summary)

    def void(self, box: Box, kind: Kind, where: str, summary: str) -> None:
        """Turn a box into free space of zeros."""
        if box.kind in (_FREE, b"skip", REST):
            self.blank(box.start, box.end, kind, where, summary)
            return
        self.counter.add(kind, where, box.end - box.at, summary)
        self._blanks.append(Span(box.start, box.end - box.start))
        self.patch(box.at + 4, _FREE)

    def erase(self, box: Box) -> None:
        """Zero a box's content, as a part of what is told of its item."""
        self._blanks.append(Span(box.start, box.end - box.start))

    def remove(self, span: Span) -> None:
        """Zero a run of an item's data, if anything is in it."""
        if self.data.count(0, span.at, span.at + span.size) < span.size:
            self._removed.append(span)

    def settle(self, arenas: list[Span]) -> None:
        """Zero what no kept item reaches inside the arenas, the boxes for item data.

        Raises CorruptImage when data to remove overlaps data to keep, or when either lies outside of the arenas: zeros
        there would destroy the picture or the structure.
        """
        kept, homes = merge_spans(self.kept), merge_spans(arenas)
        for span in (*kept, *self._removed):
            if not _holds(homes, span):
                raise CorruptImage("An item's data lies outside of the boxes for data.", code="item_extent")
        for span in self._removed:
            if _touches(kept, span):
                raise CorruptImage("Metadata and picture share their bytes.", code="item_overlap")
        for start, end in _gaps(merge_spans((*kept, *self._removed)), homes):
            self.blank(start, end, Kind.PADDING, "mdat", "bytes that no item reaches")

    def apply(self) -> bytes:
        """Build the new file."""
        copier = ByteCopier(self.data)
        at = 0
        for start, new in self._edits():
            size = new.size if isinstance(new, Span) else len(new)
            copier.copy(at, start)
            if isinstance(new, Span):
                for left in range(size, 0, -len(_ZEROS)):
                    copier.write(_ZEROS[:left])
            else:
                copier.write(new)
            at = start + size
        copier.copy(at, self.cut)
        return copier.join()

    def _edits(self) -> list[tuple[int, Span | bytes]]:
        zeros = [(span.at, span) for span in merge_spans((*self._blanks, *self._removed)) if span.at < self.cut]
        patches = [(at, new) for at, new in self._patches.items() if at < self.cut]
        return sorted((*zeros, *patches), key=lambda edit: edit[0])


def _find(spans: Spans, at: int) -> Span | None:
    index = bisect_right(spans, at, key=lambda span: span.at) - 1
    return spans[index] if index >= 0 else None


def _holds(homes: Spans, span: Span) -> bool:
    home = _find(homes, span.at)
    return home is not None and span.end <= home.end


def _touches(kept: Spans, span: Span) -> bool:
    before = _find(kept, span.end - 1)
    return before is not None and before.end > span.at


def _gaps(spans: Spans, homes: Spans) -> Iterator[tuple[int, int]]:
    """List the parts of the homes that no span covers; both are in the order of the file, and each span has a home."""
    index = 0
    for home in homes:
        at, end = home.at, home.end
        while index < len(spans) and spans[index].at < end:
            if spans[index].at > at:
                yield at, spans[index].at
            at = max(at, spans[index].end)
            index += 1
        if at < end:
            yield at, end
