from pathlib import Path
from typing import Any

import pytest

from tests.browser import photos
from tests.browser.window import Window
from tests.end_to_end.program import ROOT, Program

AXE = ROOT / "requirements" / "page" / "node_modules" / "axe-core" / "axe.min.js"


def violations(window: Window) -> list[str]:
    """Return what axe-core finds wrong on the page as it is now."""
    window.page.evaluate(AXE.read_text())
    found = window.page.evaluate("axe.run()")["violations"]
    return [
        f"{each['id']}: {node['html'][:150]} {node['failureSummary'][:200]}" for each in found for node in each["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_while_photos_are_developed(
    chromium: Any, program: Program, scheme: str, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"not a photo")
    with Window.opened(chromium, program, "?fit=cover&width=60&height=60", color_scheme=scheme) as window:
        found = violations(window)
        window.choose(photos.write_jpeg(tmp_path / "good.jpg", (300, 200)), broken)
        window.card("good.jpg").wait_for()
        found += violations(window)
        window.press("Develop 2 photos")
        window.sees("1 of 2 photos done, 1 failed")
        window.page.get_by_role("slider").wait_for()
        found += violations(window)
    assert not found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_other_tabs(chromium: Any, program: Program, scheme: str) -> None:
    with Window.opened(chromium, program, "#scrub", color_scheme=scheme) as window:
        window.press("Try our sample")
        window.sees("This photo tells where")
        found = violations(window)
        window.press("Give me the clean copy")
        window.sees("Clean, and checked again.")
        found += violations(window)
        window.tab("Library")
        window.page.locator(".tile").first.wait_for()
        found += violations(window)
        window.page.locator(".tile .open").first.click()
        window.page.get_by_role("dialog").wait_for()
        found += violations(window)
        window.page.keyboard.press("Escape")
        window.tab("More")
        window.sees("stage local")
        found += violations(window)
    assert not found


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
def test_nothing_is_cut_off_at_320_pixels_or_with_text_twice_as_large(
    chromium: Any, program: Program, tab: str
) -> None:
    with Window.opened(chromium, program, f"?fit=cover#{tab}", viewport={"width": 320, "height": 640}) as window:
        assert not window.is_too_wide()
        window.page.set_viewport_size({"width": 640, "height": 900})
        window.page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert not window.is_too_wide()


def test_targets_are_24_pixels_and_more(window: Window) -> None:
    boxes = window.page.evaluate(
        "[...document.querySelectorAll('button, a, select, summary, input:not(.none)')]"
        ".filter(each => each.checkVisibility() && !each.matches('.skip'))"
        ".map(each => [each.outerHTML.slice(0, 80), each.getBoundingClientRect()])"
        ".filter(([, box]) => box.width < 24 || box.height < 24).map(([text]) => text)"
    )
    assert not boxes


def test_motion_is_reduced_and_forced_colours_keep_the_choice(chromium: Any, program: Program) -> None:
    with Window.opened(chromium, program, reduced_motion="reduce", forced_colors="active") as window:
        chip = window.page.locator(".chip input:checked + span").first
        other = window.page.locator(".chip input:not(:checked) + span").first
        colour = "element => getComputedStyle(element).backgroundColor"
        assert chip.evaluate(colour) != other.evaluate(colour)
        assert chip.evaluate("element => getComputedStyle(element).transitionDuration") == "0s"
