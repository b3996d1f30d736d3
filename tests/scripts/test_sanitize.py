"""The scrub on a laptop: whole results or none, no input touched, and a refusal told with its reason."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from chalicelib.imaging.metadata import Stripped, strip
from scripts.measuring import samples
from scripts.sanitize import NOT_BEGUN, REFUSED, STOPPED, clean_file, main, run
from scripts.terminal.photo_files import Job, PlanError, find, plan, show, write
from tests.conftest import ROOT


def dirty(name: bytes = samples.SECRET) -> bytes:
    return samples.jpeg(samples.segment(0xFE, name))


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """A folder with a photo, and another one further down."""
    folder = tmp_path / "album"
    (folder / "2026" / "May").mkdir(parents=True)
    (folder / "one.jpg").write_bytes(dirty())
    (folder / "2026" / "May" / "two.png").write_bytes(samples.png(samples.chunk(b"tEXt", b"Author\0me")))
    return folder


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_comes_out_clean_with_its_paths(
    album: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (album / "one.jpg").read_bytes()
    assert main([str(album), "--output", str(tmp_path / "clean")]) == 0
    assert files(tmp_path / "clean") == {"one.jpg", "2026/May/two.png"}
    assert (tmp_path / "clean" / "one.jpg").read_bytes() == strip(before).data
    assert (album / "one.jpg").read_bytes() == before
    out, err = capsys.readouterr()
    assert "2 clean, 0 rejected" in out
    assert "comment" in out
    assert "2/2" in err


def test_what_is_no_image_is_rejected_with_its_reason_and_the_rest_goes_on(
    album: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (album / "notes.txt").write_text("where I live")
    (album / "cut.jpg").write_bytes(dirty()[:-2])
    missing = tmp_path / "missing.jpg"
    assert main([str(missing), str(album), "--output", str(tmp_path / "clean")]) == REFUSED
    assert files(tmp_path / "clean") == {"one.jpg", "2026/May/two.png"}
    err = capsys.readouterr().err
    assert f"rejected {album / 'notes.txt'}: The bytes are not an image" in err
    assert "(jpeg_truncated)" in err
    assert f"rejected {missing}: there is no such file" in err


def test_check_lists_and_writes_nothing(album: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(album), "--check", "--output", str(tmp_path / "clean")]) == 0
    (album / "clean.jpg").write_bytes(samples.jpeg())
    (album / "large.bmp").write_bytes(samples.encode(samples.draw(), "BMP"))
    assert main([str(album), "--check"]) == REFUSED
    out, err = capsys.readouterr()
    assert f"{album / 'one.jpg'}: comment: comment, " in out
    assert f"{album / 'clean.jpg'}: clean\n" in out
    assert "BMP pictures cannot be freed" in err
    assert files(tmp_path) == {f"album/{name}" for name in ("one.jpg", "2026/May/two.png", "clean.jpg", "large.bmp")}
    assert samples.SECRET.decode() not in out


def test_check_lists_what_is_in_a_photo_that_cannot_be_cleaned(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = tmp_path / "ends.jpg"
    photo.write_bytes(samples.png(samples.chunk(b"tEXt", b"Author\0me"))[:-20])
    assert main([str(photo), "--check"]) == REFUSED
    assert "png_truncated" in capsys.readouterr().err


def test_two_photos_on_one_name_are_refused_before_anything_is_written(
    album: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "one.jpg"
    other.write_bytes(dirty())
    assert main([str(album), str(other), "--output", str(tmp_path / "clean")]) == NOT_BEGUN
    assert "would both become" in capsys.readouterr().err
    assert not (tmp_path / "clean").exists()


def test_a_photo_named_twice_is_done_once(album: Path, tmp_path: Path) -> None:
    assert len(plan([album, album, album / "one.jpg"], tmp_path / "clean")) == 2


@pytest.mark.parametrize("way", ["the same folder", "a link to it", "a hard link"])
def test_an_input_is_never_overwritten(album: Path, tmp_path: Path, way: str) -> None:
    output = {"the same folder": album}.get(way, tmp_path / "clean")
    if way == "a link to it":
        output.symlink_to(album)
    if way == "a hard link":
        output.mkdir()
        (output / "one.jpg").hardlink_to(album / "one.jpg")
    before = (album / "one.jpg").read_bytes()
    assert main([str(album), "--output", str(output)]) == NOT_BEGUN
    assert (album / "one.jpg").read_bytes() == before


def test_an_output_folder_inside_the_input_is_no_input_of_the_next_run(album: Path) -> None:
    for _ in range(2):
        assert main([str(album), "--output", str(album / "clean")]) == 0
    assert files(album / "clean") == {"one.jpg", "2026/May/two.png"}


def test_links_to_folders_and_pipes_are_told_and_not_followed(album: Path, tmp_path: Path) -> None:
    (album / "loop").symlink_to(album)
    os.mkfifo(album / "pipe")
    faults = {job.source.name: job.fault for job in find([album]) if job.fault}
    assert faults == {"loop": "a link to a folder is not followed", "pipe": "it is no regular file"}
    assert main([str(album), "--output", str(tmp_path / "clean")]) == REFUSED


def test_a_name_that_would_steer_the_terminal_is_shown_harmless(tmp_path: Path) -> None:
    odd = os.fsdecode(b"\x1b[2J\xff.jpg")
    (tmp_path / odd).write_bytes(b"no image")
    assert show(Path(odd)) == "\ufffd[2J\ufffd.jpg"
    assert main([str(tmp_path / odd), "--check"]) == REFUSED


def test_a_write_that_is_interrupted_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "one.jpg").write_bytes(dirty())
    (tmp_path / "clean" / "one.jpg").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        write(Job(tmp_path / "one.jpg", tmp_path / "clean" / "one.jpg"), b"data")
    assert files(tmp_path / "clean") == set()


def test_a_result_may_be_read_by_whom_the_photo_may(album: Path, tmp_path: Path) -> None:
    (album / "one.jpg").chmod(0o640)
    main([str(album / "one.jpg"), "--output", str(tmp_path)])
    assert (tmp_path / "one.jpg").stat().st_mode & 0o777 == 0o640


def test_ctrl_c_ends_with_130_and_says_how_many_are_done(
    album: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    jobs = plan([album], tmp_path / "clean")

    def interrupted(job: Job) -> Stripped:
        if job is jobs[1]:
            raise KeyboardInterrupt
        return clean_file(job)

    assert run(jobs, interrupted) == STOPPED
    assert "stopped; 1 of 2 files are done." in capsys.readouterr().err


def test_a_clash_names_both(album: Path, tmp_path: Path) -> None:
    (album / "2026" / "one.jpg").write_bytes(dirty())
    with pytest.raises(PlanError, match=r"one\.jpg and .*one\.jpg"):
        plan([album, album / "2026"], tmp_path)


def test_it_starts_as_a_file_and_stops_at_a_signal_without_half_a_file(album: Path, tmp_path: Path) -> None:
    for number in range(5_000):
        (album / f"{number}.jpg").hardlink_to(album / "one.jpg")
    command = [sys.executable, str(ROOT / "scripts" / "sanitize.py"), str(album), "--output", str(tmp_path / "clean")]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None and not (tmp_path / "clean").exists():
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=600)
    assert process.returncode == STOPPED
    assert "darkroom: stopped;" in err
    whole = strip((album / "one.jpg").read_bytes()).data
    assert all(path.suffix == ".png" or path.read_bytes() == whole for path in (tmp_path / "clean").rglob("*.*"))
