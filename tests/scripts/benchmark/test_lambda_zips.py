"""The zips beside Darkroom's hold its packages, and another app."""

import zipfile
from pathlib import Path

from scripts.benchmark import lambda_zips


def test_a_plain_app_keeps_the_packages_and_compiles_on_request(tmp_path: Path) -> None:
    ours = tmp_path / "ours.zip"
    with zipfile.ZipFile(ours, "w") as archive:
        for name in ("app.py", "chalicelib/a.py", "chalice/__init__.py", "chalice/__pycache__/old.pyc"):
            archive.writestr(name, "x = 1\n")
    packed = lambda_zips.plain(tmp_path, ours, bytecode=False)
    assert sorted(zipfile.ZipFile(packed).namelist()) == ["app.py", "chalice/__init__.py"]
    assert b"boto3.client" in zipfile.ZipFile(packed).read("app.py")
    compiled = zipfile.ZipFile(lambda_zips.plain(tmp_path, ours, bytecode=True)).namelist()
    assert len([name for name in compiled if name.endswith(".pyc")]) == 2


def test_the_bare_handler_is_one_module(tmp_path: Path) -> None:
    path = lambda_zips.bare(tmp_path)
    assert zipfile.ZipFile(path).namelist() == ["app.py"]
    assert lambda_zips.unpacked_size(path) == len(lambda_zips.BARE)
