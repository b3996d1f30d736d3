"""The zips that are measured beside Darkroom's own: a bare handler, and a plain Chalice app with eager clients."""

import io
import zipfile
from pathlib import Path

from scripts.deployment.package import finish

BARE = "def handler(event, context):\n    return {}\n"
#: What tutorials write: every client is built at import, and so is Pillow loaded.
PLAIN = """
import io
import os

import boto3
from chalice import Chalice, NotFoundError, Response
from PIL import Image, ImageDraw, ImageFont, ImageOps

app = Chalice(app_name="plain")
s3 = boto3.client("s3")
sns = boto3.client("sns")
states = boto3.client("stepfunctions")
table = boto3.resource("dynamodb").Table(os.environ["IMAGES_TABLE"])


@app.route("/images/{image_id}")
def show(image_id):
    item = table.get_item(Key={"ID": image_id}).get("Item")
    if item is None:
        raise NotFoundError(image_id)
    return item
"""


def bare(folder: Path) -> Path:
    """Write a zip with a handler that does nothing."""
    return _write(folder / "bare.zip", {"app.py": BARE.encode()})


def plain(folder: Path, ours: Path, *, bytecode: bool) -> Path:
    """Write a zip of a plain Chalice app with the packages of Darkroom's zip.

    Without `bytecode` it is as `chalice deploy` packs it: each cold start compiles the app and its packages.
    """
    with zipfile.ZipFile(ours) as archive:
        names = [each for each in archive.namelist() if not each.startswith(("app.py", "chalicelib/", "__pycache__/"))]
        files = {name: archive.read(name) for name in names if "__pycache__" not in name}
    path = _write(folder / f"plain-{bytecode}.zip", files | {"app.py": PLAIN.encode()})
    if bytecode:
        finish(path)
    return path


def unpacked_size(path: Path) -> int:
    """Return how many bytes a zip holds."""
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        return sum(each.file_size for each in archive.infolist())


def _write(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path
