"""Only wheels whose hash is locked go into the zip."""

import hashlib
from pathlib import Path

import pytest
from chalice.deploy.packager import Package

from scripts.deployment.locked_wheels import LockedDependencyBuilder, check_wheels
from scripts.deployment.target import DeployError
from tests.conftest import ROOT

WHEEL = b"the bytes of a wheel"
LOCK = f"""\
pi-heif==1.4.0 \\
    --hash=sha256:{"0" * 64} \\
    --hash=sha256:{hashlib.sha256(WHEEL).hexdigest()}
    # via darkroom
Pillow==13.0.0 ; python_version >= '3.11' \\
    --hash=sha256:{"1" * 64}
"""


def wheel(folder: Path, name: str, data: bytes = WHEEL) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_a_locked_wheel_passes(tmp_path: Path) -> None:
    check_wheels(LOCK, [wheel(tmp_path, "pi_heif-1.4.0-cp313-cp313-manylinux_2_28_x86_64.whl")])


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("pi_heif-1.4.0-cp313-cp313-manylinux_2_28_x86_64.whl", b"other bytes"),
        ("pillow-13.0.0-cp313-cp313-manylinux_2_28_x86_64.whl", WHEEL),
        ("unlocked-1.0-py3-none-any.whl", WHEEL),
    ],
    ids=["changed", "hash of another project", "not locked"],
)
def test_any_other_wheel_is_an_error_that_names_it(tmp_path: Path, name: str, data: bytes) -> None:
    with pytest.raises(DeployError, match=name):
        check_wheels(LOCK, [wheel(tmp_path, name, data)])


def test_every_project_of_the_zip_is_locked_with_hashes() -> None:
    requirements = (ROOT / "requirements.txt").read_text()
    projects = [line for line in requirements.splitlines() if "==" in line]
    assert projects
    assert all(project.rstrip().endswith("\\") for project in projects)


def test_no_wheel_is_unpacked_if_one_is_refused(tmp_path: Path) -> None:
    class System:
        """Fails the test if Chalice continues."""

    lock = tmp_path / "requirements.txt"
    lock.write_text(LOCK)
    other = wheel(tmp_path, "pi_heif-1.4.0-py3-none-any.whl", b"other bytes")
    builder = LockedDependencyBuilder(lock, osutils=System(), pip_runner=object())
    with pytest.raises(DeployError):
        builder._install_wheels(str(tmp_path), str(tmp_path / "site-packages"), {Package(str(tmp_path), other.name)})
