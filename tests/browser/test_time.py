"""What the page does after a time, with a clock that the test moves."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.window import Window
from tests.end_to_end.program import Program

#: Keeps the time and the text of what the live region of the totals says.
LISTEN = """() => {
    window.said = [];
    const region = document.querySelector("#totals");
    new MutationObserver(() => window.said.push([Date.now(), region.textContent])).observe(region, {
        childList: true, characterData: true, subtree: true });
}"""


@pytest.fixture
def timed(chromium: Any, program: Program) -> Iterator[Window]:
    """A window whose clock the test can stop."""
    with Window.opened(chromium, program, prepare=lambda page: page.clock.install()) as window:
        yield window


def stop(window: Window) -> None:
    """Stop the clock of the page, a second after now."""
    window.page.clock.pause_at(window.page.evaluate("Date.now()") / 1000 + 1)


def pass_seconds(window: Window, seconds: float) -> None:
    """Let the page's clock run."""
    window.page.clock.run_for(round(seconds * 1000))


def develop(window: Window, photo: Path, ended: str = "1 of 1 photo done") -> None:
    """Develop one more photo."""
    window.choose(photo)
    window.press("Develop 1 photo")
    window.sees(ended)


def test_the_totals_are_said_at_most_every_three_seconds(timed: Window, photo: Path) -> None:
    timed.page.evaluate(LISTEN)
    develop(timed, photo)
    timed.page.locator("#totals").get_by_text("1 of 1 photo done").wait_for(state="attached")
    stop(timed)
    for number in (2, 3):
        develop(timed, photo, f"{number} of {number} photos done")
    pass_seconds(timed, 3)
    times, texts = zip(*timed.page.evaluate("window.said"), strict=True)
    assert texts[-2:] == ("1 of 1 photo done", "3 of 3 photos done")
    # The region is drawn some milliseconds after the page has looked at its clock.
    assert all(later - earlier > 2500 for earlier, later in itertools.pairwise(times))


def test_a_refused_photo_counts_down_to_its_retry(timed: Window, photo: Path) -> None:
    problem = {"title": "Too Many Requests", "detail": "Slow down.", "code": "throttled", "request_id": "abc-1"}
    headers = {"Retry-After": "3"}
    timed.page.context.grant_permissions(["clipboard-read"])
    timed.page.route("**/images?*", lambda route: route.fulfill(status=429, json=problem, headers=headers), times=1)
    stop(timed)
    develop(timed, photo, "0 of 1 photo done, 1 failed")
    pass_seconds(timed, 0.3)
    for left in (3, 2, 1):
        retry = timed.card(photo.name).get_by_role("button", name=f"Retry in {left} s")
        retry.wait_for()
        assert retry.is_disabled()
        pass_seconds(timed, 1)
    timed.press("Copy request id")
    assert timed.page.evaluate("navigator.clipboard.readText()") == "abc-1"
    timed.press("Retry failed")
    timed.sees("1 of 1 photo done")


def test_a_deletion_is_sent_after_eight_seconds(timed: Window, photo: Path) -> None:
    develop(timed, photo)
    timed.page.get_by_role("slider").wait_for()
    stop(timed)
    timed.press(f"Delete {photo.name}")
    timed.sees("Your photos appear here.")
    pass_seconds(timed, 7.9)
    assert not [each for each in timed.requests if each.method == "DELETE"]
    assert len(timed.records(photo.name)) == 1
    with timed.page.expect_response(lambda answer: answer.request.method == "DELETE") as answer:
        pass_seconds(timed, 0.2)
    assert answer.value.status == 204
    assert not timed.records(photo.name)


def test_a_deletion_that_fails_brings_the_photo_back_and_says_why(timed: Window, photo: Path) -> None:
    problem = {"title": "Service Unavailable", "detail": "S3 is not available.", "code": "backend_unavailable"}
    timed.page.route("**/images/*", lambda route: route.fulfill(status=503, json=problem))
    develop(timed, photo)
    timed.press(f"Delete {photo.name}")
    timed.page.clock.fast_forward(8000)
    timed.sees("Service Unavailable. S3 is not available.")
    timed.card(photo.name).get_by_role("slider").wait_for()
    timed.press("Close")
    timed.page.get_by_text("Not deleted").wait_for(state="detached")


def test_a_link_is_renewed_before_it_expires(timed: Window, photo: Path) -> None:
    develop(timed, photo)
    timed.sees("A link works for 15 minutes.")
    stop(timed)
    pass_seconds(timed, 1)
    with timed.page.expect_response(lambda answer: answer.request.method == "GET" and "/images/" in answer.url):
        timed.page.clock.fast_forward(14 * 60 * 1000)


def test_a_service_that_hangs_does_not_answer(timed: Window) -> None:
    timed.sees("The service answers")
    hanging: list[Any] = []

    def keep(route: Any) -> None:
        hanging.append(route)  # Playwright takes methods of Python's own classes only

    timed.page.route("**/health", keep)
    stop(timed)
    pass_seconds(timed, 15)
    while not hanging:
        timed.page.wait_for_timeout(20)
    pass_seconds(timed, 16)
    timed.sees("The service does not answer")
