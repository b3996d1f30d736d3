"""The ways to bring photos: drop, folder, paste, camera, our sample."""

from pathlib import Path
from typing import Any

from tests.browser import photos
from tests.browser.window import Window
from tests.end_to_end.program import Program


def test_our_sample_and_a_paste_are_photos(window: Window) -> None:
    window.press("Try our sample")
    window.card("sample.jpg").wait_for()
    window.page.evaluate(
        """() => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array(9)], "pasted.png", {type: "image/png"}));
            dispatchEvent(new ClipboardEvent("paste", {clipboardData: transfer}));
        }"""
    )
    window.card("pasted.png").wait_for()
    window.press("Clear")
    window.sees("Your photos appear here.")


def drop(window: Window, *paths: Path) -> None:
    """Drop files or folders from the desktop into the middle of the window."""
    session = window.page.context.new_cdp_session(window.page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    # The first dragOver brings an overlay under the pointer, the second is over it.
    for kind in ("dragEnter", "dragOver", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": 600, "y": 700, "data": data})


def test_the_whole_window_takes_a_drop(window: Window, photo: Path) -> None:
    drop(window, photo)
    window.card(photo.name).wait_for()
    assert not window.posts()


def test_a_folder_is_dropped_with_the_photos_in_it(window: Window, tmp_path: Path) -> None:
    inner = tmp_path / "holiday" / "day 1"
    inner.mkdir(parents=True)
    photos.write_jpeg(inner / "beach.jpg", (60, 40))
    photos.write_heic(inner.parent / "tower.heic")
    (inner.parent / "notes.txt").write_text("not a photo")
    drop(window, inner.parent)
    window.card("beach.jpg").wait_for()
    window.card("tower.heic").wait_for()
    assert window.page.get_by_role("article").count() == 2


def test_a_drop_on_another_tab_goes_where_photos_are_developed(window: Window, photo: Path) -> None:
    window.tab("Library")
    drop(window, photo)
    window.card(photo.name).wait_for()
    assert window.page.title() == "Develop · Darkroom"
    window.tab("Scrub")
    drop(window, photo)
    window.sees("This photo gives nothing away.")


def test_a_phone_can_take_a_photo(chromium: Any, program: Program, window: Window, photo: Path) -> None:
    assert not window.page.get_by_role("button", name="Take a photo").count()
    with Window.opened(chromium, program, has_touch=True, is_mobile=True) as phone:
        camera = phone.page.locator("input[type=file][capture=environment]")
        assert camera.get_attribute("accept") == "image/*"
        with phone.page.expect_file_chooser() as chooser:
            phone.press("Take a photo")
        chooser.value.set_files(photo)
        phone.card(photo.name).wait_for()


def test_a_photo_is_developed_whatever_its_name(window: Window, photo: Path) -> None:
    names = {
        "\u202egpj.exe.jpg": "_gpj.exe.jpg",
        "two\nlines.jpg": "two_lines.jpg",
        "\U0001f600" * 300: "\U0001f600" * 255,
    }
    files = [{"name": name, "mimeType": "image/jpeg", "buffer": photo.read_bytes()} for name in names]
    window.page.locator("input[type=file][multiple]").set_input_files(files)
    window.press("Develop 3 photos")
    window.sees("3 of 3 photos done")
    for name in names.values():
        assert len(window.records(name)) == 1
