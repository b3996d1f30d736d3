"""The options of "Adjust": in the address, in every way of sending, and in the commands to copy."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import boto3
import pytest
from PIL import Image

from tests.browser import photos
from tests.browser.window import Window
from tests.end_to_end.program import Program

#: A value for each option of the API but `gravity`, which excludes `focus`, and `font`, which needs a file.
OPTIONS = {
    "preset": "web",
    "width": "90",
    "height": "60",
    "fit": "cover",
    "grayscale": "true",
    "watermark": "© Ann's",
    "watermark_gravity": "north",
    "watermark_size": "9",
    "watermark_opacity": "50",
    "watermark_color": "#ff0000",
    "focus": "0.3,0.75",
    "rotate": "90",
    "flip": "vertical",
    "background": "#00ff00",
    "logo": "acme.png",
    "logo_scale": "30",
    "logo_opacity": "40",
    "logo_gravity": "south",
    "format": "jpeg",
    "quality": "70",
    "animated": "false",
    "renditions": "s:20,m:40",
}


@pytest.fixture(scope="module")
def logo(program: Program) -> Iterator[None]:
    """Put a logo where the options find it."""
    written = BytesIO()
    Image.new("RGB", (20, 20), "red").save(written, "PNG")
    client = boto3.client("s3", endpoint_url=program.aws_url)
    client.put_object(Bucket="darkroom-local-images", Key="logos/acme.png", Body=written.getvalue())
    yield
    client.close()


@pytest.fixture
def adjusted(chromium: Any, program: Program, logo: None) -> Iterator[Window]:  # noqa: ARG001 -- the logo is in S3
    """A window whose address has every option."""
    search = "&".join(f"{name}={percent_encoded(value)}" for name, value in OPTIONS.items())
    with Window.opened(chromium, program, f"?{search}") as window:
        window.page.context.grant_permissions(["clipboard-read"])
        window.page.get_by_text("Further sizes").wait_for()  # the options that few people use are loaded on their own
        yield window


def percent_encoded(value: str) -> str:
    return value.replace("#", "%23").replace(" ", "+").replace("©", "%C2%A9").replace("'", "%27")


def made_from(record: dict[str, Any]) -> dict[str, str]:
    """Return the options of a record as an address has them. A record names no preset, but what it stands for."""
    texts = {
        name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in record["recipe"].items()
    }
    return {"preset": OPTIONS["preset"], **texts}


def test_a_link_fills_every_field(adjusted: Window) -> None:
    shown = adjusted.page.evaluate(
        "() => Object.fromEntries([...document.querySelectorAll('.recipe input, .recipe select')]"
        ".filter(each => !['gravity', 'preset'].includes(each.name))"
        ".map(each => [each.labels[0].firstChild.textContent.split(/[,:]/)[0], each.value]))"
    )
    words = {name.replace("_", " ").capitalize().replace("Grayscale", "Greyscale"): name for name in OPTIONS}
    assert {words.get(label, label): value for label, value in shown.items()} == {
        name: value for name, value in OPTIONS.items() if name not in {"preset", "focus", "watermark_gravity"}
    } | {"Font": ""}
    assert adjusted.page.get_by_role("radio", name="web").is_checked()
    adjusted.sees("30 % from the left, 75 % from the top")


def test_every_option_of_the_api_has_a_place_on_the_page(window: Window) -> None:
    known = set(window.page.evaluate("import('/web/api.js').then(api => Object.keys(api.config.options))"))
    assert known == {*OPTIONS, "gravity", "font"}


@pytest.mark.parametrize("path", ["/images", "/uploads"])
def test_the_options_go_both_ways(adjusted: Window, tmp_path: Path, path: str) -> None:
    name = f"{tmp_path.name}.png"
    adjusted.choose(photos.write_noise(tmp_path / name, 1300 if path == "/uploads" else 90))
    adjusted.press("Develop 1 photo")
    adjusted.sees("1 of 1 photo done")
    assert len(adjusted.posts(path)) == 1
    [record] = adjusted.records(name)
    assert made_from(record) == OPTIONS


def copied_commands(window: Window, photo: Path) -> dict[str, str]:
    """Develop a photo, and copy its commands."""
    window.choose(photo)
    window.press("Develop 1 photo")
    window.sees("1 of 1 photo done")
    card, copied = window.card(photo.name), {}
    card.get_by_text("Copy as").click()
    for kind in ("curl", "aws", "python"):
        card.get_by_role("button", name=kind, exact=True).click()
        copied[kind] = window.page.evaluate("navigator.clipboard.readText()")
    return copied


def test_the_copied_commands_of_curl_and_python_make_the_same(adjusted: Window, photo: Path) -> None:
    copied = copied_commands(adjusted, photo)
    for command in (shlex.split(copied["curl"]), [sys.executable, "-c", copied["python"]]):
        subprocess.run(command, cwd=photo.parent, check=True, capture_output=True)
    records = adjusted.records(photo.name)
    assert [made_from(record) for record in records] == [OPTIONS] * 3
    assert len({record["sha256"] for record in records}) == 1


def test_the_copied_command_of_the_aws_cli_makes_the_same(adjusted: Window, photo: Path) -> None:
    words = shlex.split(copied_commands(adjusted, photo)["aws"])
    key = f"uploads/{photo.name}"
    assert words[:2] == ["aws", "--endpoint-url"]
    assert words[3:7] == ["s3", "cp", photo.name, f"s3://darkroom-local-images/{key}"]
    metadata = json.loads(words[words.index("--metadata") + 1])
    # S3 takes ASCII alone; the service reads RFC 2047.
    assert metadata == {**OPTIONS, "watermark": "=?UTF-8?B?wqkgQW5uJ3M=?="}
    client = boto3.client("s3", endpoint_url=adjusted.program.aws_url)
    client.put_object(Bucket="darkroom-local-images", Key=key, Body=photo.read_bytes(), Metadata=metadata)
    client.close()
    assert made_from(adjusted.program.wait_for_record(f"/images?key={key}")) == OPTIONS


def test_a_field_that_is_emptied_closes_nothing(window: Window) -> None:
    window.page.get_by_text("Adjust").click()
    window.page.get_by_text("More options").click()
    scale = window.page.get_by_label("Logo scale")
    scale.fill("3")
    assert window.search() == "?logo_scale=3"
    scale.fill("")
    assert window.search() == ""
    assert scale.is_visible()
    background = window.page.get_by_label("Background: none")
    background.fill("#102030")
    assert window.search() == "?background=%23102030"
    window.press("Reset Background")
    background.wait_for()
    assert window.search() == ""


def test_renditions_show_their_sizes_and_links(chromium: Any, program: Program, photo: Path) -> None:
    with Window.opened(chromium, program, "?preset=web&renditions=s:30,m:60,thumbnail") as window:
        window.page.context.grant_permissions(["clipboard-read"])
        window.choose(photo)
        window.press("Develop 1 photo")
        window.sees("1 of 1 photo done")
        links = window.card(photo.name).get_by_role("list", name="Further sizes").get_by_role("link")
        links.first.wait_for()
        texts = [re.findall(r"[\w-]+", text)[:3] for text in links.all_inner_texts()]
        assert texts == [["s", "30", "20"], ["m", "60", "40"], ["thumbnail", "300", "300"]]
        with window.page.expect_popup() as opened:
            links.first.click()
        assert opened.value.evaluate("document.images[0].naturalWidth") == 30
        window.press("Copy srcset")
        parts = window.page.evaluate("navigator.clipboard.readText()").split(", ")
        assert [part.rpartition(" ")[2] for part in parts] == ["30w", "60w"]


def test_the_preset_of_the_stage_is_chosen_at_first(chromium: Any, program: Program) -> None:
    presets = {"enum": ["default", "web"], "default": "web"}
    rules = program.ask("GET", "/web/config.json")[2]["options"]
    with Window.opened(chromium, program, config={"options": rules | {"preset": presets}}) as window:
        assert window.page.get_by_role("radio", name="web").is_checked()


def test_an_option_that_is_refused_is_corrected_and_the_photo_goes_on(
    chromium: Any, program: Program, photo: Path
) -> None:
    with Window.opened(chromium, program, "?preset=web&quality=900") as window:
        window.choose(photo)
        window.press("Develop 1 photo")
        window.sees("quality must be from 1 to 100, not 900.")
        window.page.get_by_label("Quality").fill("80")
        window.press("Retry with the options chosen now")
        window.sees("1 of 1 photo done")
        assert [each["recipe"]["quality"] for each in window.records(photo.name)] == [80]


def test_a_focus_point_that_is_none_is_the_centre(chromium: Any, program: Program) -> None:
    with Window.opened(chromium, program, "?fit=cover&focus=left,top") as window:
        window.sees("50 % from the left, 50 % from the top.")
