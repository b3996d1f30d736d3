"""The list of files to scrub: no output replaces an input, and a result is written whole or not at all."""

import os
from pathlib import Path

import pytest

from scripts.terminal.photo_files import Job, PlanError, find, plan, write


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """A folder with a photo, and another photo in a subfolder."""
    folder = tmp_path / "album"
    (folder / "2026").mkdir(parents=True)
    (folder / "one.jpg").write_bytes(b"one")
    (folder / "2026" / "two.jpg").write_bytes(b"two")
    return folder


def test_a_file_of_a_folder_keeps_its_path_below_the_output(album: Path) -> None:
    jobs = list(find([album, album / "2026" / "two.jpg"], Path("clean")))
    assert jobs == [
        Job(album / "one.jpg", Path("clean/one.jpg")),
        Job(album / "2026" / "two.jpg", Path("clean/2026/two.jpg")),
        Job(album / "2026" / "two.jpg", Path("clean/two.jpg")),
    ]


def test_links_to_folders_pipes_and_missing_files_are_listed_with_the_reason(album: Path) -> None:
    (album / "loop").symlink_to(album)
    (album / "broken").symlink_to(album / "nothing")
    os.mkfifo(album / "pipe")
    errors = {job.source.name: job.error for job in find([album, album / "missing.jpg"]) if job.error}
    assert errors == {
        "loop": "links to folders are not followed",
        "broken": "the file does not exist",
        "pipe": "it is not a regular file",
        "missing.jpg": "the file does not exist",
    }


def test_a_link_to_a_file_is_read(album: Path) -> None:
    (album / "link.jpg").symlink_to(album / "one.jpg")
    assert Job(album / "link.jpg", Path("link.jpg")) in list(find([album]))


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read every folder")
def test_a_folder_that_cannot_be_read_is_listed_with_the_reason(album: Path) -> None:
    (album / "2026").chmod(0)
    try:
        jobs = list(find([album], Path("clean")))
    finally:
        (album / "2026").chmod(0o700)
    assert Job(album / "2026", Path("clean/2026"), "Permission denied") in jobs


def test_the_output_folder_is_not_an_input(album: Path) -> None:
    (album / "clean").mkdir()
    (album / "clean" / "one.jpg").write_bytes(b"an earlier result")
    assert {job.source.parent.name for job in find([album], album / "clean")} == {"album", "2026"}


def test_a_photo_that_is_named_twice_is_one_job(album: Path, tmp_path: Path) -> None:
    assert len(plan([album, album, album / "one.jpg"], tmp_path / "clean")) == 2


def test_two_photos_with_the_same_output_are_rejected_by_name(album: Path, tmp_path: Path) -> None:
    (album / "2026" / "one.jpg").write_bytes(b"another one")
    with pytest.raises(PlanError, match=r"one\.jpg and .*one\.jpg"):
        plan([album, album / "2026"], tmp_path)


def test_one_photo_under_two_names_is_one_job(album: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "one.jpg").hardlink_to(album / "one.jpg")
    assert len(plan([album / "one.jpg", tmp_path / "other" / "one.jpg"], tmp_path / "clean")) == 1


@pytest.mark.parametrize("way", ["same path", "symbolic link", "hard link"])
def test_an_output_that_is_an_input_is_rejected(album: Path, tmp_path: Path, way: str) -> None:
    output = tmp_path / "clean"
    output.mkdir()
    if way == "symbolic link":
        (output / "one.jpg").symlink_to(album / "one.jpg")
    if way == "hard link":
        (output / "one.jpg").hardlink_to(album / "one.jpg")
    with pytest.raises(PlanError, match="would be overwritten"):
        plan([album], album if way == "same path" else output)


def test_an_output_of_an_earlier_run_may_be_replaced(album: Path, tmp_path: Path) -> None:
    for _ in range(2):
        for job in plan([album], tmp_path / "clean"):
            write(job, b"result")
    assert (tmp_path / "clean" / "2026" / "two.jpg").read_bytes() == b"result"


def test_a_result_has_the_permissions_of_its_photo(album: Path, tmp_path: Path) -> None:
    (album / "one.jpg").chmod(0o640)
    write(Job(album / "one.jpg", tmp_path / "new" / "folder" / "one.jpg"), b"result")
    result = tmp_path / "new" / "folder" / "one.jpg"
    assert (result.read_bytes(), result.stat().st_mode & 0o777) == (b"result", 0o640)


def test_a_write_that_fails_leaves_no_file(album: Path, tmp_path: Path) -> None:
    (tmp_path / "clean" / "one.jpg").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        write(Job(album / "one.jpg", tmp_path / "clean" / "one.jpg"), b"result")
    assert [path.name for path in (tmp_path / "clean").iterdir()] == ["one.jpg"]


def test_a_failed_write_keeps_the_earlier_result(album: Path, tmp_path: Path) -> None:
    target = tmp_path / "one.jpg"
    target.write_bytes(b"earlier result")
    with pytest.raises(FileNotFoundError):
        write(Job(album / "missing.jpg", target), b"result")
    assert target.read_bytes() == b"earlier result"
    assert {path.name for path in tmp_path.iterdir()} == {"album", "one.jpg"}
