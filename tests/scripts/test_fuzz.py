"""The fuzzer: it fails on any error but the two agreed ones, and on a result that still holds metadata."""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from chalicelib.errors import CorruptImage, UnsupportedFormat
from chalicelib.imaging import metadata
from chalicelib.imaging.formats import ImageFormat, sniff
from chalicelib.imaging.metadata import Stripped
from scripts import fuzz
from scripts.measuring import samples
from tests.imaging.metadata.bmp.builders import bmp


def with_strip(strip: Callable[[bytes], Stripped]) -> ModuleType:
    """Return a metadata module with another `strip`."""
    module = ModuleType("metadata")
    module.__dict__.update(inspect=metadata.inspect, strip=strip)
    return module


def test_the_seeds_are_pictures_of_each_format_that_pass() -> None:
    seeds = fuzz.make_seeds()
    for seed in seeds:
        fuzz.check_input(metadata, seed)
    formats = {sniff(seed) for seed in seeds}
    assert formats == set(ImageFormat) - {ImageFormat.HEIC}


def test_most_seeds_hold_metadata_that_a_scrub_removes() -> None:
    removable = [any(not finding.allowed for finding in metadata.inspect(seed)) for seed in fuzz.make_seeds()]
    assert sum(removable) == len(removable) - 3, "all but the three animations"


@pytest.mark.parametrize("data", [b"", b"no picture", samples.jpeg()[:-2], bmp(compression=1)])
def test_the_two_agreed_errors_are_no_failure(data: bytes) -> None:
    with pytest.raises((CorruptImage, UnsupportedFormat)):
        metadata.strip(data)
    fuzz.check_input(metadata, data)


def test_a_result_that_still_holds_metadata_is_a_failure() -> None:
    def leave_all(data: bytes) -> Stripped:
        return Stripped(data, ImageFormat.JPEG, (40, 24), ())

    with pytest.raises(AssertionError, match="still holds metadata"):
        fuzz.check_input(with_strip(leave_all), samples.jpeg(trailer=samples.SECRET))
    fuzz.check_input(with_strip(leave_all), samples.jpeg())


@pytest.mark.parametrize("error", [ValueError, IndexError, MemoryError])
def test_any_other_error_is_a_failure(error: type[Exception]) -> None:
    def crash(_data: bytes) -> Stripped:
        raise error

    with pytest.raises(error):
        fuzz.check_input(with_strip(crash), samples.jpeg())


def test_without_atheris_it_ends_with_status_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "atheris", None)
    assert fuzz.main([]) == 1
    assert "atheris is not installed" in capsys.readouterr().out


class Atheris(ModuleType):
    """Takes the place of the fuzzer: it tests each seed once, without a change."""

    def __init__(self) -> None:
        super().__init__("atheris")
        self.flags: list[str] = []
        self.tested: list[bytes] = []

    @contextmanager
    def instrument_imports(self, include: list[str]) -> Iterator[None]:
        assert include == ["chalicelib"]
        yield

    def Setup(self, arguments: list[str], check: Callable[[bytes], Any]) -> None:  # noqa: N802 - atheris's own name
        self.flags = [each for each in arguments[1:] if each.startswith("-")]
        self.folders = [Path(each) for each in arguments[1:] if not each.startswith("-")]
        self.check = check

    def Fuzz(self) -> None:  # noqa: N802 - atheris's own name
        for path in (path for folder in self.folders for path in folder.iterdir()):
            self.tested.append(path.read_bytes())
            self.check(self.tested[-1])


def test_the_fuzzer_gets_the_seeds_the_time_and_the_folder_of_the_command_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    atheris = Atheris()
    monkeypatch.setitem(sys.modules, "atheris", atheris)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "photo.jpg").write_bytes(samples.jpeg(trailer=samples.SECRET))
    assert fuzz.main(["--seconds", "7", "--seeds", str(tmp_path / "mine")]) == 0
    assert "-max_total_time=7" in atheris.flags
    assert sorted(atheris.tested) == sorted([*fuzz.make_seeds(), samples.jpeg(trailer=samples.SECRET)])
