from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import photos
from tests.browser.window import Window
from tests.end_to_end.program import ROOT, Program

AXE = ROOT / "requirements" / "page" / "node_modules" / "axe-core" / "axe.min.js"


WIDTHS = (375, 768, 1440)
#: Targets of fewer than 24 x 24 pixels (WCAG 2.5.8). Links in sentences are an exception.
SMALL_TARGETS = """
    [...document.querySelectorAll("button, a:not(p a, li a:not(:only-child)), select, summary, input:not(.none)")]
        .filter(each => each.checkVisibility() && !each.matches(".skip"))
        .map(each => [each.outerHTML.slice(0, 120), each.getBoundingClientRect()])
        .filter(([, box]) => box.width < 24 || box.height < 24).map(([text]) => `small: ${text}`)"""


def violations(window: Window, state: str) -> list[str]:
    """Return what is wrong on the page as it is now, at each width: by axe-core, cut off, or too small to hit."""
    found: list[str] = []
    for width in WIDTHS:
        window.page.set_viewport_size({"width": width, "height": 900})
        rules = window.page.evaluate("axe.run()")["violations"]
        wrong = [f"{rule['id']}: {node['html'][:150]}" for rule in rules for node in rule["nodes"]]
        wrong += [*window.page.evaluate(SMALL_TARGETS), *(["too wide"] if window.is_too_wide() else [])]
        found += [f"{state}, {width}: {each}" for each in wrong]
    window.page.set_viewport_size({"width": 320, "height": 640})
    return found + ([f"{state}, 320: too wide"] if window.is_too_wide() else [])


@pytest.fixture(params=["light", "dark"])
def watched(request: pytest.FixtureRequest, chromium: Any, program: Program) -> Iterator[Window]:
    """A window in light or dark colours, with axe-core."""
    options = {"color_scheme": request.param, "has_touch": True}
    search = "?fit=cover&width=60&height=60&renditions=s:20"
    with Window.opened(chromium, program, search, **options) as window:
        window.page.evaluate(AXE.read_text())
        yield window


def test_what_is_wrong_is_found(window: Window) -> None:
    window.page.evaluate(AXE.read_text())
    window.page.evaluate(
        """() => {
            const button = document.body.appendChild(document.createElement("button"));
            button.style = "position: absolute; left: 100vw; width: 9px; min-height: 9px; padding: 0";
        }"""
    )
    found = violations(window, "a small button without a name")
    for part in ("375: button-name", "768: small: <button", "1440: too wide", "320: too wide"):
        assert any(f"name, {part}" in each for each in found), part


def test_nothing_is_wrong_while_photos_are_developed(watched: Window, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"not a photo")
    watched.page.get_by_label("Logo scale").wait_for()
    found = violations(watched, "empty")
    watched.choose(photos.write_jpeg(tmp_path / "good.jpg", (300, 200)), broken)
    watched.card("good.jpg").wait_for()
    found += violations(watched, "queue")
    watched.press("Develop 2 photos")
    watched.sees("1 of 2 photos done, 1 failed")
    watched.page.get_by_role("slider").wait_for()
    found += violations(watched, "result")
    assert not found


def test_nothing_is_wrong_on_the_other_tabs(watched: Window, tmp_path: Path) -> None:
    scan = photos.write_tiff(tmp_path / "scan.tiff").read_bytes()
    watched.program.ask("POST", "/sanitize?filename=scan.tiff", scan, "image/tiff")
    watched.tab("Scrub")
    watched.press("Try our sample")
    watched.sees("This photo tells where")
    found = violations(watched, "scrub")
    watched.press("Give me the clean copy")
    watched.sees("Clean, and checked again.")
    found += violations(watched, "clean")
    watched.tab("Library")
    watched.page.locator(".tile").get_by_text("No preview (TIFF)").first.wait_for()
    found += violations(watched, "library")
    watched.page.locator(".tile .open:has(img)").first.click()
    watched.page.get_by_role("dialog").wait_for()
    found += violations(watched, "dialog")
    watched.page.keyboard.press("Escape")
    watched.tab("More")
    watched.sees("stage local")
    found += violations(watched, "more")
    watched.page.route("**/images?*", lambda route: route.abort())
    watched.tab("Library")
    watched.sees("No connection. No answer came.")
    assert not found + violations(watched, "error")


