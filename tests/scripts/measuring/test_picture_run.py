"""The pictures are of a real run: the script starts the service, and each picture shows what it is named after."""

import io
import shutil
import sys
from pathlib import Path

import pytest
from PIL import Image

from scripts.measuring import picture_run
from tests.conftest import ROOT

SHOWN = {
    "upload.svg": ("--data-binary @docs/sample.jpg", '"id": ', '"links": {'),
    "workflow.svg": ("scripts.state_machine --run", "PublishPNGAlert", "SUCCEEDED", '"file_type": "png"'),
    "cleanup.svg": ("--run --dry-run", "would delete: ", "is disabled"),
    "log.svg": ("$ make run", "POST /images?width=640  200", "darkroom-local-AlertPNG", "darkroom-local-cleanup"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not shutil.which("curl"):
        pytest.skip("curl is not installed")
    made = tmp_path_factory.mktemp("pictures")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["picture_run", "--output", str(made)])
        assert picture_run.main() == 0
    return made


@pytest.mark.parametrize("place", ["made", "docs"])
@pytest.mark.parametrize("name", SHOWN)
def test_a_picture_shows_what_it_is_named_after(folder: Path, place: str, name: str) -> None:
    path = (folder if place == "made" else ROOT / "docs" / "run") / name
    text = path.read_text()
    assert [each for each in SHOWN[name] if each not in text] == []
    assert path.stat().st_size < 12_000


@pytest.mark.parametrize("place", ["made", "docs"])
def test_the_results_stand_beside_the_posted_photo(folder: Path, place: str) -> None:
    path = (folder if place == "made" else ROOT / "docs" / "run") / "resized.jpg"
    picture = Image.open(io.BytesIO(path.read_bytes()))
    assert picture.width > 2 * picture.height
    assert path.stat().st_size < 60_000
    # The posted photo has colours, and the processed one is grey.
    left, middle = (picture.convert("RGB").crop((x, 60, x + 60, 120)) for x in (40, 300))
    assert max(high - low for low, high in _spread(left)) > 12
    assert max(high - low for low, high in _spread(middle)) <= 12


def _spread(part: Image.Image) -> list[tuple[int, int]]:
    """Return the lowest and the highest channel of each pixel."""
    data = part.tobytes()
    return [(min(data[at : at + 3]), max(data[at : at + 3])) for at in range(0, len(data), 3)]


def test_a_command_that_fails_is_one_sentence(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb+") as log:
        run = picture_run.Run(1, 1, log)
        with pytest.raises(picture_run.PictureError, match="exit 3 failed: why"):
            run.type("echo why >&2; exit 3")
