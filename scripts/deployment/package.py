"""The Lambda zip: built by Chalice's own packager, with bytecode added, and checked for what only shows on AWS."""

import compileall
import py_compile
import re
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chalice.deploy.packager import LambdaDeploymentPackager, PipRunner, SubprocessPip
from chalice.utils import UI, OSUtils

from scripts.deployment.locked_wheels import LockedDependencyBuilder

ARCHITECTURES = {"arm64": "aarch64", "x86_64": "x86_64"}
#: What must be compiled for Lambda, and brings its libraries in a folder beside it.
COMPILED = ("pillow", "pi_heif")
#: Lambda's limits in bytes: of a zip that is sent with the call, and of what it unpacks to.
ZIPPED, UNZIPPED = 50_000_000, 250_000_000
#: When a zip can begin; the date of each entry, so that the same sources make the same zip.
_EPOCH = (1980, 1, 1, 0, 0, 0)
#: The flags of a .pyc that is never compared with its source (PEP 552).
_UNCHECKED = (1).to_bytes(4, "little")


def python_version() -> str:
    """Name this interpreter as Lambda and Chalice do; the bytecode in the zip is its own."""
    return f"python{sys.version_info[0]}.{sys.version_info[1]}"


def build(project: Path, architecture: str, dependencies: Any = None) -> Path:
    """Build the zip where `chalice deploy` looks for one before it builds its own, and return it.

    `dependencies` builds the site-packages; pip unless another is given.
    """
    forget_bytecode(project)
    system = OSUtils()
    runner = PipRunner(pip=SubprocessPip(osutils=system), osutils=system)
    builder = dependencies or LockedDependencyBuilder(
        project / "requirements.txt", osutils=system, pip_runner=runner, architecture=architecture
    )
    packager = LambdaDeploymentPackager(osutils=system, dependency_builder=builder, ui=UI(), architecture=architecture)
    path = Path(packager.deployment_package_filename(str(project), python_version()))
    if not path.exists():
        packager.create_deployment_package(str(project), python_version())
        add_bytecode(path)
    return path


def forget_bytecode(project: Path) -> None:
    """Take away what Python compiled in chalicelib: Chalice packs and hashes every file that it finds there."""
    for folder in (project / "chalicelib").rglob("__pycache__"):
        shutil.rmtree(folder, ignore_errors=True)


def add_bytecode(path: Path) -> None:
    """Compile everything in the zip: /var/task is read-only, so that each cold start would compile it again."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with zipfile.ZipFile(path) as archive:
            archive.extractall(folder)
        compileall.compile_dir(
            name,
            quiet=2,
            force=True,
            stripdir=name,
            prependdir="/var/task",
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
        fresh = path.with_suffix(".new")
        _zip(folder, fresh)
        fresh.replace(path)


def findings(path: Path, architecture: str, version: str | None = None) -> Iterator[str]:
    """Say what is wrong with a zip, each in one sentence with its remedy; nothing when it can be deployed."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        yield from _wheel_findings(archive, names, architecture, version or python_version())
        yield from _size_findings(path, sum(entry.file_size for entry in archive.infolist()))
        yield from _bytecode_findings(archive, names)


def _wheel_findings(archive: zipfile.ZipFile, names: list[str], architecture: str, version: str) -> Iterator[str]:
    tags = {_project(name): _tags(archive, name) for name in names if name.endswith(".dist-info/WHEEL")}
    for wheel in COMPILED:
        if wheel not in tags:
            yield f"{wheel} is not in the {architecture} zip: is it in requirements.txt, with a wheel for {version}?"
        elif not any(name.startswith(f"{wheel}.libs/") for name in names):
            yield f"{wheel}.libs is missing in the {architecture} zip: it is from no manylinux wheel; {_AGAIN}"
    python = "cp" + version.removeprefix("python").replace(".", "")
    for wheel, own in tags.items():
        for tag in own:
            if fault := _tag_fault(tag, ARCHITECTURES[architecture], python):
                yield f"{wheel} in the {architecture} zip is tagged {tag}, {fault}; {_AGAIN}"


_AGAIN = "delete .chalice/deployments and package again on Python 3.12 or later."


def _tag_fault(tag: str, machine: str, python: str) -> str:
    """Say why a wheel's tag does not do for Lambda; empty when it does."""
    interpreter, abi, platform = tag.split("-", 2)
    if platform == "any":
        return ""
    if platform.startswith("linux_"):
        return "built here against this machine's libraries"
    if not platform.endswith(machine):
        return f"not for {machine}"
    if abi != "abi3" and interpreter != python:
        return f"not for {python}"
    return ""


def _size_findings(path: Path, unzipped: int) -> Iterator[str]:
    zipped = path.stat().st_size
    for what, size, limit in (("the zip", zipped, ZIPPED), ("unzipped it", unzipped, UNZIPPED)):
        if size > limit:
            yield f"{what} has {size / 1e6:.0f} MB and Lambda takes {limit / 1e6:.0f}: drop a dependency."


def _bytecode_findings(archive: zipfile.ZipFile, names: list[str]) -> Iterator[str]:
    known = set(names)
    for name in names:
        if name.endswith(".py") and name.startswith(("app.py", "chalicelib/")):
            folder, _, module = name.rpartition("/")
            tag = sys.implementation.cache_tag
            compiled = f"{folder}/__pycache__/{module[:-3]}.{tag}.pyc".lstrip("/")
            if compiled not in known:
                yield f"{name} has no .pyc in the zip, so that each cold start compiles it; {_AGAIN}"
            elif archive.read(compiled)[4:8] != _UNCHECKED:
                yield f"{compiled} would be compared with its source at each start; {_AGAIN}"


def _project(name: str) -> str:
    """Name the project of a WHEEL file: `pillow-13.0.0.dist-info/WHEEL` is of `pillow`."""
    return re.split(r"-\d", name.partition("/")[0])[0].lower().replace("-", "_")


def _tags(archive: zipfile.ZipFile, name: str) -> list[str]:
    lines = archive.read(name).decode().splitlines()
    return [line.partition(":")[2].strip() for line in lines if line.startswith("Tag:")]


def _zip(folder: Path, path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(each for each in folder.rglob("*") if each.is_file()):
            entry = zipfile.ZipInfo(file.relative_to(folder).as_posix(), _EPOCH)
            # Lambda runs as another user than the one that packs.
            entry.external_attr, entry.compress_type = 0o644 << 16, zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.read_bytes())
