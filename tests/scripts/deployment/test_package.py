"""The Lambda zip: its bytecode, and each fault that would only show on AWS."""

import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from chalice.deploy.packager import Package

from scripts.deployment import package
from scripts.deployment.target import DeployError

VERSION = package.python_version()
TAG = "cp" + VERSION.removeprefix("python").replace(".", "")
GOOD = f"{TAG}-{TAG}-manylinux_2_28_x86_64"


def wheel(*tags: str) -> str:
    return "Wheel-Version: 1.0\n" + "".join(f"Tag: {tag}\n" for tag in tags)


def contents(**changes: str | None) -> dict[str, str]:
    files: dict[str, str | None] = {
        "app.py": "x = 1\n",
        "chalicelib/deep/a.py": "y = 2\n",
        "pillow-13.0.0.dist-info/WHEEL": wheel(GOOD),
        "pillow.libs/libjpeg.so": "",
        "pi_heif-1.4.0.dist-info/WHEEL": wheel(GOOD, GOOD.replace("_28", "_27")),
        "pi_heif.libs/libheif.so": "",
        "jmespath-1.1.0.dist-info/WHEEL": wheel("py3-none-any"),
    }
    return {name: text for name, text in (files | changes).items() if text is not None}


def packed(folder: Path, files: dict[str, str]) -> Path:
    path = folder / "package.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def findings(folder: Path, architecture: str = "x86_64", **changes: str | None) -> list[str]:
    path = packed(folder, contents(**changes))
    package.finish(path)
    return list(package.findings(path, architecture))


def test_a_good_zip_has_no_findings(tmp_path: Path) -> None:
    assert findings(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "tag", "words"),
    [
        ("pillow-13.0.0.dist-info/WHEEL", f"{TAG}-{TAG}-linux_x86_64", "built against the libraries of this machine"),
        ("pillow-13.0.0.dist-info/WHEEL", f"{TAG}-{TAG}-manylinux_2_28_aarch64", "not for x86_64"),
        ("pi_heif-1.4.0.dist-info/WHEEL", "cp310-cp310-manylinux_2_28_x86_64", f"not for {TAG}"),
    ],
)
def test_a_wheel_that_lambda_cannot_load_is_found(tmp_path: Path, name: str, tag: str, words: str) -> None:
    [finding] = findings(tmp_path, **{name: wheel(tag)})
    assert tag in finding
    assert words in finding
    assert finding.endswith("3.12 or later.")


def test_wheels_of_another_architecture_are_found(tmp_path: Path) -> None:
    found = findings(tmp_path, "arm64")
    assert len(found) == 3
    assert all("not for aarch64" in each for each in found)


def test_a_missing_dependency_or_library_is_found(tmp_path: Path) -> None:
    without: dict[str, Any] = {"pi_heif-1.4.0.dist-info/WHEEL": None}
    [absent] = findings(tmp_path, **without)
    assert absent.startswith("pi_heif is not in the x86_64 zip")
    without = {"pillow.libs/libjpeg.so": None}
    [no_libs] = findings(tmp_path, **without)
    assert no_libs.startswith("pillow.libs is missing")


def test_the_zip_has_bytecode_that_python_never_compares_with_its_source(tmp_path: Path) -> None:
    path = packed(tmp_path, contents())
    assert [each.partition(" ")[0] for each in package.findings(path, "x86_64")] == ["app.py", "chalicelib/deep/a.py"]
    package.finish(path)
    with zipfile.ZipFile(path) as archive:
        compiled = archive.read(f"chalicelib/deep/__pycache__/a.{sys.implementation.cache_tag}.pyc")
        assert int.from_bytes(compiled[4:8], "little") == 1
        assert archive.read("chalicelib/deep/a.py") == b"y = 2\n"


def test_the_same_sources_make_the_same_zip(tmp_path: Path) -> None:
    zips = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        path = packed(tmp_path / name, contents())
        package.finish(path)
        zips.append(path.read_bytes())
    assert zips[0] == zips[1]


def test_a_zip_above_lambda_s_limit_is_found(tmp_path: Path) -> None:
    path = packed(tmp_path, contents())
    package.finish(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("zeros.bin", bytes(package.ZIPPED))
    [finding] = package.findings(path, "x86_64")
    assert finding == "the zip has 50 MB, and Lambda's limit is 50 MB: remove a dependency."


def test_a_zip_is_built_with_locked_wheels_only(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("pillow==13.0.0 --hash=sha256:" + "0" * 64)
    wheel = tmp_path / "pillow-13.0.0-py3-none-any.whl"
    wheel.write_bytes(b"a wheel that is not locked")
    builder = package.locked_builder(tmp_path, "arm64")
    with pytest.raises(DeployError, match="pillow"):
        builder._install_wheels(str(tmp_path), str(tmp_path / "out"), {Package(str(tmp_path), wheel.name)})


class NoDependencies:
    """A builder of site-packages that counts its calls, and adds nothing."""

    def __init__(self) -> None:
        self.calls = 0

    def build_site_packages(self, *_arguments: object) -> None:
        self.calls += 1


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one module and no dependency."""
    (tmp_path / "chalicelib").mkdir()
    (tmp_path / ".chalice").mkdir()
    (tmp_path / "app.py").write_text("x = 1\n")
    (tmp_path / "requirements.txt").write_text("")
    return tmp_path


def test_build_accepts_locked_wheels_only(project: Path) -> None:
    wheel = project / "demo-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("demo.py", "")
        archive.writestr("demo-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("demo-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n")
        archive.writestr("demo-1.0.dist-info/RECORD", "")
    (project / "requirements.txt").write_text(f"demo @ {wheel.as_uri()}\n")

    with pytest.raises(DeployError, match="demo"):
        package.build(project, "x86_64")


def test_a_zip_is_used_again_only_if_it_is_the_one_that_was_built(project: Path) -> None:
    builder = NoDependencies()
    path = package.build(project, "x86_64", builder)
    built = path.read_bytes()
    assert package.build(project, "x86_64", builder) == path
    assert builder.calls == 1

    path.write_bytes(b"a zip of another tool")

    assert package.build(project, "x86_64", builder).read_bytes() == built
    assert builder.calls == 2
