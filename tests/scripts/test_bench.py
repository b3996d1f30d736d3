"""The benchmarks: each runs from the command line and prints a table, with the tools that are installed."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib.imaging import metadata
from chalicelib.imaging.metadata import Kind
from scripts import bench
from scripts.measuring import hostile_files, samples


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    path.write_bytes(bench.make_photo((60, 40)))
    return path


@pytest.fixture
def unfrozen() -> Iterator[None]:
    """Undo gc.freeze(), which the benchmark of hostile files calls."""
    yield
    gc.unfreeze()


def rows(table: str) -> list[list[str]]:
    """Return the cells of each line of a Markdown table, without its two header lines."""
    lines = [line for line in table.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_a_made_photo_holds_exif_xmp_and_a_profile() -> None:
    data = bench.make_photo((60, 40))
    found = {finding.kind for finding in metadata.inspect(data)}
    assert {Kind.EXIF, Kind.GPS, Kind.XMP, Kind.ICC} <= found
    assert metadata.read(data).size == (60, 40)


def test_measuring_runs_the_work_as_often_as_asked_and_returns_a_time() -> None:
    runs: list[int] = []
    assert bench.measure(lambda: runs.append(1), 5) >= 0
    assert len(runs) == 5


def test_saving_again_with_pillow_keeps_format_and_size() -> None:
    saved = bench.save_again(samples.png(samples.chunk(b"tEXt", b"Author\0me")))
    assert metadata.read(saved).size == (40, 24)
    assert saved.startswith(b"\x89PNG")


def test_the_scrub_is_measured_beside_pillow_and_missing_tools_are_named(
    photo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    before = photo.read_bytes()
    assert bench.main(["scrub", str(photo)]) == 0
    out = capsys.readouterr().out
    assert f"photo.jpg: {len(before):,} bytes" in out
    table = {row[0]: row[1] for row in rows(out)}
    assert list(table) == ["darkroom, with its proof", *bench.tools(photo, photo.parent)]
    assert {name for name, cost in table.items() if cost == "not installed"} == {
        name for name in table if name.split()[0] in ("jpegtran", "exiftool", "mat2")
    }
    assert float(table["darkroom, with its proof"]) >= 0
    assert photo.read_bytes() == before


@pytest.mark.usefixtures("unfrozen")
def test_hostile_files_are_measured_in_two_sizes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sizes: list[int] = []

    def make(count: int) -> bytes:
        sizes.append(count)
        return samples.png(samples.chunk(b"abCd", b"") * count)

    monkeypatch.setattr(hostile_files, "KINDS", {"chunks": (make, 8_000)})
    assert bench.main(["hostile"]) == 0
    ((name, small, _, large, _, growth),) = rows(capsys.readouterr().out)
    assert sorted(sizes) == [2_000, 8_000]
    assert (name, small, large) == ("chunks", f"{len(make(2_000)):,}", f"{len(make(8_000)):,}")
    assert float(growth) > 0


@pytest.mark.parametrize("arguments", [[], ["cleanup", "--objects", "0"], ["unknown"]])
def test_a_wrong_command_line_ends_with_status_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        bench.main(arguments)
    assert ended.value.code == 2
    assert "usage: python -m scripts.bench" in capsys.readouterr().err
