"""The bytes of a JPEG scan behind its last block: found in every scan and interval of a small picture, and cut off."""

from collections.abc import Mapping
from typing import Any

import pytest

from chalicelib.imaging import metadata
from chalicelib.imaging.metadata import Kind
from chalicelib.imaging.metadata.jpeg.scans import MAX_CODED, MAX_PROGRESSIVE, Cut, ScanReader
from chalicelib.imaging.metadata.jpeg.segments import SCAN, JpegSegment, walk
from scripts.measuring import samples
from scripts.measuring.samples import SECRET
from tests.imaging.metadata.assert_clean import scrub

#: A stuffed zero in it is part of the coded data.
HIDDEN = SECRET + b"\xff\0" + SECRET * 2
SETTINGS: list[dict[str, Any]] = [
    {},
    {"quality": 100, "subsampling": 0},
    {"subsampling": 1, "optimize": True},
    {"image": samples.draw((61, 45), "L")},
    {"image": samples.draw((61, 45), "CMYK")},
    {"image": samples.draw((1, 1))},
    {"restart_marker_blocks": 1},
    {"restart_marker_rows": 1},
    {"progressive": True},
    {"progressive": True, "quality": 100, "subsampling": 0},
    {"progressive": True, "image": samples.draw((61, 45), "CMYK"), "restart_marker_blocks": 2},
    {"progressive": True, "image": samples.draw((9, 90), "L"), "quality": 20},
]


def scans(data: bytes) -> list[JpegSegment]:
    return [segment for segment in walk(data) if segment.type == SCAN]


def find_cuts(data: bytes) -> Mapping[int, Cut]:
    reader = ScanReader(data)
    for segment in walk(data):
        reader.visit(segment)
    return reader.finish()


def make(options: dict[str, Any]) -> bytes:
    return samples.jpeg(**{"image": samples.draw((61, 45)), **options})


def _name(options: dict[str, Any]) -> str:
    """Return a name that is the same in each process of a parallel run: that of an image holds its address."""
    described = {name: f"{value.mode} {value.size}" if name == "image" else value for name, value in options.items()}
    return str(described)


@pytest.mark.parametrize("options", SETTINGS, ids=_name)
def test_a_scan_without_hidden_bytes_has_none(options: dict[str, Any]) -> None:
    assert find_cuts(make(options)) == {}


@pytest.mark.parametrize("options", SETTINGS, ids=_name)
def test_bytes_behind_each_scan_are_counted_and_cut(options: dict[str, Any]) -> None:
    clean = make(options)
    for scan in scans(clean):
        stripped = scrub(clean[: scan.end] + HIDDEN + clean[scan.end :])
        (finding,) = stripped.removed
        assert (finding.kind, finding.where, finding.size) == (Kind.PADDING, "scan", len(HIDDEN))
        assert stripped.data == clean


def test_bytes_in_front_of_each_restart_marker_are_cut() -> None:
    clean = make({"restart_marker_blocks": 2})
    data = clean
    for number in range(8):
        data = data.replace(bytes([0xFF, 0xD0 + number]), HIDDEN + b"\xff\xff" + bytes([0xFF, 0xD0 + number]))
    assert data.count(SECRET) >= 12
    assert scrub(data).data == clean


@pytest.mark.parametrize("marker", [b"\xff\x02", b"\xff\xf7", b"\xff\xd0"])
def test_bytes_behind_a_reserved_code_or_a_further_restart_marker_are_cut(marker: bytes) -> None:
    clean = make({})
    # libjpeg reads on behind a restart marker, but gives up at a reserved code.
    assert metadata.strip(clean[:-2] + marker + HIDDEN + clean[-2:]).data == clean


def large(**options: Any) -> bytes:
    data = samples.jpeg(image=samples.draw((900, 900)), quality=100, subsampling=0, **options)
    assert sum(scan.size for scan in scans(data)) > MAX_CODED
    return data


def test_the_last_restart_interval_of_a_large_picture_is_read() -> None:
    clean = large(restart_marker_blocks=4)
    assert find_cuts(clean) == {}
    assert scrub(clean[:-2] + HIDDEN + clean[-2:]).data == clean


@pytest.mark.parametrize("options", [{}, {"restart_marker_rows": 50}])
def test_another_large_picture_is_not_read(options: dict[str, Any]) -> None:
    data = large(**options)
    assert find_cuts(data[:-2] + HIDDEN + data[-2:]) == {}


def test_a_larger_progressive_picture_is_not_read() -> None:
    data = samples.jpeg(image=samples.draw((300, 300)), quality=95, progressive=True)
    assert MAX_PROGRESSIVE < sum(scan.size for scan in scans(data)) < MAX_CODED
    assert find_cuts(data[:-2] + HIDDEN + data[-2:]) == {}


def test_a_damaged_scan_is_taken_as_it_is() -> None:
    clean = make({})
    (scan,) = scans(clean)
    for data in (clean[: scan.end - 20] + clean[scan.end :], clean.replace(clean[scan.start : scan.end], bytes(9))):
        assert find_cuts(data) == {}


def test_a_picture_of_very_many_scans_is_not_read() -> None:
    clean = make({})
    (scan,) = scans(clean)
    data = clean[:-2] + HIDDEN + clean[-2:]
    reader = ScanReader(data)
    for segment in walk(data):
        for _ in range(1_100 if segment.start == scan.start else 1):
            reader.visit(segment)
    assert reader.finish() == {}
