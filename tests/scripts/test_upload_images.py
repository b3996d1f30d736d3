"""Uploading files and folders: their keys, large files in parts, and waiting for the records."""

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError
from moto.core.authorization import enable_iam_authentication
from PIL import Image

from chalicelib.backends import Backends
from chalicelib.flows import resize, sanitize
from chalicelib.keys import UPLOADS
from chalicelib.records import ImageRecord, Status
from scripts.deployment.uploaders.keys import CURRENT
from scripts.terminal.file_names import show
from scripts.terminal.stages import StageError
from scripts.upload_images import Sent, Upload, client_of, plan, print_table, send, watch
from tests import stage
from tests.flows.deliveries import s3_record
from tests.flows.photos import photo
from tests.scripts.deployment.uploaders.account import BUCKET, empty_account


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """A folder with a photo, a photo in a subfolder, and a text file."""
    folder = tmp_path / "album"
    (folder / "2026").mkdir(parents=True)
    (folder / "one.jpg").write_bytes(photo())
    (folder / "2026" / "two.PNG").write_bytes(photo(image_format="PNG"))
    (folder / "notes.txt").write_text("no photo")
    return folder


def test_files_of_a_folder_keep_their_paths_and_single_files_their_names(album: Path) -> None:
    keys = [upload.key for upload in plan([album, album / "notes.txt"], UPLOADS)]
    assert keys == ["uploads/album/2026/two.PNG", "uploads/album/one.jpg", "uploads/notes.txt"]


def test_a_missing_path_a_double_key_and_an_empty_list_are_refused(album: Path, tmp_path: Path) -> None:
    with pytest.raises(StageError, match="no file or folder"):
        plan([tmp_path / "gone"], "")
    (album / "2026" / "one.jpg").write_bytes(photo())
    with pytest.raises(StageError, match=r"would both get the key one\.jpg"):
        plan([album / "one.jpg", album / "2026" / "one.jpg"], "")
    with pytest.raises(StageError, match="no images"):
        plan([tmp_path / "album" / "2026" / ".."][:0], "")


def test_a_file_is_uploaded_with_its_type_and_watched_until_it_is_completed(backends: Backends, album: Path) -> None:
    bucket, parts = backends.settings.images_bucket, list[int]()
    sent = send(stage.s3(), bucket, Upload(album / "one.jpg", "uploads/one.jpg"), parts.append)
    assert sum(parts) == (album / "one.jpg").stat().st_size
    assert stage.s3().head_object(Bucket=bucket, Key="uploads/one.jpg")["ContentType"] == "image/jpeg"

    def pause(_seconds: float) -> None:
        resize.handle(backends, s3_record(bucket, "uploads/one.jpg"), "test")

    assert [record.status for record in watched(backends, sent, pause).values()] == [Status.COMPLETED]


def test_a_large_file_is_uploaded_in_parts_and_its_record_is_found(backends: Backends, tmp_path: Path) -> None:
    bucket, buffer = backends.settings.images_bucket, io.BytesIO()
    Image.effect_noise((2100, 2100), 90).convert("RGB").save(buffer, "TIFF")
    (tmp_path / "large.tif").write_bytes(buffer.getvalue())
    sent = send(stage.s3(), bucket, Upload(tmp_path / "large.tif", "uploads/large.tif"), lambda _size: None)
    assert stage.s3().head_object(Bucket=bucket, Key="uploads/large.tif")["ETag"].endswith('-2"')
    resize.handle(backends, s3_record(bucket, "uploads/large.tif"), "test")
    [record] = watched(backends, sent, never).values()
    assert (record.id, record.status) == (sent.image_id, Status.COMPLETED)


def test_a_record_is_found_by_its_key_if_the_original_is_gone(backends: Backends) -> None:
    stage.put(backends.settings.landing_bucket, "a.jpg", photo())
    sanitize.handle(backends, s3_record(backends.settings.landing_bucket, "a.jpg"), "test")
    [record] = watched(backends, Sent(Upload(Path("a.jpg"), "a.jpg")), never).values()
    assert record.status is Status.COMPLETED


def test_a_failed_upload_has_its_reason(backends: Backends, album: Path) -> None:
    sent = send(stage.s3(), "no-such-bucket", Upload(album / "one.jpg", "one.jpg"), lambda _size: None)
    assert "NoSuchBucket" in sent.error
    assert watched(backends, sent, never) == {}


