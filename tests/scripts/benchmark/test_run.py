"""The command measures the rows it is asked for, and names what is not installed."""

from pathlib import Path

import pytest

from scripts.benchmark import page, photos, run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "photo.jpg").write_bytes(photos.jpeg(0.1))
    return tmp_path


def test_real_photos_are_measured_and_missing_tools_are_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    before = page.PAGE.read_bytes()
    common = ["--rounds", "1", "--photos", str(folder), "--peers", str(folder / "none")]
    assert run.main(["images", *common]) == 0
    assert run.main(["scrub", *common]) == 0
    out = capsys.readouterr().out
    for name in ("sharp", "exiftool", "jpegtran", "mat2"):
        assert f"{name} is left out: run `make bench-setup`." in out
    for row in ("photo.jpg to 300 px | pyvips", "photo.jpg, two outputs | darkroom again"):
        assert f"| {row} |" in out
    assert "bytes | darkroom |" in out
    assert page.PAGE.read_bytes() == before


def test_a_photo_that_is_refused_or_not_compared_is_left_out_with_a_word(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "damaged.jpg").write_bytes(photos.jpeg(0.1)[:-3000])
    (folder / "phone.heic").write_bytes(b"heic")
    common = ["--rounds", "1", "--photos", str(folder), "--peers", str(folder / "none")]

    assert run.main(["images", "scrub", *common]) == 0

    out = capsys.readouterr().out
    assert "phone.heic is left out" in out
    assert "darkroom is left out: damaged.jpg is refused: CorruptImage" in out
    assert "photo.jpg, two outputs | darkroom |" in out


def test_an_unknown_bench_ends_with_status_2() -> None:
    with pytest.raises(SystemExit) as ended:
        run.main(["unknown"])
    assert ended.value.code == 2
