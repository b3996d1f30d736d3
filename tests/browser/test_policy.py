"""Text never becomes markup, and what the page's policy refuses is a fault of the page."""

from pathlib import Path
from typing import Any

from tests.browser import photos
from tests.browser.window import Window
from tests.end_to_end.program import Program

#: Each of these would run, or load from another host, without the policy.
REFUSED = {
    "script-src-elem": "document.body.append(Object.assign(document.createElement('script'), {text: 'ran = 1'}))",
    "style-src-attr": "document.body.setAttribute('style', 'color: red')",
    "img-src": "new Image().src = 'https://example.org/a.png'",
    "connect-src": "fetch('https://example.org/').catch(() => null)",
    "script-src": "try { eval('ran = 1') } catch { ran = 0 }",
}


def test_what_the_policy_refuses_is_a_fault_of_every_test(window: Window) -> None:
    for directive, script in REFUSED.items():
        with window.page.expect_console_message(lambda message, named=directive: f"{named} refuses" in message.text):
            window.page.evaluate(
                f"() => void setTimeout(() => {{ {script} }})"
            )  # outside of the evaluation's own rights
        assert any(directive in fault for fault in window.faults)
        window.faults.clear()
    assert window.page.evaluate("window.ran") == 0
    window.requests.clear()
    window.faults.clear()


def test_texts_are_never_markup(chromium: Any, program: Program, tmp_path: Path) -> None:
    name = "<img src=x onerror=alert(3)>.jpg"
    search = "?watermark=%3Cscript%3Ealert(4)%3C%2Fscript%3E&logo=%3Cimg+src%3Dx%3E"
    with Window.opened(chromium, program, search) as window:
        window.page.on("dialog", lambda dialog: window.faults.append(dialog.message))
        window.choose(photos.write_jpeg(tmp_path / name, (90, 60)))
        window.press("Develop 1 photo")
        window.sees("0 of 1 photo done, 1 failed")  # such a logo cannot be
        window.page.get_by_label("Logo", exact=True).fill("")
        window.card(name).get_by_role("button", name="Remove").click()
        window.choose(tmp_path / name)
        window.press("Develop 1 photo")
        window.sees("1 of 1 photo done")
        assert window.page.get_by_role("heading", name=name).count() == 1
        window.tab("Library")
        window.page.locator(".tile").get_by_text(name).wait_for()
        assert not window.page.locator("img[src=x]").count()


def test_values_of_the_metadata_are_never_markup(window: Window, tmp_path: Path) -> None:
    window.page.on("dialog", lambda dialog: window.faults.append(dialog.message))
    window.tab("Scrub")
    window.choose(photos.write_with_a_script(tmp_path / "markup.jpg"))
    window.page.locator("bdi").get_by_text(photos.MARKUP).first.wait_for()
    assert not window.page.locator("img[src=x]").count()
