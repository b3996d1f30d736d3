"""Says what each block of a GIF is: the judging half, which knows nothing of how a scrub works."""

from chalicelib.imaging.metadata import xmp
from chalicelib.imaging.metadata.findings import Finding, FindingCounter, Kind
from chalicelib.imaging.metadata.gif.blocks import Block, Part

#: Names of the extension that tells how often an animation runs, of two vendors and one shape.
LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
#: Bytes of a graphic control extension and of a loop extension, from introducer to terminator (GIF89a, 23 and 26).
_CONTROL_SIZE, _LOOP_SIZE = 8, 19
#: Transparency, user input and disposal; the other bits are reserved (GIF89a, 23).
CONTROL_FLAGS = 0x1F
_XMP = b"XMP DataXMP"
_APPLICATIONS = (
    (b"ICCRGBG1012", Kind.ICC, "ICC profile, which no viewer of GIF reads"),
    (b"C2PA_GIF", Kind.C2PA, "C2PA manifest"),
    (b"MGK8BIM", Kind.PHOTOSHOP, "Photoshop image resources"),
    (b"MGKIPTC", Kind.IPTC, "IPTC records"),
)
_PLAIN = {
    Part.COMMENT: (Kind.COMMENT, "comment"),
    Part.TEXT: (Kind.TEXT, "plain text extension"),
    Part.UNKNOWN: (Kind.UNKNOWN, "unknown extension"),
    Part.GAP: (Kind.PADDING, "bytes that start no block"),
    Part.TRAILER: (Kind.TRAILER, "bytes after the end"),
}


class GifInspector:
    """Takes the blocks in their order and keeps a counter of what is not the coded picture."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._counter = FindingCounter()

    def visit(self, block: Block) -> None:
        """Judge one block."""
        if block.part is Part.CONTROL:
            self._judge_control(block)
        elif block.part is Part.APPLICATION:
            self._judge_application(block)
        elif block.part in _PLAIN:
            kind, summary = _PLAIN[block.part]
            self._counter.add(kind, block.part.value, block.size, summary)

    def findings(self) -> tuple[Finding, ...]:
        """List what was found."""
        return self._counter.findings()

    def _judge_control(self, block: Block) -> None:
        is_exact = block.size == _CONTROL_SIZE and self._data[block.at] == 4
        is_exact = is_exact and not self._data[block.at + 1] & ~CONTROL_FLAGS
        self._counter.add(
            Kind.ANIMATION, block.part.value, block.size, "frame timing or transparency", allowed=is_exact
        )

    def _judge_application(self, block: Block) -> None:
        name = self._data[block.at + 1 : block.at + 12]
        if name in LOOPS:
            lengths = self._data[block.at], *self._data[block.at + 12 : block.at + 14]
            is_exact = block.size == _LOOP_SIZE and lengths == (11, 3, 1)
            self._counter.add(Kind.ANIMATION, block.part.value, block.size, "animation loop", allowed=is_exact)
        elif name == _XMP:
            packet = self._data[block.at + 12 : block.end]
            self._counter.extend(xmp.inspect_packet(packet, block.part.value, block.size))
        else:
            found = ((kind, summary) for sign, kind, summary in _APPLICATIONS if name.startswith(sign))
            kind, summary = next(found, (Kind.PRIVATE, "unknown application block"))
            self._counter.add(kind, block.part.value, block.size, summary)
