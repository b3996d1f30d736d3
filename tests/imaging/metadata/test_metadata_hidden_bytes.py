"""Where 64 bytes can hide: after a scrub they are gone, or the file is rejected, or decision 8 lists the place."""

import re

import pytest

from chalicelib.errors import ImageRejected
from chalicelib.imaging import metadata
from tests.conftest import ROOT
from tests.imaging.metadata.hiding_places import HIDDEN, gif, isobmff, jpeg, png, tiff, webp

DECISION = ROOT / "docs" / "decisions" / "0008-what-a-scrub-keeps.md"
CONTAINERS = {
    "JPEG": jpeg.PLACES,
    "PNG": png.PLACES,
    "GIF": gif.PLACES,
    "WebP": webp.PLACES,
    "TIFF": tiff.PLACES,
    "AVIF, HEIC": isobmff.PLACES,
}
PLACES = [(container, name) for container, places in CONTAINERS.items() for name in places]
#: Places where decoders disagree or fail, so that the file is rejected.
REJECTED = {
    ("JPEG", "end of a quantisation table"),
    ("JPEG", "end of a Huffman table"),
    ("JPEG", "end of the frame header"),
    ("JPEG", "end of the scan header"),
    ("JPEG", "end of the restart interval"),
    ("JPEG", "second start of image"),
    ("PNG", "unknown critical chunk"),
    ("PNG", "end of the header"),
    ("PNG", "palette, second"),
    ("PNG", "transparency of colours that are not there"),
    ("GIF", "behind a code that is not in the table"),
    ("WebP", "picture that cannot be decoded"),
    ("TIFF", "strips that the picture does not need"),
}
#: Places that hold the bytes one by one. They are left when the scrub changes nothing.
SPREAD = {
    ("PNG", "bits at the end of rows of fewer than eight bits"),
    ("PNG", "colours of pixels that are fully transparent"),
}
#: So many of the bytes are searched for.
_FOUND = 16


def listed() -> set[tuple[str, str]]:
    """Read the table of decision 8: format and place."""
    table = DECISION.read_text().partition("## Where bytes can still hide")[2]
    return set(re.findall(r"^\| ([^|]+) \| ([^|]+) \|", table, re.MULTILINE)[1:])


def result(data: bytes) -> str:
    try:
        cleaned = metadata.strip(data).data
    except ImageRejected:
        return "rejected"
    return "left" if HIDDEN[:_FOUND] in cleaned or cleaned == data else "gone"


@pytest.mark.parametrize(("container", "name"), PLACES)
def test_bytes_are_gone_or_rejected_or_their_place_is_listed(container: str, name: str) -> None:
    data = CONTAINERS[container][name]()
    assert HIDDEN[:_FOUND] in data or (container, name) in SPREAD
    is_listed = (container, name.partition(":")[0]) in listed()
    expected = "rejected" if (container, name) in REJECTED else "left" if is_listed else "gone"
    assert result(data) == expected


def test_every_listed_place_is_tried() -> None:
    assert len(listed()) > 5
    assert listed() <= {(container, name.partition(":")[0]) for container, name in PLACES}


@pytest.mark.parametrize(("container", "name"), PLACES)
def test_inspect_tells_what_a_scrub_removes_or_rejects(container: str, name: str) -> None:
    data = CONTAINERS[container][name]()
    expected = result(data)
    try:
        findings = [finding for finding in metadata.inspect(data) if not finding.allowed]
    except ImageRejected:
        assert expected == "rejected"
    else:
        assert expected != "rejected"
        assert findings or expected == "left"
