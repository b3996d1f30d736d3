"""Lists the metadata in the blocks of a GIF. It must not depend on how the scrub works: it checks the result."""

from chalicelib.imaging.metadata import xmp
from chalicelib.imaging.metadata.findings import Finding, FindingCounter, Kind
from chalicelib.imaging.metadata.gif.blocks import Block, Part
from chalicelib.imaging.metadata.gif.images import ImageCodes

#: Names of the extension that holds the loop count. Two vendors have defined the same extension.
LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
#: Sizes in bytes of a graphic control and of a loop extension, introducer to terminator (GIF89a, 23 and 26).
_CONTROL_SIZE, _LOOP_SIZE = 8, 19
#: The bits of transparency, user input and disposal. The other bits are reserved (GIF89a, 23).
CONTROL_FLAGS = 0x1F
_XMP = b"XMP DataXMP"
_APPLICATIONS = (
    (b"ICCRGBG1012", Kind.ICC, "ICC profile, which GIF viewers ignore"),
    (b"C2PA_GIF", Kind.C2PA, "C2PA manifest"),
    (b"MGK8BIM", Kind.PHOTOSHOP, "Photoshop image resources"),
    (b"MGKIPTC", Kind.IPTC, "IPTC records"),
)
_KNOWN = {
    Part.COMMENT: (Kind.COMMENT, "comment"),
    Part.TEXT: (Kind.TEXT, "plain text extension"),
    Part.UNKNOWN: (Kind.UNKNOWN, "unknown extension"),
    Part.GAP: (Kind.PADDING, "bytes between blocks"),
    Part.TRAILER: (Kind.TRAILER, "bytes after the end"),
}


class GifInspector:
    """Visits the blocks in the order of the file and collects the findings."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._counter = FindingCounter()

    def visit(self, block: Block) -> None:
        """Inspect one block."""
        if block.type is Part.CONTROL:
            self._visit_control(block)
        elif block.type is Part.APPLICATION:
            self._visit_application(block)
        elif block.type in _KNOWN:
            kind, summary = _KNOWN[block.type]
            self._counter.add(kind, block.type.value, block.size, summary)

    def visit_codes(self, codes: ImageCodes) -> None:
        """Inspect the codes of one image: count the bytes behind their end."""
        if codes.hidden:
            self._counter.add(Kind.PADDING, Part.IMAGE.value, codes.hidden, "bytes behind the end of the image")

    def findings(self) -> tuple[Finding, ...]:
        """Return the findings."""
        return self._counter.findings()

    def _visit_control(self, block: Block) -> None:
        is_exact = block.size == _CONTROL_SIZE and self._data[block.payload_start] == 4
        is_exact = is_exact and not self._data[block.payload_start + 1] & ~CONTROL_FLAGS
        self._counter.add(
            Kind.ANIMATION, block.type.value, block.size, "frame timing or transparency", allowed=is_exact
        )

    def _visit_application(self, block: Block) -> None:
        name = self._data[block.payload_start + 1 : block.payload_start + 12]
        if name in LOOPS:
            lengths = self._data[block.payload_start], *self._data[block.payload_start + 12 : block.payload_start + 14]
            is_exact = block.size == _LOOP_SIZE and lengths == (11, 3, 1)
            self._counter.add(Kind.ANIMATION, block.type.value, block.size, "animation loop", allowed=is_exact)
        elif name == _XMP:
            packet = self._data[block.payload_start + 12 : block.payload_end]
            self._counter.extend(xmp.inspect_packet(packet, block.type.value, block.size))
        else:
            found = ((kind, summary) for prefix, kind, summary in _APPLICATIONS if name.startswith(prefix))
            kind, summary = next(found, (Kind.PRIVATE, "unknown application block"))
            self._counter.add(kind, block.type.value, block.size, summary)
