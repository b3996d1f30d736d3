"""An export has every record, version and dead letter of an owner, nothing of another one, and no account's number."""

import hashlib
import json
import stat
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chalicelib.backends import Backends
from chalicelib.records import shown_owner
from scripts.owners import holdings
from scripts.owners.export import Export
from tests import stage
from tests.flows.deliveries import put_and_resize
from tests.flows.photos import photo
from tests.scripts.owners import world
from tests.scripts.owners.world import ANN, BOB, clients, owner


@pytest.fixture(autouse=True)
def queue(backends: Backends) -> str:
    assert backends.settings.stage == "test"
    return world.make_queue()


def export(backends: Backends, given: str, path: Path, **changes: Any) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Export an owner, and return the manifest in the zip and the bytes of each file."""
    made = Export(backends, changes.pop("clients", clients), owner(backends, given), lambda _line: None, world.HASTY)
    returned = made.write(path)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name) for name in archive.namelist()}
        assert len(files) == len(archive.namelist())
    manifest = json.loads(files["manifest.json"])
    assert manifest["counts"] == returned["counts"]
    return manifest, files


def test_every_version_is_in_the_zip_with_its_hash(backends: Backends, tmp_path: Path) -> None:
    record = world.post(backends, ANN)
    world.overwrite(record)
    world.post(backends, BOB, "red")
    manifest, files = export(backends, ANN, tmp_path / "ann.zip")

    held = {each.version.version_id: each for each in holdings.versions_of(backends, record)}
    assert {each["version_id"] for each in manifest["versions"]} == set(held)
    for entry in (each for each in manifest["versions"] if "file" in each):
        data = files[entry["file"]]
        stored = stage.s3().get_object(
            Bucket=held[entry["version_id"]].bucket, Key=entry["key"], VersionId=entry["version_id"]
        )
        assert data == stored["Body"].read()
        assert (entry["bytes"], entry["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
        assert entry["image"] == record.id
    assert sum("delete_marker" in each for each in manifest["versions"]) == 2
    counts = {"versions": 4, "delete_markers": 2, "records": 1, "events": 0, "not_read": 0, "tombstones": 0}
    assert counts.items() <= manifest["counts"].items()


def test_every_file_is_in_the_manifest(backends: Backends, tmp_path: Path, queue: str) -> None:
    world.from_uploader(backends, "backend")
    stage.put(backends.settings.landing_bucket, "backend/x.jpg", b"a photo")
    world.send_letter(queue, backends.settings.landing_bucket, "backend/x.jpg")
    manifest, files = export(backends, "uploader:backend", tmp_path / "backend.zip")
    named = [each["file"] for kind in ("records", "versions", "events") for each in manifest[kind]]
    assert sorted([*named, "manifest.json"]) == sorted(files)
    assert manifest["counts"]["versions"] == 4
    assert world.letters(queue) == 1


def test_a_record_is_as_the_api_shows_its_owner_with_what_it_owes(backends: Backends, tmp_path: Path) -> None:
    stage.sns().delete_topic(TopicArn=backends.settings.images_topic)
    record = world.post(backends, BOB)
    tombstone = world.tombstone(backends, BOB)
    manifest, files = export(backends, BOB, tmp_path / "bob.zip")
    document = json.loads(files[f"records/{record.id}.json"])
    assert document["owner"] == manifest["owner"] == shown_owner("test", BOB)
    assert [each["status"] for each in document["owed"]] == ["completed"]
    assert json.loads(files[f"records/{tombstone.id}.json"])["status"] == "deleted"
    assert (manifest["counts"]["tombstones"], manifest["counts"]["messages_owed"]) == (1, 3)


def test_no_file_has_the_number_of_the_account(backends: Backends, tmp_path: Path, queue: str) -> None:
    number = "123456789012"
    bucket = f"darkroom-dev-images-{number}"
    stage.s3().create_bucket(Bucket=bucket)
    stage.s3().put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    services = replace(backends, settings=replace(backends.settings, images_bucket=bucket))
    record = world.post(services, BOB)
    stage.put(bucket, f"uploads/{record.id}/original.jpg", b"a photo")
    world.send_letter(queue, bucket, f"uploads/{record.id}/original.jpg")
    manifest, files = export(services, BOB, tmp_path / "bob.zip")
    assert manifest["counts"]["events"] == 1
    assert manifest["versions"][0]["bucket"] == "images"
    assert number not in "".join(data.decode("latin-1") for name, data in files.items() if name.endswith(".json"))


@pytest.mark.parametrize("key", ["../../etc/passwd", "/etc/cron.d/a", "backend/a." + "x" * 40])
def test_no_name_in_the_zip_comes_from_a_person(backends: Backends, tmp_path: Path, key: str) -> None:
    full = f"backend/{key}"
    stage.put(backends.settings.landing_bucket, full, b"a photo")
    manifest, files = export(backends, "uploader:backend", tmp_path / "backend.zip")
    [entry] = manifest["versions"]
    assert entry["key"] == full
    assert entry["file"].removesuffix(".jpg") == "objects/others/landing-object-1"
    assert set(files) == {"manifest.json", entry["file"]}


def test_a_photo_under_a_shared_key_is_in_the_zip_once(backends: Backends, tmp_path: Path) -> None:
    put_and_resize(backends, "uploads/a.jpg", photo())
    manifest, _ = export(backends, "system", tmp_path / "system.zip")
    assert sorted(each["file"].partition("/images-")[2] for each in manifest["versions"]) == [
        "object-1.jpg",
        "processed-1.png",
        "resized-1.jpg",
    ]


class Vanishing:
    """S3, in which a version has just been deleted or archived."""

    def __init__(self, code: str) -> None:
        self.code = code

    def __call__(self, name: str) -> Any:
        return self if name == "s3" else clients(name)

    def get_object(self, **request: Any) -> Any:
        answer = {"Error": {"Code": self.code, "Message": ""}}
        if request["Key"].startswith("processed/"):
            raise stage.s3().exceptions.ClientError(answer, "GetObject")
        return stage.s3().get_object(**request)


@pytest.mark.parametrize(("code", "reason"), [("NoSuchVersion", "deleted"), ("InvalidObjectState", "archived")])
def test_a_version_that_cannot_be_read_is_said(backends: Backends, tmp_path: Path, code: str, reason: str) -> None:
    world.post(backends, ANN)
    manifest, _ = export(backends, ANN, tmp_path / "ann.zip", clients=Vanishing(code))
    [entry] = [each for each in manifest["versions"] if "reason" in each]
    assert (entry["file"], manifest["counts"]["not_read"]) == (None, 1)
    assert reason in entry["reason"]


def test_a_version_that_is_gone_and_that_s3_does_not_show_is_said(backends: Backends, tmp_path: Path) -> None:
    class Deleting(Vanishing):
        def get_object(self, **request: Any) -> Any:
            if request["Key"].startswith("processed/"):
                stage.s3().delete_object(**request)
            return super().get_object(**request)

    world.post(backends, ANN)
    manifest, _ = export(backends, ANN, tmp_path / "ann.zip", clients=Deleting("AccessDenied"))
    assert [each["reason"] for each in manifest["versions"] if "reason" in each] == [
        "it was deleted while the export ran"
    ]


def test_an_export_that_breaks_off_leaves_no_file(backends: Backends, tmp_path: Path) -> None:
    world.post(backends, ANN)
    with pytest.raises(stage.s3().exceptions.ClientError):
        export(backends, ANN, tmp_path / "ann.zip", clients=Vanishing("AccessDenied"))
    assert list(tmp_path.iterdir()) == []


def test_an_export_replaces_no_file_and_only_its_owner_may_read_it(backends: Backends, tmp_path: Path) -> None:
    path = tmp_path / "ann.zip"
    export(backends, ANN, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match="Choose another name"):
        export(backends, ANN, path)
    assert path.read_bytes() == before


def test_a_missing_folder_is_said_before_anything_is_read(backends: Backends, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=f"there is no folder {tmp_path}/missing"):
        export(backends, ANN, tmp_path / "missing" / "ann.zip", clients=lambda name: pytest.fail(f"{name} was read"))
