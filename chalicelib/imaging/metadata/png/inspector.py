"""Lists the metadata in the chunks of a PNG. It must not depend on how the scrub works: it checks the result."""

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata import xmp
from chalicelib.imaging.metadata.exif.embedded import inspect_exif
from chalicelib.imaging.metadata.findings import Finding, FindingCounter, Kind
from chalicelib.imaging.metadata.icc import inspect_profile
from chalicelib.imaging.metadata.png.chunks import ALLOWED, PIXELS, TRAILER, Chunk, max_payload
from chalicelib.imaging.metadata.png.pixels import PixelRun
from chalicelib.imaging.metadata.png.profile import read_profile
from chalicelib.imaging.metadata.png.text import RAW_EXIF, TEXT_CHUNKS, XMP_KEYWORD, TextReader, read_raw_profile

_NO_METADATA = PIXELS | {b"IHDR", b"PLTE", b"tRNS", b"IEND", b"bKGD", b"sBIT"}
_ALLOWED = {
    b"pHYs": (Kind.DENSITY, "pixel density"),
    b"acTL": (Kind.ANIMATION, "animation control"),
    b"fcTL": (Kind.ANIMATION, "frame timing"),
}
_KNOWN = {
    b"tIME": (Kind.TIMESTAMP, "time of the last change"),
    b"caBX": (Kind.C2PA, "C2PA manifest"),
    b"sPLT": (Kind.TEXT, "suggested palette with a name"),
    b"hIST": (Kind.PRIVATE, "how often each colour is used"),
    b"dSIG": (Kind.PRIVATE, "digital signature"),
}
_PROFILES = {
    b"Raw profile type APP1": (Kind.EXIF, "EXIF or XMP as text"),
    b"Raw profile type iptc": (Kind.IPTC, "IPTC records as text"),
    b"Raw profile type 8bim": (Kind.PHOTOSHOP, "Photoshop image resources as text"),
    b"Raw profile type xmp": (Kind.XMP, "XMP packet as text"),
    b"Raw profile type icc": (Kind.ICC, "ICC profile as text"),
    b"Raw profile type icm": (Kind.ICC, "ICC profile as text"),
}


class PngInspector:
    """Visits the chunks in the order of the file and collects the findings."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._counter = FindingCounter()
        self._texts = TextReader(data)

    def visit(self, chunk: Chunk, ignored_reason: str) -> None:
        """Inspect one chunk. `ignored_reason` says why decoders ignore it; "" if they read it.

        Raises CorruptImage for a critical chunk that the specification does not have (5.4).
        """
        where = chunk.type.decode("ascii")
        if chunk.type == TRAILER:
            self._counter.add(Kind.TRAILER, where, chunk.size, "bytes after the end")
        elif ignored_reason:
            self._counter.add(Kind.ICC if chunk.type == b"iCCP" else Kind.PADDING, where, chunk.size, ignored_reason)
        elif chunk.type in ALLOWED:
            self._visit_allowed(chunk, where)
        elif chunk.type == b"iCCP":
            self._visit_profile(chunk)
        elif chunk.type == b"eXIf":
            self._counter.extend(inspect_exif(chunk.payload(self._data), where, chunk.size))
        elif chunk.type in TEXT_CHUNKS:
            self._visit_text(chunk, where)
        elif chunk.type[:1].isupper():
            raise CorruptImage("The PNG has a critical chunk that decoders do not know.", code="png_critical_chunk")
        else:
            kind, summary = _KNOWN.get(chunk.type, (Kind.PRIVATE, "private or unknown chunk"))
            self._counter.add(kind, where, chunk.size, summary)

    def visit_run(self, run: PixelRun) -> None:
        """Inspect one stream of pixels: count the bytes behind its end, or behind its last row."""
        where = run.type.decode("ascii")
        if not run.is_regular:
            self._counter.add(Kind.PADDING, where, run.hidden, "bytes behind the last row of pixels")
        elif run.hidden or run.parts[len(run.parts) - 1].size == 0:
            self._counter.add(Kind.PADDING, where, run.hidden, "bytes behind the end of the pixels")

    def findings(self) -> tuple[Finding, ...]:
        """Return the findings."""
        return self._counter.findings()

    def _visit_allowed(self, chunk: Chunk, where: str) -> None:
        excess = 0
        if chunk.type not in PIXELS:
            excess = chunk.payload_size - max_payload(chunk.type, self._data)
        if excess > 0:
            self._counter.add(Kind.PADDING, where, excess, "more bytes than the chunk may hold")
        if chunk.type not in _NO_METADATA:
            kind, summary = _ALLOWED.get(chunk.type, (Kind.COLOR, "colour information"))
            self._counter.add(kind, where, chunk.size, summary, allowed=True)

    def _visit_profile(self, chunk: Chunk) -> None:
        name, profile = read_profile(self._data, chunk)
        if not profile.is_whole:
            self._counter.add(Kind.ICC, "iCCP", chunk.size, "ICC profile that decoders ignore")
        else:
            self._counter.extend(inspect_profile(profile.data, "iCCP", chunk.size))
        if name != b"icc":
            self._counter.add(Kind.ICC_TEXT, "iCCP", len(name), "name of the ICC profile")

    def _visit_text(self, chunk: Chunk, where: str) -> None:
        keyword = self._texts.keyword(chunk)
        if keyword == XMP_KEYWORD:
            self._counter.extend(xmp.inspect_packet(self._texts.read(chunk), where, chunk.size))
        elif keyword == RAW_EXIF:
            exif = read_raw_profile(self._texts.read(chunk))
            found = inspect_exif(exif, where, chunk.size)
            self._counter.add(Kind.EXIF, where, chunk.size, "EXIF block as text")
            self._counter.extend(finding for finding in found if finding.kind not in (Kind.EXIF, Kind.ORIENTATION))
        else:
            kind, summary = _PROFILES.get(keyword, (Kind.TEXT, "text chunk"))
            self._counter.add(kind, where, chunk.size, summary)
