"""The measured processes answer, and a tool that cannot write a file says so."""

import os
import sys
from pathlib import Path

import pytest

from scripts.benchmark import photos, processes

ECHO = "import json, sys\nfor line in sys.stdin: print(json.dumps({'cpu_ms': 1.5, 'peak': len(line)}), flush=True)"


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    (path := tmp_path / "photo.jpg").write_bytes(photos.jpeg(0.02))
    return path


def test_a_worker_is_asked_again_and_again(photo: Path) -> None:
    worker = processes.Worker(sys.executable, "-c", ECHO)
    answers = [worker.ask(photo, {}, []) for _ in range(2)]
    worker.close()
    assert [each["cpu_ms"] for each in answers] == [1.5, 1.5]


def test_a_worker_that_ends_is_an_error(photo: Path) -> None:
    worker = processes.Worker(sys.executable, "-c", "input()")
    with pytest.raises(ChildProcessError):
        worker.ask(photo, {}, [])
    worker.close()


def test_darkroom_s_worker_writes_the_outputs(photo: Path, tmp_path: Path) -> None:
    worker, outputs = processes.python_worker("darkroom"), [tmp_path / "1.png", tmp_path / "2.jpg"]
    answer = worker.ask(photo, {"outputs": 2}, outputs)
    worker.close()
    assert answer["cpu_ms"] > 0
    assert outputs[0].read_bytes().startswith(b"\x89PNG")
    assert outputs[1].read_bytes().startswith(b"\xff\xd8")


def test_a_program_gets_the_photo_and_the_output(photo: Path, tmp_path: Path) -> None:
    copy = "import shutil, sys; shutil.copy(sys.argv[1], sys.argv[2])"
    answer = processes.Program(sys.executable, "-c", copy, "{photo}", "{output}").ask(photo, {}, [tmp_path / "out"])
    assert answer["cpu_ms"] > 0
    assert (tmp_path / "out").read_bytes() == photo.read_bytes()


def test_a_program_that_fails_is_left_out(photo: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"cannot write \.jpg"):
        processes.Program(sys.executable, "-c", "raise SystemExit(2)").ask(photo, {}, [tmp_path / "out"])


def test_exiftool_says_ready_and_writes_the_output(photo: Path, tmp_path: Path) -> None:
    program = tmp_path / "exiftool"
    program.write_text(
        "$| = 1; my @lines; while (<STDIN>) { chomp; push @lines, $_; next unless $_ eq '-execute';\n"
        "open(my $out, '>', $lines[2]); print $out 'clean'; close($out); print \"{ready}\\n\"; @lines = (); }\n"
    )
    exiftool, output = processes.Exiftool(str(program)), tmp_path / "out.jpg"
    answer = exiftool.ask(photo, {}, [output])
    exiftool.close()
    assert output.read_text() == "clean"
    assert answer["cpu_ms"] >= 0


@pytest.mark.skipif(sys.platform != "linux", reason="reads clocks and peaks of other processes as Linux has them")
def test_the_cpu_time_and_the_peak_of_a_process_are_read() -> None:
    assert processes.cpu_of(os.getpid()) > 0
    assert processes.peak_of(os.getpid()) > 1_000_000
