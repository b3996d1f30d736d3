from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.window import Window
from tests.end_to_end.program import Program

KEY = "anns-key-is-20-long-or-more"


@pytest.fixture(scope="module")
def keyed(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:  # noqa: ARG001 -- skips first
    running = Program(tmp_path_factory.mktemp("keyed"), AUTH="api_key", API_KEYS=f"ann:{KEY}")
    running.wait_until_ready()
    yield running
    running.kill()


def test_a_stage_with_keys_asks_once_and_a_refused_key_keeps_the_work(
    chromium: Any, keyed: Program, photo: Path
) -> None:
    with Window.opened(chromium, keyed) as window:
        window.sees("This stage asks for an API key")
        assert not window.page.get_by_role("button", name="Choose photos").count()
        give(window, "a-key-that-nobody-has-given")
        window.choose(photo)
        window.press("Develop 1 photo")
        window.sees("The API key is not valid any more")
        window.card(photo.name).wait_for()
        give(window, KEY)
        window.sees("1 of 1 photo done")
        window.tab("Library")
        window.page.locator(".tile").get_by_text(photo.name).wait_for()
        assert KEY not in str(window.page.context.storage_state())
        window.page.reload()
        window.sees("This stage asks for an API key")


def give(window: Window, key: str) -> None:
    """Type a key and send it."""
    window.page.get_by_label("API key").fill(key)
    window.press("Use this API key")
