"""A Chromium, and the program that `make run` starts. Without a Chromium, these tests are skipped."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.photos import write_jpeg
from tests.browser.window import Window
from tests.end_to_end.program import Program

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is not here: run `make browser-test`")
    if not CHROMIUM:
        pytest.skip("Chromium is not here: install it, or name it with CHROMIUM=")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def program(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:  # noqa: ARG001 -- skips first
    running = Program(tmp_path_factory.mktemp("program"))
    running.wait_until_ready()
    yield running
    running.kill()


@pytest.fixture
def window(chromium: Any, program: Program) -> Iterator[Window]:
    """A new window on the page, in light colours."""
    with Window.opened(chromium, program) as opened:
        yield opened


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A small photo on the disk, whose name no other test uses."""
    return write_jpeg(tmp_path / f"{tmp_path.name}.jpg", (120, 80))
