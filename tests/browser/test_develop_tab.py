import itertools
import re
import urllib.request
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.browser import photos
from tests.browser.window import Window
from tests.end_to_end.program import Program


def test_a_batch_of_twenty_ends_with_a_word_for_each(window: Window, tmp_path: Path) -> None:
    good = [photos.write_jpeg(tmp_path / f"batch-{number}.jpg", (300 + number, 200)) for number in range(15)]
    broken, large = tmp_path / "broken.jpg", tmp_path / "too-large.jpg"
    broken.write_bytes(good[0].read_bytes()[:400])
    large.write_bytes(good[0].read_bytes() + b"\0" * 50_000_001)
    heic, gif = photos.write_heic(tmp_path / "a.heic"), photos.write_gif(tmp_path / "a.gif")
    window.page.goto(f"{window.page.url}?format=jpeg")  # which has one picture
    window.choose(*good, broken, large, heic, gif, photos.write_tiff(tmp_path / "a.tiff"))
    assert not window.posts()
    window.press("Develop 20 photos")
    window.sees("17 of 20 photos done, 3 failed")
    assert len(window.posts()) == 19  # the large one asked for a form, and got none
    assert window.card("too-large.jpg").locator(".problem").inner_text().count("50000000") == 1
    assert window.card("broken.jpg").get_by_role("button", name="Copy request id").count() == 1
    assert window.card("a.heic").locator(".thumb").inner_text().lower() == "heic"
    window.card("a.tiff").get_by_text("Browsers do not show this format").wait_for()
    window.card("a.gif").get_by_text("animation (3 pictures → 1)").wait_for()
    assert re.fullmatch(r"Done \(.\d+ %\)", window.card("batch-3.jpg").locator(".state").inner_text())
    window.page.locator("#totals").get_by_text("17 of 20 photos done, 3 failed").wait_for(state="attached")


def test_what_a_record_lost_is_said_in_words(window: Window) -> None:
    lost: list[dict[str, Any]] = [{"kind": "further_pictures", "had": 3, "kept": 0}]
    lost += [{"kind": "gamut", "had": "display-p3", "kept": "srgb"}, {"kind": "gain_map", "had": 1, "kept": 0}]
    script = "record => import('/web/words.js').then(words => words.losses(record))"
    assert window.page.evaluate(script, {"lost": lost}) == [
        "further pictures (3 → 0)",
        "wide colours (display-p3 → srgb)",
        "HDR brightness",
    ]
    assert window.page.evaluate(script, {"lost": None}) == []


def test_a_photo_over_the_body_limit_goes_into_s3(window: Window, tmp_path: Path) -> None:
    window.choose(photos.write_noise(tmp_path / "noise.png", 1300))
    window.press("Develop 1 photo")
    window.sees("1 of 1 photo done")
    assert (len(window.posts("/uploads")), window.posts()) == (1, [])
    assert [record["status"] for record in window.records("noise.png")] == ["completed"]


def test_options_live_in_the_address(chromium: Any, program: Program, photo: Path) -> None:
    address = "?preset=web&width=90&fit=cover&height=50&watermark=Ann"
    with Window.opened(chromium, program, address) as window:
        assert window.page.get_by_role("radio", name="web").is_checked()
        window.page.get_by_label("Format").select_option("jpeg")
        assert window.search() == f"{address}&format=jpeg"
        window.choose(photo)
        window.press("Develop 1 photo")
        window.sees("1 of 1 photo done")
        [record] = window.records(photo.name)
        made = {name: record["recipe"][name] for name in ("width", "height", "fit", "format", "watermark")}
        assert made == {"width": 90, "height": 50, "fit": "cover", "format": "jpeg", "watermark": "Ann"}


def test_a_crop_keeps_the_point_that_was_clicked(window: Window, photo: Path) -> None:
    window.choose(photo)
    window.page.get_by_text("Adjust").click()
    for name, value in (("Width", "60"), ("Height", "60")):
        window.page.get_by_label(name).fill(value)
    window.page.get_by_label("Fit").select_option("cover")
    point = window.page.get_by_role("button", name="Focus point")
    box = point.bounding_box()
    point.click(position={"x": box["width"] / 4, "y": box["height"] * 3 / 4})
    window.sees("25 % from the left, 75 % from the top")
    point.press("ArrowRight")
    window.sees("30 % from the left, 75 % from the top")
    window.press("Develop 1 photo")
    window.sees("1 of 1 photo done")
    assert window.records(photo.name)[0]["recipe"]["focus"] == "0.3,0.75"


def test_the_position_grid_serves_the_watermark(window: Window, photo: Path) -> None:
    window.choose(photo)
    window.page.get_by_text("Adjust").click()
    window.page.get_by_label("Watermark", exact=True).fill("Ann")
    window.page.get_by_role("radio", name="north-west").check(force=True)
    window.press("Develop 1 photo")
    window.sees("1 of 1 photo done")
    assert window.records(photo.name)[0]["recipe"]["watermark_gravity"] == "north-west"


@pytest.fixture
def two(window: Window, photo: Path, tmp_path: Path) -> list[str]:
    """Develop two photos, and return their names."""
    other = photos.write_jpeg(tmp_path / "second.jpg", (80, 80))
    window.choose(photo, other)
    window.press("Develop 2 photos")
    window.sees("2 of 2 photos done")
    return [photo.name, other.name]


def test_a_result_is_downloaded_alone_and_with_all_others(window: Window, two: list[str]) -> None:
    names = [f"{Path(name).stem}.png" for name in two]
    with window.page.expect_download() as one:
        window.press(f"Download {two[0]}")
    assert one.value.suggested_filename == names[0]
    with window.page.expect_download() as everything:
        window.press("Download all")
    with zipfile.ZipFile(everything.value.path()) as packed:
        assert packed.namelist() == names
        assert packed.testzip() is None