def test_keys_alone_develop_a_photo_and_move_the_slider(window: Window, photo: Path) -> None:
    window.choose(photo)  # a person chooses in a dialog of the system
    develop = window.page.get_by_role("button", name="Develop 1 photo")
    for _ in range(40):
        window.page.keyboard.press("Tab")
        if develop.evaluate("button => button === document.activeElement"):
            break
    window.page.keyboard.press("Enter")
    slider = window.page.get_by_role("slider", name="Compare before and after")
    slider.wait_for()
    slider.focus()
    for key, value in (("Home", 0), ("PageUp", 10), ("ArrowRight", 11), ("End", 100), ("PageDown", 90)):
        window.page.keyboard.press(key)
        assert slider.get_attribute("aria-valuetext") == f"{value} % before"
    window.page.keyboard.press("z")
    window.page.locator(".stage.full").wait_for()
    after = window.page.get_by_role("img", name="After")
    assert after.evaluate("image => [image.clientWidth, image.clientHeight]") == [120, 80]


def test_the_accessibility_tree_names_what_a_person_sees(window: Window, photo: Path) -> None:
    tree = window.page.locator("body").aria_snapshot()
    for line in ('navigation "Tabs"', 'link "Develop"', 'heading "Develop photos" [level=1]', 'group "Preset"'):
        assert line in tree
    window.choose(photo)
    window.press("Develop 1 photo")
    window.page.get_by_role("slider").wait_for()
    card = window.card(photo.name).aria_snapshot()
    for line in ('slider "Compare before and after"', f'img "After: {photo.name}"', f'button "Download {photo.name}"'):
        assert line in card
    assert window.page.locator("nav [aria-current=page]").inner_text() == "Develop"


@pytest.mark.parametrize("tab", ["develop", "scrub", "library", "more"])
def test_nothing_is_cut_off_with_text_twice_as_large(chromium: Any, program: Program, tab: str) -> None:
    view = {"width": 640, "height": 900}
    with Window.opened(chromium, program, f"?fit=cover&rotate=90#{tab}", viewport=view) as window:
        window.page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert not window.is_too_wide()


def test_two_columns_stand_from_960_pixels_on(window: Window) -> None:
    places = "[...document.querySelector('.columns').children].map(each => each.getBoundingClientRect().top)"
    for width, is_beside in ((959, False), (960, True)):
        window.page.set_viewport_size({"width": width, "height": 900})
        tools, results = window.page.evaluate(places)
        assert (abs(tools - results) < 100) == is_beside


def test_the_button_that_sends_is_in_sight_while_options_are_open(chromium: Any, program: Program) -> None:
    with Window.opened(chromium, program, "?rotate=90", viewport={"width": 1440, "height": 700}) as window:
        window.page.get_by_label("Logo scale").wait_for()
        box = window.page.get_by_role("button", name="Develop", exact=True).bounding_box()
        assert box["y"] + box["height"] <= 700


def test_motion_is_reduced_and_forced_colours_keep_the_choice(chromium: Any, program: Program) -> None:
    with Window.opened(chromium, program, reduced_motion="reduce", forced_colors="active") as window:
        chip = window.page.locator(".chip input:checked + span").first
        other = window.page.locator(".chip input:not(:checked) + span").first
        colour = "element => getComputedStyle(element).backgroundColor"
        assert chip.evaluate(colour) != other.evaluate(colour)
        assert chip.evaluate("element => getComputedStyle(element).transitionDuration") == "0s"
