"""Plan a scrub that moves no offset: zero bytes, turn boxes into free space, and check that the pictures stay."""

from bisect import bisect_right
from collections.abc import Iterator
from io import BytesIO

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.findings import FindingCounter, Kind
from chalicelib.imaging.metadata.isobmff.boxes import REST, Box
from chalicelib.imaging.metadata.spans import Span, Spans, merge_spans

_FREE = b"free"
#: A file may have _RUNS runs of picture data, such as the tiles of a grid, and one more for each _BYTES_A_RUN bytes.
_RUNS, _BYTES_A_RUN = 1 << 14, 64
_ZEROS = bytes(1 << 16)


class BoxPlan:
    """Collects the findings and the changes that remove them. apply() makes all changes at once."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.counter = FindingCounter()
        self.kept: list[Span] = []
        self._zeroed: list[Span] = []
        self._removed: list[Span] = []
        self._replaced: list[tuple[Span, bytes]] = []
        self._patches: dict[int, bytes] = {}
        #: Where to cut the file; bytes after this offset are a trailer.
        self.cut_at = len(data)

    def keep(self, span: Span) -> None:
        """Keep a run of picture data. A run directly after the last one is joined to it.

        Raises CorruptImage when the run lies outside the file, or when there are too many runs for the file's size.
        """
        if span.end > len(self.data):
            raise CorruptImage("An item's data lies outside the file.", code="item_extent")
        before = self.kept[-1] if self.kept else Span(0, 0)
        if span.size and before.end == span.at:
            self.kept[-1:] = [Span(before.at, before.size + span.size)]
        elif span.size:
            self.kept.append(span)
        if len(self.kept) > _RUNS + len(self.data) // _BYTES_A_RUN:
            raise CorruptImage("The picture has too many parts for the size of the file.", code="item_count")

    def patch(self, at: int, new: bytes) -> None:
        """Replace bytes by as many other bytes."""
        self._patches[at] = new

    def zero(self, start: int, end: int, kind: Kind, where: str, summary: str) -> None:
        """Zero a run of bytes outside the items' data. Report it as a finding unless it is all zeros already."""
        hidden = end - start - self.data.count(0, start, end)
        if hidden > 0:
            self._zeroed.append(Span(start, end - start))
            self.counter.add(kind, where, end - start, summary)

    def free(self, box: Box, kind: Kind, where: str, summary: str) -> None:
        """Turn a box into free space, and zero it."""
        if box.kind in (_FREE, b"skip", REST):
            self.zero(box.start, box.end, kind, where, summary)
            return
        self.counter.add(kind, where, box.end - box.at, summary)
        self._zeroed.append(Span(box.start, box.end - box.start))
        self.patch(box.at + 4, _FREE)

    def zero_contents(self, box: Box) -> None:
        """Zero the content of a box without a finding of its own."""
        self._zeroed.append(Span(box.start, box.end - box.start))

    def remove(self, span: Span) -> None:
        """Zero a run of an item's data."""
        self._removed.append(span)

    def replace_item(self, spans: list[Span], new: bytes, kind: Kind, where: str) -> None:
        """Replace an item's data by new data, with zeros up to the old length. Report it unless the data is the same.

        The new data must not be longer than the old.
        """
        size = sum(span.size for span in spans)
        padded = new.ljust(size, b"\0")
        at, changed = 0, False
        for span in spans:
            part = padded[at : at + span.size]
            at += span.size
            changed = changed or self.data[span.at : span.end] != part
            self._replaced.append((span, part))
        if changed:
            self.counter.add(kind, where, size, "values in another form, or bytes after them")

    def check_and_zero_gaps(self, data_boxes: list[Span]) -> None:
        """Zero the bytes of `data_boxes`, the boxes for item data, that belong to no kept item.

        Raises CorruptImage when data to remove overlaps data to keep, or when either lies outside these boxes: zeros
        there would destroy the picture or the structure.
        """
        kept, data = merge_spans(self.kept), merge_spans(data_boxes)
        changed = [*self._removed, *(span for span, _ in self._replaced)]
        for span in (*kept, *changed):
            if not _contains(data, span):
                raise CorruptImage("An item's data lies outside the boxes for data.", code="item_extent")
        for span in changed:
            if _overlaps(kept, span):
                raise CorruptImage("Metadata and picture share bytes.", code="item_overlap")
        for start, end in _gaps(merge_spans((*kept, *changed)), data):
            self.zero(start, end, Kind.PADDING, "mdat", "bytes that no item reaches")

    def apply(self) -> bytes:
        """Return the scrubbed file."""
        file = BytesIO(self.data)
        file.truncate(self.cut_at)
        for span in (*self._zeroed, *self._removed):
            file.seek(span.at)
            for left in range(min(span.end, self.cut_at) - span.at, 0, -len(_ZEROS)):
                file.write(_ZEROS[:left])
        patches = self._patches | {span.at: new for span, new in self._replaced}
        for at, new in patches.items():
            if at < self.cut_at:
                file.seek(at)
                file.write(new)
        return file.getvalue()


def _find(spans: Spans, at: int) -> Span | None:
    index = bisect_right(spans, at, key=lambda span: span.at) - 1
    return spans[index] if index >= 0 else None


def _contains(data_boxes: Spans, span: Span) -> bool:
    data_box = _find(data_boxes, span.at)
    return data_box is not None and span.end <= data_box.end


def _overlaps(kept: Spans, span: Span) -> bool:
    before = _find(kept, span.end - 1)
    return before is not None and before.end > span.at


def _gaps(spans: Spans, data_boxes: Spans) -> Iterator[tuple[int, int]]:
    """Yield start and end of each part of the data boxes that no span covers.

    Both lists are in the order of the file, and each span lies in one data box.
    """
    index = 0
    for data_box in data_boxes:
        at, end = data_box.at, data_box.end
        while index < len(spans) and spans[index].at < end:
            if spans[index].at > at:
                yield at, spans[index].at
            at = max(at, spans[index].end)
            index += 1
        if at < end:
            yield at, end
