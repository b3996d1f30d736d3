import shlex
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.browser import photos
from tests.browser.window import Window


@pytest.fixture
def names(window: Window, tmp_path: Path) -> list[str]:
    """Develop two photos, and open the library."""
    written = [photos.write_jpeg(tmp_path / f"{tmp_path.name}-{each}.jpg", (120, 80)) for each in "ab"]
    for each in written:
        path = f"/images?preset=web&filename={each.name}"
        status, _, record = window.program.ask("POST", path, each.read_bytes(), "image/jpeg")
        assert (status, record["status"]) == (200, "completed")
    window.tab("Library")
    window.page.locator(".tile").first.wait_for()
    return [each.name for each in written]


def test_a_dialog_shows_each_image_and_keys_go_on(window: Window, names: list[str]) -> None:
    newest = window.page.get_by_role("button", name=f"Open {names[1]}")
    newest.click()
    window.page.get_by_role("dialog", name=names[1]).wait_for()
    window.page.keyboard.press("ArrowRight")
    window.page.get_by_role("dialog", name=names[0]).wait_for()
    window.page.keyboard.press("ArrowLeft")
    window.page.get_by_role("dialog", name=names[1]).wait_for()
    window.page.keyboard.press("Escape")
    assert not window.page.get_by_role("dialog").count()
    assert newest.evaluate("button => button === document.activeElement")


def test_an_expired_link_is_renewed(window: Window, names: list[str]) -> None:
    refused: list[str] = []

    def expire(route: Any) -> None:
        refused.append(route.request.url)
        route.fulfill(status=403, body="<Error><Code>AccessDenied</Code></Error>")

    window.page.route("**/darkroom-local-images/processed/**", expire, times=1)
    window.page.get_by_role("button", name=f"Open {names[1]}").click()
    window.page.wait_for_function("() => document.querySelector('dialog img')?.naturalWidth > 0")
    assert len(refused) == 1


def test_a_deletion_can_be_undone_for_eight_seconds(window: Window, names: list[str]) -> None:
    window.press(f"Delete {names[0]}")
    window.page.locator(".tile").get_by_text(names[0]).wait_for(state="detached")
    window.press("Undo")
    window.page.locator(".tile").get_by_text(names[0]).wait_for()
    assert not [each for each in window.requests if each.method == "DELETE"]


def test_a_deletion_is_sent_when_the_page_is_left(window: Window, names: list[str]) -> None:
    window.press(f"Delete {names[0]}")
    window.page.goto("about:blank")
    while window.records(names[0]):
        window.page.wait_for_timeout(50)
    assert window.records(names[1])


def test_a_filter_shows_why_images_failed(window: Window, names: list[str]) -> None:
    key = f"uploads/{names[0]}.broken.jpg"
    client = boto3.client("s3", endpoint_url=window.program.aws_url)
    client.put_object(Bucket="darkroom-local-images", Key=key, Body=b"not a photo")
    client.close()
    assert window.program.wait_for_record(f"/images?key={key}")["status"] == "rejected"
    window.page.get_by_label("Status").select_option("rejected")
    tile = window.page.locator(".tile").filter(has_text=f"{names[0]}.broken.jpg")
    tile.locator(".words").wait_for()
    assert len(tile.locator(".words").inner_text()) > len("Rejected")
    assert not window.page.locator(".tile").filter(has_text=names[1]).count()
    window.page.get_by_label("Status").select_option("failed")
    window.sees("No image is failed.")


def test_the_newest_images_come_first(window: Window, names: list[str]) -> None:
    shown = window.page.locator(".tile .name").all_inner_texts()
    assert shown[:2] == names[::-1]


def test_an_empty_library_says_how_to_put_a_photo_into_s3(window: Window) -> None:
    window.page.route("**/images?*", lambda route: route.fulfill(json={"items": [], "next_token": None}))
    window.tab("Library")
    window.sees("Nothing here yet.")
    words = shlex.split(window.page.locator("pre").inner_text())
    assert words == [
        "aws",
        "--endpoint-url",
        window.program.aws_url,
        "s3",
        "cp",
        "photo.jpg",
        "s3://darkroom-local-images/uploads/",
    ]


def test_a_thumbnail_whose_link_has_expired_is_renewed(window: Window, photo: Path) -> None:
    path = f"/images?preset=web&filename={photo.name}"
    window.program.ask("POST", path, photo.read_bytes(), "image/jpeg")
    refused: list[str] = []

    def expire(route: Any) -> None:
        refused.append(route.request.url)
        route.fulfill(status=403, body="<Error><Code>AccessDenied</Code></Error>")

    window.page.route("**/darkroom-local-images/resized/**", expire, times=1)
    window.tab("Library")
    window.page.wait_for_function("() => document.querySelector('.tile img')?.naturalWidth > 0")
    assert len(refused) == 1


def test_more_is_loaded_when_it_is_asked_for(window: Window, names: list[str], photo: Path) -> None:
    assert names
    for number in range(24):
        path = f"/images?preset=thumbnail&filename=page-{number}.jpg"
        window.program.ask("POST", path, photo.read_bytes(), "image/jpeg")
    window.press("Refresh")
    window.page.locator(".tile").get_by_text("page-23.jpg").wait_for()
    assert window.page.locator(".tile").count() == 24
    window.press("Load more")
    window.page.locator(".tile").get_by_text(names[0]).wait_for()


def test_a_clean_copy_that_the_browser_does_not_show_is_said(window: Window, tmp_path: Path) -> None:
    scan = photos.write_tiff(tmp_path / f"{tmp_path.name}.tiff")
    window.program.ask("POST", f"/sanitize?filename={scan.name}", scan.read_bytes(), "image/tiff")
    window.tab("Library")
    window.page.locator(".tile").filter(has_text=scan.name).get_by_text("No preview (TIFF)").wait_for()
    window.press(f"Open {scan.name}: No preview (TIFF)")  # a person who speaks to the page says what stands there
    window.sees("this browser does not show TIFF")
    assert not window.page.locator("dialog img").count()
