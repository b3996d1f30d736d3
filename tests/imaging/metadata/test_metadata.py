"""The metadata package: it finds the format by signature, proves each result, and cleans real photos."""

import os
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from chalicelib.errors import CorruptImage, ImageRejected, UnsupportedFormat
from chalicelib.imaging import metadata
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.metadata import Kind, Stripped, jpeg
from scripts.measuring import samples
from scripts.measuring.samples import SECRET, segment
from tests.imaging.metadata.assert_clean import kinds

BESIDE = Path(__file__).parents[4] / "shared" / "images"
CORPUS = Path(os.environ.get("CORPUS_DIR", BESIDE))
PHOTOS = sorted(path for path in CORPUS.glob("*.*") if path.suffix != ".csv") if CORPUS.is_dir() else []
NO_PHOTO = pytest.param(CORPUS, marks=pytest.mark.skip("CORPUS_DIR names no folder with real photos"))


@pytest.mark.parametrize("data", [b"", b"plain text", b"8BPS\0\1", b"%PDF-1.7"])
def test_data_that_is_not_a_picture_is_rejected(data: bytes) -> None:
    for read in (metadata.inspect, metadata.read, metadata.strip):
        with pytest.raises(UnsupportedFormat):
            read(data)


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF", "BMP"])
def test_the_result_holds_format_and_size(name: str) -> None:
    data = samples.encode(samples.draw((40, 24)), name)
    stripped = metadata.strip(data)
    assert stripped.format is ImageFormat[name]
    assert stripped.size == metadata.read(data).size == (40, 24)


def test_findings_hold_no_values_of_the_file() -> None:
    exif = segment(0xE1, b"Exif\0\0" + samples.rich_exif(6))
    data = samples.jpeg(exif, segment(0xFE, SECRET), segment(0xE9, SECRET), trailer=SECRET)
    assert "Secret" not in repr(metadata.inspect(data))


@pytest.mark.parametrize("path", PHOTOS or [NO_PHOTO], ids=lambda path: path.name)
def test_a_real_photo_is_cleaned_or_rejected(path: Path) -> None:
    data = path.read_bytes()
    with suppress(ImageRejected):
        stripped = metadata.strip(data)
        assert kinds(stripped.data) == set()
        assert metadata.read(stripped.data).size == metadata.read(data).size


def give(result: Stripped, _data: bytes) -> Stripped:
    return result


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (Stripped(samples.jpeg(trailer=SECRET), ImageFormat.JPEG, (40, 24), ()), "metadata_left"),
        (Stripped(samples.jpeg(), ImageFormat.JPEG, (39, 24), ()), "size_changed"),
        (Stripped(samples.png(), ImageFormat.JPEG, (40, 24), ()), "size_changed"),
    ],
)
def test_a_wrong_result_of_a_format_is_rejected(monkeypatch: pytest.MonkeyPatch, result: Stripped, code: str) -> None:
    handler = metadata._FormatHandler(jpeg.read, partial(give, result))
    monkeypatch.setitem(metadata._HANDLERS, ImageFormat.JPEG, handler)
    with pytest.raises(CorruptImage) as raised:
        metadata.strip(samples.jpeg())
    assert raised.value.code == code


def test_a_quick_result_that_fails_the_proof_is_made_again_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    dirty = Stripped(samples.jpeg(trailer=SECRET), ImageFormat.JPEG, (40, 24), ())
    handler = metadata._FormatHandler(jpeg.read, jpeg.strip, partial(give, dirty))
    monkeypatch.setitem(metadata._HANDLERS, ImageFormat.JPEG, handler)
    assert metadata.strip(samples.jpeg(trailer=SECRET)).data == samples.jpeg()


def test_the_kept_findings_are_those_of_the_new_bytes() -> None:
    stripped = metadata.strip(samples.jpeg(segment(0xFE, SECRET), dpi=(300, 300)))
    assert [finding.kind for finding in stripped.removed] == [Kind.COMMENT]
    assert stripped.kept == metadata.inspect(stripped.data)
    assert [finding.kind for finding in stripped.kept] == [Kind.DENSITY]
