"""The scrub on this machine: results are whole, inputs do not change, and a rejected file is listed with its reason."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from chalicelib.imaging.metadata import Sanitized, strip
from scripts.measuring import samples
from scripts.sanitize import FOUND, NOT_STARTED, REJECTED, STOPPED, clean_file, main, print_removed, run
from scripts.terminal.photo_files import Job, plan
from tests.conftest import ROOT
from tests.flows.photos import photo_with_metadata
from tests.imaging.metadata.bmp.builders import bmp


def dirty(name: bytes = samples.SECRET) -> bytes:
    return samples.jpeg(samples.segment(0xFE, name))


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """A folder with a photo, and another photo in a subfolder."""
    folder = tmp_path / "album"
    (folder / "2026" / "May").mkdir(parents=True)
    (folder / "one.jpg").write_bytes(dirty())
    (folder / "2026" / "May" / "two.png").write_bytes(samples.png(samples.chunk(b"tEXt", b"Author\0me")))
    return folder


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_files_of_a_folder_are_cleaned_and_keep_their_paths(
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


def test_a_file_that_cannot_be_cleaned_is_rejected_with_its_reason_and_the_run_goes_on(
    album: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (album / "notes.txt").write_text("where I live")
    (album / "cut.jpg").write_bytes(dirty()[:-2])
    missing = tmp_path / "missing.jpg"
    assert main([str(missing), str(album), "--output", str(tmp_path / "clean")]) == REJECTED
    assert files(tmp_path / "clean") == {"one.jpg", "2026/May/two.png"}
    err = capsys.readouterr().err
    assert f"rejected {album / 'notes.txt'}: The bytes are not an image" in err
    assert "(truncated_image)" in err
    assert f"rejected {missing}: the file does not exist" in err


def test_check_lists_findings_and_writes_nothing(
    album: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(album), "--check", "--output", str(tmp_path / "clean")]) == FOUND
    (album / "clean.jpg").write_bytes(samples.jpeg())
    (album / "packed.bmp").write_bytes(bmp(compression=1))
    assert main([str(album), "--check"]) == FOUND
    out, err = capsys.readouterr()
    assert "1 clean, 2 with metadata, 1 rejected" in out
    assert f"{album / 'one.jpg'}: comment: comment, " in out
    assert f"{album / 'clean.jpg'}: clean\n" in out
    assert "A BMP with compressed pixels cannot be cleaned" in err
    assert files(tmp_path) == {f"album/{name}" for name in ("one.jpg", "2026/May/two.png", "clean.jpg", "packed.bmp")}
    assert samples.SECRET.decode() not in out


def test_check_prints_the_reason_of_a_photo_that_cannot_be_cleaned(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = tmp_path / "ends.jpg"
    photo.write_bytes(samples.png(samples.chunk(b"tEXt", b"Author\0me"))[:-20])
    assert main([str(photo), "--check"]) == REJECTED
    assert "truncated_image" in capsys.readouterr().err


def test_check_lists_the_findings_of_a_photo_that_cannot_be_cleaned(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = tmp_path / "large.webp"  # hidden bytes of a large picture are found, but not cut
    ((kind, coded),) = samples.riff_chunks(samples.encode(Image.new("RGB", (2_100, 2_000)), "WEBP"))
    photo.write_bytes(samples.riff((kind, coded + 2 * samples.SECRET), (b"C2PA", samples.SECRET)))
    assert main([str(photo), "--check"]) == REJECTED
    out, err = capsys.readouterr()
    assert f"{photo}: c2pa: C2PA manifest, 34 bytes in chunk" in out
    assert "(metadata_left)" in err


def test_two_photos_with_the_same_output_are_rejected_before_anything_is_written(
    album: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "one.jpg"
    other.write_bytes(dirty())
    assert main([str(album), str(other), "--output", str(tmp_path / "clean")]) == NOT_STARTED
    assert "would both be written to" in capsys.readouterr().err
    assert not (tmp_path / "clean").exists()


@pytest.mark.parametrize("way", ["the same folder", "a link to it", "a hard link"])
def test_an_input_is_never_overwritten(album: Path, tmp_path: Path, way: str) -> None:
    output = {"the same folder": album}.get(way, tmp_path / "clean")
    if way == "a link to it":
        output.symlink_to(album)
    if way == "a hard link":
        output.mkdir()
        (output / "one.jpg").hardlink_to(album / "one.jpg")
    before = (album / "one.jpg").read_bytes()
    assert main([str(album), "--output", str(output)]) == NOT_STARTED
    assert (album / "one.jpg").read_bytes() == before


def test_an_output_folder_inside_the_input_is_not_an_input_of_the_next_run(album: Path) -> None:
    for _ in range(2):
        assert main([str(album), "--output", str(album / "clean")]) == 0
    assert files(album / "clean") == {"one.jpg", "2026/May/two.png"}


def test_links_to_folders_and_pipes_are_rejected(album: Path, tmp_path: Path) -> None:
    (album / "loop").symlink_to(album)
    os.mkfifo(album / "pipe")
    assert main([str(album), "--output", str(tmp_path / "clean")]) == REJECTED
    assert files(tmp_path / "clean") == {"one.jpg", "2026/May/two.png"}


def test_a_file_name_that_controls_the_terminal_is_printed_safely(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = os.fsdecode(b"\x1b[2J\xff.jpg")
    (tmp_path / odd).write_bytes(b"no image")
    assert main([str(tmp_path / odd), "--check"]) == REJECTED
    err = capsys.readouterr().err
    assert "\ufffd[2J\ufffd.jpg" in err
    assert "\x1b" not in err


def test_a_result_has_the_permissions_of_its_photo(album: Path, tmp_path: Path) -> None:
    (album / "one.jpg").chmod(0o640)
    main([str(album / "one.jpg"), "--output", str(tmp_path)])
    assert (tmp_path / "one.jpg").stat().st_mode & 0o777 == 0o640


def test_ctrl_c_ends_with_130_and_prints_how_many_files_are_done(
    album: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    jobs = plan([album], tmp_path / "clean")

    def interrupted(job: Job) -> Sanitized:
        if job is jobs[1]:
            raise KeyboardInterrupt
        return clean_file(job)

    assert run(jobs, interrupted, print_removed) == STOPPED
    assert "stopped after 1 of 2 files." in capsys.readouterr().err


def test_the_script_stops_at_a_signal_and_leaves_no_half_written_file(album: Path, tmp_path: Path) -> None:
    for number in range(5_000):
        (album / f"{number}.jpg").hardlink_to(album / "one.jpg")
    command = [sys.executable, str(ROOT / "scripts" / "sanitize.py"), str(album), "--output", str(tmp_path / "clean")]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None and not (tmp_path / "clean").exists():
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=600)
    assert process.returncode == STOPPED
    assert "darkroom: stopped after" in err
    whole = strip((album / "one.jpg").read_bytes()).data
    assert all(path.suffix == ".png" or path.read_bytes() == whole for path in (tmp_path / "clean").rglob("*.*"))


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["one.jpg"],
        ["--check"],
        ["one.jpg", "--output", "clean", "--details"],
        ["one.jpg", "--check", "--keep", "date"],
    ],
)
def test_a_command_line_without_files_or_without_an_output_is_rejected(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: sanitize.py" in capsys.readouterr().err


def test_the_totals_say_found_for_a_check_and_removed_for_a_scrub(
    album: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments, heading in ((["--check"], "found"), (["--output", str(tmp_path / "clean")], "removed")):
        main([str(album), *arguments])
        words = capsys.readouterr().out.split()
        assert [word for word in words if word in ("found", "removed")] == [heading]


def test_a_check_of_clean_files_succeeds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "clean.jpg").write_bytes(samples.jpeg())
    assert main([str(tmp_path), "--check"]) == 0
    assert "1 clean, 0 with metadata, 0 rejected" in capsys.readouterr().out


def test_details_are_printed_when_asked_for_and_control_no_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = tmp_path / "one.jpg"
    photo.write_bytes(dirty(b"by \x1b[2JJane Doe"))
    for arguments, is_shown in ((["--check"], False), (["--check", "--details"], True)):
        assert main([str(photo), *arguments]) == FOUND
        out = capsys.readouterr().out
        assert (f"{photo}: captions: Comment: by \ufffd[2JJane Doe (comment)\n" in out) == is_shown
        assert ("Jane Doe" in out) == is_shown
        assert "\x1b[2J" not in out


def test_the_named_values_are_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photo = tmp_path / "one.jpg"
    photo.write_bytes(photo_with_metadata())
    assert main([str(photo), "--output", str(tmp_path / "clean"), "--keep", "copyright, date"]) == 0
    clean = (tmp_path / "clean" / "one.jpg").read_bytes()
    assert b"Ann Onym" in clean
    assert b"Tattletale" not in clean
    assert "kept: copyright" in capsys.readouterr().out


def test_an_unknown_word_to_keep_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([str(tmp_path), "--output", str(tmp_path / "clean"), "--keep", "gps"])
    assert ended.value.code == NOT_STARTED
    assert "copyright, date, description, camera, not 'gps'" in capsys.readouterr().err
