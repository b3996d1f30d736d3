"""One running `make run` for each file of tests, and moto's server."""

from collections.abc import Iterator

import pytest

from tests.end_to_end.program import Program
from tests.scripts.embedded.conftest import served, server

__all__ = ["program", "served", "server"]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    program = Program(tmp_path_factory.mktemp("make_run"))
    try:
        program.wait_until_ready()
        yield program
    finally:
        program.kill()
