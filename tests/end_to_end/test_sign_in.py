"""The block in docs/users.md runs as it is written, against `make run AUTH=cognito`."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.program import Program
from tests.end_to_end.test_examples import paste

PAGE = "docs/users.md"


@pytest.fixture(scope="module")
def signed_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    program = Program(tmp_path_factory.mktemp("make_run"), AUTH="cognito")
    try:
        program.wait_until_ready()
        yield program
    finally:
        program.kill()


def test_the_block_about_users_runs_as_it_is_written(signed_in: Program, tmp_path: Path) -> None:
    run = paste(PAGE, signed_in, tmp_path)

    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    posted, anns, bobs = (json.loads((tmp_path / f"{name}.json").read_text()) for name in ("posted", "anns", "bobs"))
    assert [each["id"] for each in anns["items"]] == [posted["id"]]
    assert bobs["items"] == []
    assert run.stdout.count("@example.com  ") == 2
    # The script is shown before it runs. Nothing else shows the password.
    assert run.stdout.count("Only-for-a-try-1") == 1
    assert "Only-for-a-try-1" not in run.stderr + signed_in.out.read_text() + signed_in.err.read_text()


@pytest.mark.parametrize("path", ["/images", "/dogs"])
def test_a_request_without_a_token_is_a_401(signed_in: Program, path: str) -> None:
    status, _, problem = signed_in.ask("GET", path)
    assert (status, problem["code"]) == (401, "unauthorized")
    assert signed_in.ask("GET", "/health")[0] == 200
