"""The door of the rooms: formats are told by their bytes, results are proven, and real photos come out clean."""

import os
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from chalicelib.errors import CorruptImage, ImageRejected, UnsupportedFormat
from chalicelib.imaging import metadata
from chalicelib.imaging.formats import ImageFormat
from scripts.measuring import samples
from scripts.measuring.samples import SECRET, segment
from tests.imaging.metadata.assert_clean import kinds

BESIDE = Path(__file__).parents[4] / "shared" / "images"
CORPUS = Path(os.environ.get("CORPUS_DIR", BESIDE))
PHOTOS = sorted(path for path in CORPUS.glob("*.*") if path.suffix != ".csv") if CORPUS.is_dir() else []


@pytest.mark.parametrize("data", [b"", b"plain text", b"8BPS\0\1", b"%PDF-1.7"])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    for read in (metadata.inspect, metadata.read, metadata.strip):
        with pytest.raises(UnsupportedFormat):
            read(data)


def test_a_format_without_a_room_is_refused() -> None:
    with pytest.raises(UnsupportedFormat, match="BMP"):
        metadata.strip(samples.encode(samples.draw(), "BMP"))


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF"])
def test_the_report_tells_format_and_size(name: str) -> None:
    data = samples.encode(samples.draw((40, 24)), name)
    stripped = metadata.strip(data)
    assert stripped.format is ImageFormat[name]
    assert stripped.size == metadata.read(data).size == (40, 24)


def test_no_finding_echoes_what_it_found() -> None:
    exif = segment(0xE1, b"Exif\0\0" + samples.rich_exif(6))
    data = samples.jpeg(exif, segment(0xFE, SECRET), segment(0xE9, SECRET), trailer=SECRET)
    assert "Secret" not in repr(metadata.inspect(data))


@pytest.mark.parametrize("path", PHOTOS, ids=lambda path: path.name)
def test_a_real_photo_comes_out_clean_or_is_rejected(path: Path) -> None:
    data = path.read_bytes()
    with suppress(ImageRejected):
        stripped = metadata.strip(data)
        assert kinds(stripped.data) == set()
        assert metadata.read(stripped.data).size == metadata.read(data).size


def answer(lie: metadata.Stripped, data: bytes) -> metadata.Stripped:
    assert data
    return lie


def test_a_format_whose_result_holds_metadata_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    handler = metadata._HANDLERS[ImageFormat.JPEG]
    dirty = metadata.Stripped(samples.jpeg(trailer=SECRET), ImageFormat.JPEG, (40, 24), ())
    smaller = metadata.Stripped(samples.jpeg(), ImageFormat.JPEG, (39, 24), ())
    for lie in (dirty, smaller):
        liar = metadata._FormatHandler(handler.read, partial(answer, lie))
        monkeypatch.setitem(metadata._HANDLERS, ImageFormat.JPEG, liar)
        with pytest.raises(CorruptImage):
            metadata.strip(samples.jpeg())
