from pathlib import Path
from typing import Any

import pytest

from tests.browser import photos
from tests.browser.window import Window


def key_of(request: Any) -> str:
    """Return the Idempotency-Key of a request."""
    return str(request.headers["idempotency-key"])


def test_without_a_network_a_photo_waits_and_goes_on_by_itself(window: Window, photo: Path) -> None:
    window.choose(photo)
    window.page.context.set_offline(True)
    window.press("Develop 1 photo")
    window.sees("Waiting for the network")
    window.sees("The service does not answer")
    window.page.context.set_offline(False)
    window.sees("1 of 1 photo done")
    assert len({key_of(each) for each in window.posts()}) == 1
    assert len(window.records(photo.name)) == 1


def lose_the_first_answer(window: Window, then: str) -> None:
    """Let the service do the work of the first photo, and the page never see the answer. `then` is what it sees."""
    script = """
        const send = XMLHttpRequest.prototype.send;
        XMLHttpRequest.prototype.send = function (body) {
            if (body instanceof Blob && !sessionStorage.lost) {
                sessionStorage.lost = "1";
                this.onload = () => { THEN };
            }
            send.call(this, body);
        };"""
    window.page.add_init_script(script.replace("THEN", then))
    window.page.reload()


def test_an_answer_that_is_lost_makes_nothing_twice(window: Window, photo: Path) -> None:
    lose_the_first_answer(window, "this.onerror()")
    window.choose(photo)
    window.press("Develop 1 photo")
    window.sees("1 of 1 photo done")
    assert (len(window.posts()), len({key_of(each) for each in window.posts()})) == (2, 1)
    assert len(window.records(photo.name)) == 1


def test_a_reload_half_way_loses_nothing_and_makes_nothing_twice(window: Window, photo: Path) -> None:
    lose_the_first_answer(window, "window.isHeld = true")
    window.choose(photo)
    window.press("Develop 1 photo")
    window.page.wait_for_function("() => window.isHeld")
    asked: list[str] = []

    def leave(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.accept()

    window.page.on("dialog", leave)
    window.page.reload()
    assert asked == ["beforeunload"]
    window.sees("1 of 1 photo done")
    assert (len(window.posts()), len({key_of(each) for each in window.posts()})) == (2, 1)
    assert len(window.records(photo.name)) == 1
    window.page.reload()
    window.card(photo.name).get_by_text("Done").wait_for()
    window.press("Clear")
    window.page.reload()
    window.sees("Your photos appear here.")
    assert asked == ["beforeunload"]  # nobody is asked when nothing is on its way


def test_a_result_stays_over_a_reload_while_the_service_is_away(window: Window, photo: Path) -> None:
    window.choose(photo)
    window.press("Develop 1 photo")
    window.card(photo.name).get_by_role("slider").wait_for()
    window.page.route("**/images/*", lambda route: route.abort())
    with window.page.expect_event("requestfailed"):
        window.page.reload()
    window.card(photo.name).get_by_text("Done").wait_for()
    window.page.unroute("**/images/*")
    window.page.evaluate("dispatchEvent(new Event('online'))")
    window.card(photo.name).get_by_role("img", name="After").wait_for()


def test_an_image_that_somebody_has_deleted_leaves_the_page(window: Window, photo: Path) -> None:
    window.choose(photo)
    window.press("Develop 1 photo")
    window.sees("1 of 1 photo done")
    [record] = window.records(photo.name)
    window.program.ask("DELETE", f"/images/{record['id']}")
    window.page.reload()
    window.sees("Your photos appear here.")


def test_a_browser_that_keeps_nothing_says_which_photos_to_choose_again(window: Window, photo: Path) -> None:
    window.page.add_init_script("Object.defineProperty(window, 'indexedDB', {value: null})")
    window.page.reload()
    window.choose(photo)
    window.card(photo.name).wait_for()
    window.page.reload()
    window.sees("This browser kept no photos over the reload")
    window.page.get_by_role("paragraph").get_by_text(photo.name).wait_for()


def test_a_service_that_is_busy_is_asked_again_after_its_time(window: Window, photo: Path) -> None:
    problem = {"title": "Service Unavailable", "detail": "S3 is not available.", "code": "backend_unavailable"}
    headers = {"Retry-After": "1"}
    window.page.route("**/images?*", lambda route: route.fulfill(status=503, json=problem, headers=headers), times=1)
    window.choose(photo)
    window.press("Develop 1 photo")
    window.sees("S3 is not available.")
    assert window.page.get_by_role("button", name="Retry in 1 s").is_disabled()
    window.page.get_by_role("button", name="Retry", exact=True).click()
    window.sees("1 of 1 photo done")
    first, second = window.posts()
    assert key_of(first) == key_of(second)


def test_a_service_that_is_away_is_said(window: Window) -> None:
    window.page.route("**/images?*", lambda route: route.abort())
    window.sees("The service answers")
    window.tab("Library")
    window.sees("No connection. No answer came.")
    window.sees("The service does not answer")


@pytest.mark.parametrize("side", [10, 1300], ids=["through the API", "into S3"])
def test_a_file_that_is_gone_is_said(window: Window, tmp_path: Path, side: int) -> None:
    gone, good = photos.write_noise(tmp_path / "gone.png", side), photos.write_jpeg(tmp_path / "good.jpg", (60, 40))
    window.choose(gone, good)
    gone.unlink()
    window.press("Develop 2 photos")
    window.sees("1 of 2 photos done, 1 failed")
    window.card("gone.png").get_by_text("This file cannot be read any more").wait_for()
    window.sees("The service answers")


def test_a_photo_that_could_not_be_sent_is_looked_into_again(window: Window, photo: Path) -> None:
    answers = [{"status": 429, "json": {"title": "Too Many Requests", "status": 429}}, None]

    def lose(route: Any) -> None:
        answer = answers.pop(0)
        route.fulfill(**answer) if answer else route.abort()

    window.page.route("**/inspect?*", lose, times=2)
    window.tab("Scrub")
    window.choose(photo)
    window.sees("Too Many Requests.")
    assert window.page.get_by_role("button", name="Give me the clean copy").is_enabled()
    window.press("Look again")
    window.sees("No connection. No answer came.")
    window.press("Look again")
    window.sees("This photo gives nothing away.")
    assert not window.page.get_by_role("button", name="Look again").count()
