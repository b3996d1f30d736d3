"""What the zip has of Pillow: every module that the service can load, and no other."""

import shutil
import subprocess
import sys
from pathlib import Path

import PIL
import pytest

from chalicelib.imaging.formats import ImageFormat
from scripts.deployment import unused_modules
from tests.conftest import ROOT
from tests.scripts.embedded_account import InstalledWheels

SOURCES = {
    "app.py": "def work():\n    from PIL import Image, ImageOps\n",
    "other/ImageTk.py": "import json\n",
    "PIL/__init__.py": "",
    "PIL/Image.py": "from . import _imaging\n\n\ndef open():\n    from .MpoImagePlugin import MpoImageFile\n",
    "PIL/ImageOps.py": "import PIL.ImageMode\n",
    "PIL/ImageMode.py": "",
    "PIL/MpoImagePlugin.py": "from . import Image, TiffTags\n",
    "PIL/TiffTags.py": "",
    "PIL/WebPImagePlugin.py": "from PIL import _webp\n",
    "PIL/_imaging.cpython-313-aarch64-linux-gnu.so": "",
    "PIL/_webp.cpython-313-aarch64-linux-gnu.so": "",
    "PIL/py.typed": "",
}
UNUSED = ("ImageTk.py", "PsdImagePlugin.py", "_imagingtk.cpython-313-aarch64-linux-gnu.so")


def test_what_an_import_statement_leads_to_stays_and_the_rest_goes(tmp_path: Path) -> None:
    for name, text in (SOURCES | dict.fromkeys((f"PIL/{name}" for name in UNUSED), "from . import Image\n")).items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    unused_modules.delete(tmp_path)
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert left == SOURCES.keys()


def test_a_package_without_pillow_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import PIL\n")
    unused_modules.delete(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["app.py"]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The service with the installed Pillow, without its unused modules."""
    folder = tmp_path_factory.mktemp("package")
    InstalledWheels().build_site_packages("", "", str(folder))
    shutil.copytree(ROOT / "chalicelib", folder / "chalicelib", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "app.py", folder)
    unused_modules.delete(folder)
    return folder


def run(package: Path, code: str) -> str:
    """Run code with the Pillow of a package, and return what it prints."""
    start = f"import sys; sys.path.insert(0, {str(package)!r})\n"
    done = subprocess.run([sys.executable, "-c", start + code], capture_output=True, text=True, check=True)
    return done.stdout


#: Chalice's runtime is not in the folder, and each module of chalicelib imports its own part of Pillow.
LOAD = """
import PIL, pkgutil, importlib, chalicelib.imaging
assert PIL.__file__.startswith(sys.path[0])
for each in pkgutil.walk_packages(chalicelib.imaging.__path__, "chalicelib.imaging."):
    importlib.import_module(each.name)
from PIL import Image
Image.init()
print(*sorted(Image.OPEN))
"""


def test_every_module_loads_and_pillow_knows_exactly_the_formats_of_the_service(package: Path) -> None:
    known = set(run(package, LOAD).split())
    # Pillow itself loads PPM, and DIB with BMP. A JPEG with a second picture is its MPO.
    assert known - {"DIB", "MPO", "PPM", "HEIF"} == {each.pillow_name for each in ImageFormat} - {"HEIF"}


@pytest.mark.parametrize("name", [each.pillow_name for each in ImageFormat if each is not ImageFormat.HEIC])
def test_a_photo_of_each_format_is_written_and_read(package: Path, name: str) -> None:
    code = f"""
import io
from PIL import Image
file = io.BytesIO()
Image.new("RGB", (40, 30), "teal").save(file, {name!r})
print(*Image.open(file, formats=[{name!r}]).resize((4, 3)).size)
"""
    assert run(package, code) == "4 3\n"


def test_windows_and_other_formats_go(package: Path) -> None:
    before = {path.name for path in Path(PIL.__file__).parent.glob("*.py")}
    after = {path.name for path in (package / "PIL").glob("*.py")}
    assert {"PsdImagePlugin.py", "ImageTk.py", "PdfParser.py"} <= before - after
