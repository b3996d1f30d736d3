"""The placeholders of records, beside the encoder and the decoder of the npm package thumbhash."""

import random
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from chalicelib.imaging.placeholder import make_placeholder
from tests.browser import photos
from tests.browser.window import Window
from tests.end_to_end.program import ROOT, Program

PACKAGE = ROOT / "requirements" / "page" / "node_modules" / "thumbhash" / "thumbhash.js"
SIZES = [(32, 32), (32, 20), (13, 32), (32, 5)]
SCRIPT = """async ([source, pictures]) => {
  const bytes = (text) => Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
  const npm = await import(`data:text/javascript;base64,${source}`);
  return pictures.map(({ width, height, pixels, hash }) => ({
    encoded: Array.from(npm.rgbaToThumbHash(width, height, bytes(pixels))),
    mean: Object.values(npm.thumbHashToAverageRGBA(bytes(hash))),
    ratio: npm.thumbHashToApproximateAspectRatio(bytes(hash)),
    decoded: (({ w, h, rgba }) => [w, h, ...rgba])(npm.thumbHashToRGBA(bytes(hash))),
  }));
}"""
DECODE = """async (hash) => {
  const { decode } = await import("/web/placeholder.js");
  const picture = decode(hash);
  return picture && [picture.width, picture.height, ...picture.data];
}"""
DRAWN = """canvas => [canvas.width, canvas.height,
  ...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data]"""


def scene(mode: str, size: tuple[int, int], seed: int) -> Image.Image:
    """Return a picture with large areas, as photos have. The seed chooses their colours."""
    few = Image.frombytes(mode, (4, 4), random.Random(seed).randbytes(16 * len(mode)))  # noqa: S311 -- no secret
    return few.resize(size, Image.Resampling.BICUBIC)


def ask_npm(page: Any, images: list[Image.Image], hashes: list[str]) -> list[dict[str, Any]]:
    """Return what the package says of pictures and of our hashes of them."""
    pictures = [
        {
            "width": image.width,
            "height": image.height,
            "pixels": b64encode(image.convert("RGBA").tobytes()).decode(),
            "hash": each,
        }
        for image, each in zip(images, hashes, strict=True)
    ]
    found: list[dict[str, Any]] = page.evaluate(SCRIPT, [b64encode(PACKAGE.read_bytes()).decode(), pictures])
    return found


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA"])
def test_hashes_are_those_of_the_npm_package(chromium: Any, mode: str) -> None:
    images = [scene(mode, size, seed) for size in SIZES for seed in range(10)]
    hashes = [make_placeholder(each).thumbhash for each in images]
    page = chromium.new_page()
    for image, ours, npm in zip(images, hashes, ask_npm(page, images, hashes), strict=True):
        assert list(b64decode(ours)) == npm["encoded"]
        assert npm["ratio"] == pytest.approx(image.width / image.height, rel=0.4)
    page.close()


def test_the_page_decodes_what_the_npm_package_decodes(chromium: Any, program: Program) -> None:
    images = [scene(mode, size, seed) for mode in ("RGB", "RGBA") for size in SIZES for seed in range(3)]
    hashes = [make_placeholder(each).thumbhash for each in images]
    with Window.opened(chromium, program, bypass_csp=True) as window:
        for ours, npm in zip(hashes, ask_npm(window.page, images, hashes), strict=True):
            pairs = zip(window.page.evaluate(DECODE, ours), npm["decoded"], strict=True)
            assert max(abs(drawn - decoded) for drawn, decoded in pairs) <= 1


@pytest.mark.parametrize(
    "damaged", ["", "?", "AAAA", b64encode(bytes(5)).decode(), b64encode(b"\0\0\x80\7\0").decode()]
)
def test_a_damaged_hash_is_not_drawn(window: Window, damaged: str) -> None:
    assert window.page.evaluate(DECODE, damaged) is None


def test_a_placeholder_is_under_a_thumbnail_that_loads(window: Window, tmp_path: Path) -> None:
    data = photos.write_jpeg(tmp_path / "slow.jpg", (300, 150)).read_bytes()
    record = window.program.ask("POST", "/images?filename=slow.jpg", data, "image/jpeg")[2]
    held: list[Any] = []

    def hold(route: Any) -> None:
        held.append(route)

    window.page.route("**/darkroom-local-images/resized/**", hold)
    window.tab("Library")
    canvas = window.page.locator(".tile", has_text="slow.jpg").first.locator("canvas")
    drawn = canvas.evaluate(DRAWN)
    assert drawn == pytest.approx(window.page.evaluate(DECODE, record["placeholder"]["thumbhash"]), abs=1)
    width, height, *pixels = drawn
    above, below = (pixels[(row * width + width // 2) * 4] for row in (0, height - 1))
    assert held
    assert (width, height) == (32, 18)  # the hash knows sevenths: 4 of 7, for a picture of 300 x 150
    assert above < 60 < 190 < below