def test_watching_gives_up_if_no_record_becomes_final(backends: Backends, clock: Any) -> None:
    sent = Sent(Upload(Path("a.jpg"), "a.jpg"), "0" * 32)
    assert watched(backends, sent, lambda _seconds: clock.advance(200)) == {}


def watched(backends: Backends, sent: Sent, pause: Callable[[float], object]) -> dict[str, ImageRecord]:
    """Watch one upload and return what was read."""
    records: dict[str, ImageRecord] = {}
    watch(backends, [sent], records, pause)
    return records


def test_a_ctrl_c_while_watching_keeps_what_was_read(backends: Backends) -> None:
    stage.put(backends.settings.landing_bucket, "a.jpg", photo())
    sanitize.handle(backends, s3_record(backends.settings.landing_bucket, "a.jpg"), "test")
    records: dict[str, ImageRecord] = {}

    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    waiting = [Sent(Upload(Path(name), name)) for name in ("a.jpg", "b.jpg")]
    with pytest.raises(KeyboardInterrupt):
        watch(backends, waiting, records, interrupted)
    assert list(records) == ["a.jpg"]


def test_the_table_in_a_pipe_has_whole_names(capsys: pytest.CaptureFixture[str]) -> None:
    name = "a-long-name" * 30
    print_table([Sent(Upload(Path(name), f"uploads/{name}"), "0" * 32)], {}, watched=False)
    [line] = [line for line in capsys.readouterr().out.splitlines() if "uploaded" in line]
    assert line.count(name) == 2
    assert "0" * 32 in line


@pytest.mark.parametrize("name", [b"latin1-\xe9.jpg", b"a\x01\n.jpg", b"b] :dog: [.jpg"])
def test_any_file_name_is_uploaded_watched_and_printed(
    backends: Backends, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: bytes
) -> None:
    folder = tmp_path / os.fsdecode(b"2026-" + name.removesuffix(b".jpg"))
    folder.mkdir()
    (folder / os.fsdecode(name)).write_bytes(photo())
    bucket = backends.settings.images_bucket
    [upload] = plan([folder], UPLOADS)
    sent = send(stage.s3(), bucket, upload, lambda _size: None)

    def pause(_seconds: float) -> None:
        resize.handle(backends, s3_record(bucket, upload.key), "test")

    records = watched(backends, sent, pause)
    assert [record.status for record in records.values()] == [Status.COMPLETED]
    print_table([sent], records, watched=True)
    assert f"{show(folder)}/{show(Path(os.fsdecode(name)))}" in capsys.readouterr().out


@pytest.mark.usefixtures("backends")
def test_the_reason_of_a_failed_upload_can_be_printed(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"\xe9.jpg")
    path.write_bytes(photo())
    for upload in (Upload(path, "key"), Upload(tmp_path / os.fsdecode(b"gone-\xe9.jpg"), "key")):
        sent = send(stage.s3(), "no-such-bucket", upload, lambda _size: None)
        assert sent.error
        assert sent.error.encode()


def test_a_name_that_is_not_text_can_be_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StageError, match="no file or folder") as raised:
        plan([tmp_path / os.fsdecode(b"gone-\xe9")], "")
    assert str(raised.value).encode()
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / os.fsdecode(b"\xe9.jpg")).write_bytes(photo())
    files = [tmp_path / folder / os.fsdecode(b"\xe9.jpg") for folder in ("a", "b")]
    with pytest.raises(StageError, match="would both get the key %E9") as raised:
        plan(files, "")
    assert str(raised.value).encode()


def never(_seconds: float) -> None:
    raise AssertionError("watch() waited although the record was final")


def test_an_uploader_s_profile_puts_below_its_prefix_without_reading(
    monkeypatch: pytest.MonkeyPatch, album: Path, tmp_path: Path
) -> None:
    with empty_account() as account:
        account.make("backend")
        key = account.state("backend").versions[CURRENT]
        text = f"[backend]\naws_access_key_id={key.key_id}\naws_secret_access_key={key.secret_key}\n"
        (tmp_path / "credentials").write_text(text)
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
        [upload] = plan([album / "one.jpg"], "backend/")
        with enable_iam_authentication():
            sent = send(client_of("backend", None), BUCKET, upload, lambda _size: None)
            refused = send(client_of("backend", None), BUCKET, Upload(upload.path, "one.jpg"), lambda _size: None)
        assert (sent.image_id, sent.error) == ("", "")
        assert "AccessDenied" in refused.error
        assert account.objects("") == ["backend/one.jpg"]


def test_a_profile_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(BotoCoreError, match="nowhere"):
        client_of("nowhere", None)
