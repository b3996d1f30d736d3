from pathlib import Path

from tests.browser import photos
from tests.browser.window import Window


def test_a_photo_tells_where_it_was_taken_and_then_no_more(window: Window) -> None:
    window.tab("Scrub")
    window.sees(f"The photo is sent to 127.0.0.1:{window.program.port}, which looks into it and stores nothing.")
    before = len(window.program.ask("GET", "/images?limit=100")[2]["items"])
    window.press("Try our sample")
    window.sees("This photo tells where it was taken: 48.8584, 2.2945, on 3 May 2024 at 14:02, by an iPhone 15.")
    assert window.page.get_by_role("link", name="Show on a map").get_attribute("href") == "geo:48.8584,2.2945"
    for group in ("Location", "Time", "Camera", "People", "Software", "Hidden pictures"):
        assert window.page.get_by_role("heading", name=group, exact=True).count() == 1
    hidden = window.page.get_by_role("img", name="A small picture inside the file")
    window.page.wait_for_function("image => image.naturalWidth === 60", arg=hidden.element_handle())
    assert len(window.program.ask("GET", "/images?limit=100")[2]["items"]) == before
    window.press("Give me the clean copy")
    window.page.get_by_text("Clean, and checked again. 3 things removed, 1 kept. Not one pixel changed.").wait_for()
    assert window.page.locator("del").get_by_text("48.8584, 2.2945").count() == 1
    with window.page.expect_download() as download:
        window.press("Download the clean copy")
    assert b"iPhone" not in Path(download.value.path()).read_bytes()


def test_a_clean_photo_is_clean_already(window: Window, photo: Path) -> None:
    window.tab("Scrub")
    window.choose(photo)
    window.sees("This photo gives nothing away.")
    window.press("Give me the clean copy")
    window.sees("Already clean.")


def test_a_photo_that_cannot_be_proved_clean_has_no_copy(window: Window, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(photos.write_jpeg(tmp_path / "whole.jpg", (120, 80)).read_bytes()[:400])
    window.tab("Scrub")
    window.choose(broken)
    window.sees("We could not prove it clean, so there is no copy.")
    assert window.page.get_by_role("button", name="Give me the clean copy").is_disabled()


def test_a_photo_over_the_body_limit_is_cleaned_through_s3(window: Window, tmp_path: Path) -> None:
    window.tab("Scrub")
    window.choose(photos.write_noise(tmp_path / "large.png", 1300))
    window.sees("too large to look into")
    window.press("Give me the clean copy")
    window.sees("Already clean.")


def test_a_value_has_a_short_name_and_is_shown_once(window: Window, photo: Path) -> None:
    values = [
        {"name": name, "value": "Pixel"} for name in ("xmpMM:History/stEvt:instanceID", "xmpMM:InstanceID", "GPSLens")
    ]
    place = {"latitude": 1.5, "longitude": 2.5}
    details = {"camera": values, "position": place, "further_positions": [place]}
    window.page.route("**/inspect?*", lambda route: route.fulfill(json={"findings": [], "details": details}))
    window.tab("Scrub")
    window.choose(photo)
    window.sees("Show on a map")
    assert window.page.locator(".groups .name").all_inner_texts() == ["Position", "Instance ID", "GPS Lens"]
