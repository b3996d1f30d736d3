"""Build the Lambda zip with Chalice's packager, finish it, and find faults that would only show on AWS."""

import compileall
import hashlib
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

from scripts.deployment import unused_modules
from scripts.deployment.locked_wheels import LockedDependencyBuilder

ARCHITECTURES = {"arm64": "aarch64", "x86_64": "x86_64"}
#: Wheels with compiled code. Each has its shared libraries in the folder `<name>.libs`.
COMPILED = ("pillow", "pi_heif")
#: Lambda's limits in bytes for a zip that is uploaded directly, and for its unzipped content.
ZIPPED, UNZIPPED = 50_000_000, 250_000_000
#: The date of each zip entry, the earliest that the format has. With it, the same sources make the same zip.
_EPOCH = (1980, 1, 1, 0, 0, 0)
#: The flags field of a .pyc that Python never compares with its source (PEP 552).
_UNCHECKED = (1).to_bytes(4, "little")


def python_version() -> str:
    """Return Lambda's name of this interpreter, which compiles the bytecode in the zip."""
    return f"python{sys.version_info[0]}.{sys.version_info[1]}"


def build(project: Path, architecture: str, dependencies: Any = None) -> Path:
    """Build the zip at the path where `chalice deploy` looks for an existing one, and return that path.

    `dependencies` builds site-packages; by default pip does, with locked wheels. A zip that this function has built
    before, from the same files, is used again. Any other zip at this path was not checked, and is replaced.
    """
    delete_bytecode(project)
    system = OSUtils()
    builder = dependencies or locked_builder(project, architecture)
    packager = LambdaDeploymentPackager(osutils=system, dependency_builder=builder, ui=UI(), architecture=architecture)
    path = Path(packager.deployment_package_filename(str(project), python_version()))
    record = path.with_suffix(".sha256")
    if not (path.exists() and record.exists() and record.read_text() == _digest(path)):
        path.unlink(missing_ok=True)
        packager.create_deployment_package(str(project), python_version())
        finish(path)
        record.write_text(_digest(path))
    return path


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def locked_builder(project: Path, architecture: str) -> LockedDependencyBuilder:
    """Return the builder of site-packages that accepts only the wheels of the project's requirements.txt."""
    system = OSUtils()
    runner = PipRunner(pip=SubprocessPip(osutils=system), osutils=system)
    lock = project / "requirements.txt"
    return LockedDependencyBuilder(lock, osutils=system, pip_runner=runner, architecture=architecture)


def delete_bytecode(project: Path) -> None:
    """Delete the bytecode in chalicelib, because Chalice packs and hashes every file in that folder."""
    for folder in (project / "chalicelib").rglob("__pycache__"):
        shutil.rmtree(folder, ignore_errors=True)


def finish(path: Path) -> None:
    """Delete unused modules from the zip, and compile the others.

    /var/task is read-only, so each cold start would compile them again.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with zipfile.ZipFile(path) as archive:
            archive.extractall(folder)
        unused_modules.delete(folder)
        compileall.compile_dir(
            name,
            quiet=2,
            force=True,
            stripdir=name,
            prependdir="/var/task",
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
        compiled = path.with_suffix(".new")
        _zip(folder, compiled)
        compiled.replace(path)


def findings(path: Path, architecture: str, version: str | None = None) -> Iterator[str]:
    """Yield each fault of a zip as one sentence with its remedy."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        yield from _wheel_findings(archive, names, architecture, version or python_version())
        yield from _size_findings(path, sum(entry.file_size for entry in archive.infolist()))
        yield from _bytecode_findings(archive, names)


def _wheel_findings(archive: zipfile.ZipFile, names: list[str], architecture: str, version: str) -> Iterator[str]:
    tags = {_project(name): _tags(archive, name) for name in names if name.endswith(".dist-info/WHEEL")}
    for wheel in COMPILED:
        if wheel not in tags:
            yield (
                f"{wheel} is not in the {architecture} zip: "
                f"check that requirements.txt has it, and that a wheel for {version} exists."
            )
        elif not any(name.startswith(f"{wheel}.libs/") for name in names):
            yield f"{wheel}.libs is missing in the {architecture} zip, so {wheel} is not a manylinux wheel; {_REBUILD}"
    python = "cp" + version.removeprefix("python").replace(".", "")
    for wheel, wheel_tags in tags.items():
        for tag in wheel_tags:
            if fault := _tag_fault(tag, ARCHITECTURES[architecture], python):
                yield f"{wheel} in the {architecture} zip is tagged {tag}, {fault}; {_REBUILD}"


_REBUILD = "delete .chalice/deployments and package again on Python 3.12 or later."


def _tag_fault(tag: str, machine: str, python: str) -> str:
    """Return why Lambda cannot load a wheel with this tag, or "" if it can."""
    interpreter, abi, platform = tag.split("-", 2)
    if platform == "any":
        return ""
    if platform.startswith("linux_"):
        return "built against the libraries of this machine"
    if not platform.endswith(machine):
        return f"not for {machine}"
    if abi != "abi3" and interpreter != python:
        return f"not for {python}"
    return ""


def _size_findings(path: Path, unzipped: int) -> Iterator[str]:
    zipped = path.stat().st_size
    for what, size, limit in (("the zip", zipped, ZIPPED), ("the unzipped package", unzipped, UNZIPPED)):
        if size > limit:
            yield f"{what} has {size / 1e6:.0f} MB, and Lambda's limit is {limit / 1e6:.0f} MB: remove a dependency."


def _bytecode_findings(archive: zipfile.ZipFile, names: list[str]) -> Iterator[str]:
    entries = set(names)
    for name in names:
        if name.endswith(".py") and name.startswith(("app.py", "chalicelib/")):
            folder, _, module = name.rpartition("/")
            tag = sys.implementation.cache_tag
            compiled = f"{folder}/__pycache__/{module[:-3]}.{tag}.pyc".lstrip("/")
            if compiled not in entries:
                yield f"{name} has no .pyc in the zip, so each cold start compiles it; {_REBUILD}"
            elif archive.read(compiled)[4:8] != _UNCHECKED:
                yield f"Python would compare {compiled} with its source at each start; {_REBUILD}"


def _project(name: str) -> str:
    """Return the project of a WHEEL file: `pillow` for `pillow-13.0.0.dist-info/WHEEL`."""
    return re.split(r"-\d", name.partition("/")[0])[0].lower().replace("-", "_")


def _tags(archive: zipfile.ZipFile, name: str) -> list[str]:
    lines = archive.read(name).decode().splitlines()
    return [line.partition(":")[2].strip() for line in lines if line.startswith("Tag:")]


def _zip(folder: Path, path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(each for each in folder.rglob("*") if each.is_file()):
            entry = zipfile.ZipInfo(file.relative_to(folder).as_posix(), _EPOCH)
            # Lambda runs as another user, so every file must be readable for all.
            entry.external_attr, entry.compress_type = 0o644 << 16, zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.read_bytes())
