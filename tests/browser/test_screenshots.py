"""The two pictures of the README. `make screenshots` writes them into docs/; a test writes them elsewhere."""

import os
from pathlib import Path
from typing import Any

from PIL import Image

from tests.browser.window import Window
from tests.end_to_end.program import ROOT, Program


def test_the_pictures_show_a_result_and_a_clean_copy(chromium: Any, program: Program, tmp_path: Path) -> None:
    folder = ROOT / os.environ["SCREENSHOTS"] if "SCREENSHOTS" in os.environ else tmp_path
    view = {"width": 1280, "height": 940}
    with Window.opened(chromium, program, "?preset=web", viewport=view) as window:
        window.choose(ROOT / "docs" / "sample.jpg")
        window.press("Develop 1 photo")
        window.page.get_by_role("slider").wait_for()
        window.page.wait_for_function("() => [...document.images].every(each => each.complete)")
        window.page.screenshot(path=tmp_path / "page-develop.png")
    with Window.opened(chromium, program, "#scrub", viewport=view, color_scheme="dark") as window:
        window.press("Try our sample")
        window.press("Give me the clean copy")
        window.sees("Clean, and checked again.")
        window.page.mouse.move(0, 0)
        window.page.screenshot(path=tmp_path / "page-scrub.png")
    for name in ("page-develop", "page-scrub"):
        with Image.open(tmp_path / f"{name}.png") as picture:
            few = picture.convert("RGB").quantize(256, Image.Quantize.MEDIANCUT, kmeans=4)  # keeps small areas, too
            few.save(folder / f"{name}.png", optimize=True)
        assert (folder / f"{name}.png").stat().st_size < 200_000