def test_a_deletion_that_is_undone_brings_the_photo_back_to_its_place(window: Window, two: list[str]) -> None:
    window.press(f"Delete {two[0]}")
    window.card(two[0]).wait_for(state="detached")
    window.press("Undo")
    window.card(two[0]).get_by_role("slider").wait_for()
    assert window.page.locator("article h2").all_inner_texts() == two
    assert len(window.records(two[0])) == 1


#: Keeps the words of the first card, each time that they change.
WATCH_STATE = """() => {
    window.states = [];
    new MutationObserver(() => {
        const word = document.querySelector(".state")?.textContent;
        if (word && word !== window.states.at(-1)) window.states.push(word);
    }).observe(document.body, {subtree: true, childList: true, characterData: true});
}"""


def test_each_state_has_a_word(window: Window, tmp_path: Path) -> None:
    session = window.page.context.new_cdp_session(window.page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 4_000_000}
    session.send("Network.emulateNetworkConditions", slow)
    window.page.evaluate(WATCH_STATE)
    window.choose(photos.write_noise(tmp_path / "noise.png", 1000))
    window.press("Develop 1 photo")
    window.sees("1 of 1 photo done")
    kinds = [re.sub(r"\d+", "N", state) for state in window.page.evaluate("window.states")]
    assert [kind for kind, _ in itertools.groupby(kinds)] == [
        "Waiting",
        "Uploading N %",
        "Developing",
        "Done (\u2212N %)",
    ]
    assert kinds.count("Uploading N %") > 1


def test_a_result_says_its_sizes_formats_pixels_and_time(window: Window, photo: Path) -> None:
    window.choose(photo)
    window.press("Develop 1 photo")
    facts = window.card(photo.name).locator(".facts")
    facts.wait_for()
    [record] = window.records(photo.name)
    before, after, time = facts.locator("dd").all_inner_texts()
    for text, size, kind in ((before, photo.stat().st_size, "JPEG"), (after, record["size"], "PNG")):
        words = f"{size} bytes" if size < 1000 else f"{size / 1000:.0f} KB"
        assert re.fullmatch(f"{words}, {kind}, 120 . 80", text)
    assert re.fullmatch(r"[\d.]+ s", time)


def test_a_picture_that_loads_moves_nothing(window: Window, photo: Path) -> None:
    held: list[Any] = []

    def hold(route: Any) -> None:
        held.append(route)

    window.page.route("**/darkroom-local-images/**", hold)
    window.choose(photo)
    window.press("Develop 1 photo")
    slider = window.page.get_by_role("slider")
    slider.wait_for()
    place = slider.bounding_box()
    for route in held:
        route.continue_()
    window.page.wait_for_function("() => document.querySelector('.after').naturalWidth === 120")
    assert slider.bounding_box() == place


def test_what_is_too_large_is_made_smaller(chromium: Any, program: Program, tmp_path: Path) -> None:
    with Window.opened(chromium, program, "?preset=print&width=5000&height=5000&fit=stretch") as window:
        window.choose(photos.write_jpeg(tmp_path / f"{tmp_path.name}.jpg", (300, 200)))
        window.press("Develop 1 photo")
        window.press("Make it smaller")
        window.sees("1 of 1 photo done")
        [record] = window.records(f"{tmp_path.name}.jpg")
        assert (record["recipe"]["width"], record["recipe"]["height"]) == (1600, 1600)


def fetched(link: str) -> bytes:
    with urllib.request.urlopen(link) as answer:  # noqa: S310 -- a link of the embedded AWS
        return bytes(answer.read())


def test_a_link_is_copied_without_a_clipboard_of_a_secure_page(chromium: Any, program: Program, photo: Path) -> None:
    def take_away(page: Any) -> None:
        page.add_init_script("Object.defineProperty(window, 'isSecureContext', {value: false})")
        page.add_init_script("delete Navigator.prototype.clipboard; delete Crypto.prototype.randomUUID")

    with Window.opened(chromium, program, prepare=take_away) as window:
        window.choose(photo)
        window.press("Develop 1 photo")
        window.press(f"Copy link of {photo.name}")
        window.sees("Copied")
        window.page.get_by_text("Adjust").click()
        field = window.page.get_by_label("Watermark", exact=True)
        field.evaluate("field => field.removeAttribute('maxlength')")
        field.press("Control+v")
        link = field.input_value()
        with Image.open(BytesIO(fetched(link))) as picture:
            assert picture.size == (120, 80)


def test_a_button_shows_each_picture_at_its_full_size(window: Window, tmp_path: Path) -> None:
    window.choose(photos.write_tiff(tmp_path / "scan.tiff"))  # it has no slider, which Z would need
    window.press("Develop 1 photo")
    window.press("100 % size (Z)")
    window.page.locator(".stage.full").wait_for()
    assert window.page.get_by_role("button", name="100 % size (Z)", pressed=True).count() == 1


def test_the_words_of_the_facts_are_whole_on_a_phone(chromium: Any, program: Program, tmp_path: Path) -> None:
    view = {"width": 320, "height": 640}
    with Window.opened(chromium, program, "?format=jpeg", viewport=view) as window:
        window.choose(photos.write_gif(tmp_path / "a.gif"))
        window.press("Develop 1 photo")
        window.page.locator(".lost dt").wait_for()
        heights = window.page.locator(".facts dt").evaluate_all("words => words.map(each => each.clientHeight)")
        assert len(heights) == 4
        assert len(set(heights)) == 1
