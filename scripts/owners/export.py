"""Write what a stage holds of an owner into a zip, with a manifest.

The zip appears whole under its name, or not at all. It has no name with the account's number: buckets are `images`,
`landing` and `sanitized` in it.
"""

import hashlib
import json
import os
import re
import secrets
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from botocore.exceptions import ClientError

from chalicelib.keys import id_in_key
from chalicelib.records import ImageRecord, Status, shown_owner, timestamp
from scripts.owners import holdings, letters
from scripts.owners.holdings import Held
from scripts.owners.who import Work

#: The version of the manifest's form.
FORM = 1
MANIFEST = "manifest.json"
_CHUNK = 1 << 20
_DELETED = "it was deleted while the export ran"
#: What S3 says of a version that cannot be read, and what the manifest says then.
_UNREAD = {
    "NoSuchKey": _DELETED,
    "NoSuchVersion": _DELETED,
    "InvalidObjectState": "it is archived: restore it in S3 first",
}
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")
_ACCOUNT = re.compile(r"(?<=:)[0-9]{12}(?=:)")


@dataclass(frozen=True)
class Export(Work):
    """Exports the data of one owner."""

    _names: Counter[str] = field(default_factory=Counter)
    _places: set[tuple[str, str, str]] = field(default_factory=set)

    def write(self, path: Path) -> dict[str, Any]:
        """Write the zip and return its manifest. Raises OSError if the file cannot be made, and botocore's errors."""
        with _whole_file(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            found = {each.id: each for each in holdings.records(self.services, self.clients, self.owner)}
            events = self._write_events(archive, found.keys())
            for record in found.values():
                archive.writestr(f"records/{record.id}.json", self._plain(self._document(record)))
            versions = [self._write_version(archive, each) for each in self._versions(found)]
            manifest = self._manifest(found, versions, events)
            archive.writestr(MANIFEST, self._plain(manifest))
        return manifest

    def _versions(self, found: dict[str, ImageRecord]) -> Iterator[Held]:
        """Yield each version once: a record and the prefix of an uploader can both lead to it."""
        for number, record in enumerate(found.values(), 1):
            yield from self._new(holdings.versions_of(self.services, record))
            if number % 100 == 0:
                self.log(f"  {number:,} of {len(found):,} images")
        yield from self._new(holdings.below_prefix(self.services, self.owner))

    def _new(self, held: Iterator[Held]) -> Iterator[Held]:
        for each in held:
            if each.place not in self._places:
                self._places.add(each.place)
                yield each

    def _write_version(self, archive: zipfile.ZipFile, held: Held) -> dict[str, Any]:
        """Write the bytes of a version, and return its entry of the manifest. A delete marker has no bytes."""
        version = held.version
        entry = {
            "bucket": held.bucket,
            "key": version.key,
            "version_id": version.version_id,
            "latest": version.latest,
            "last_modified": timestamp(version.last_modified),
            "image": held.image or id_in_key(version.key),
        }
        if not version.etag:
            return entry | {"delete_marker": True}
        name = self._name(held)
        try:
            answer = self.clients("s3").get_object(Bucket=held.bucket, Key=version.key, VersionId=version.version_id)
        except ClientError as error:
            reason = self._reason(held, str(error.response.get("Error", {}).get("Code")))
            if not reason:
                raise
            return entry | {"file": None, "reason": reason}
        return entry | {"file": name} | _copy(archive, name, version.last_modified, answer["Body"])

    def _reason(self, held: Held, code: str) -> str:
        """Return why a version cannot be read; "" if that is no fault of the version."""
        version = held.version
        if code == "AccessDenied" and version.version_id not in {
            each.version_id for each in self.services.storage.versions_of(held.bucket, version.key)
        }:
            # S3 says so of a missing version if the caller may not list the bucket's objects.
            return _DELETED
        return _UNREAD.get(code, "")

    def _name(self, held: Held) -> str:
        """Return the name of a version in the zip. Nothing in it comes from a person but a short suffix."""
        word, key = self._words()[held.bucket], held.version.key
        suffix = Path(key).suffix if _SUFFIX.fullmatch(Path(key).suffix) else ""
        folder = key.partition("/")[0]
        kind = folder if folder in ("processed", "resized", "renditions") else "object"
        stem = f"objects/{held.image or 'others'}/{word}-{kind}"
        self._names[stem] += 1
        return f"{stem}-{self._names[stem]}{suffix}"

    def _write_events(self, archive: zipfile.ZipFile, ids: Any) -> list[dict[str, Any]]:
        """Write the dead letters that name the owner's photos. They stay in the queue."""
        taken = letters.take(self.services, self.clients, self.owner, ids, delete=False, wait=self.patience.letter)
        entries = []
        for number, each in enumerate(taken, 1):
            entry = {"file": f"events/{number}.json", "function": each.function, "error": each.error}
            archive.writestr(entry["file"], self._plain(each.event))
            entries.append(entry)
        return entries

    def _document(self, record: ImageRecord) -> dict[str, Any]:
        """Return a record without its empty fields, and with its owner as the API shows it."""
        stage = self.services.settings.stage
        fields = {name: value for name, value in asdict(record).items() if value not in (None, "", {}, ())}
        return fields | {"owner": shown_owner(stage, record.owner)}

    def _manifest(
        self, found: dict[str, ImageRecord], versions: list[dict[str, Any]], events: list[dict[str, Any]]
    ) -> dict[str, Any]:
        counts = {
            "records": len(found),
            "tombstones": sum(each.status is Status.DELETED for each in found.values()),
            "messages_owed": sum(len(each.owed) for each in found.values()),
            "versions": sum("delete_marker" not in each for each in versions),
            "delete_markers": sum("delete_marker" in each for each in versions),
            "not_read": sum("reason" in each for each in versions),
            "bytes": sum(each.get("bytes", 0) for each in versions),
            "events": len(events),
        }
        settings = self.services.settings
        at = timestamp(self.services.now())
        head = {"form": FORM, "stage": settings.stage, "owner": self.owner.shown, "exported_at": at, "counts": counts}
        records = [{"file": f"records/{each.id}.json", "status": each.status.value} for each in found.values()]
        return {**head, "records": records, "versions": versions, "events": events}

    def _plain(self, document: Any) -> str:
        """Return a document as JSON, without the account's number: in bucket names and in ARNs."""
        text = json.dumps(document, indent=2, ensure_ascii=False)
        for bucket, word in self._words().items():
            text = text.replace(bucket, word)
        return _ACCOUNT.sub("", text)

    def _words(self) -> dict[str, str]:
        settings = self.services.settings
        buckets = (settings.landing_bucket, settings.destination_bucket, settings.images_bucket)
        return dict(zip(buckets, ("landing", "sanitized", "images"), strict=True))


def _copy(archive: zipfile.ZipFile, name: str, at: datetime, body: Any) -> dict[str, Any]:
    """Copy a body into the zip, and return its size and hash. Photos are compressed already."""
    info = zipfile.ZipInfo(name, at.timetuple()[:6])
    digest, size = hashlib.sha256(), 0
    with archive.open(info, "w", force_zip64=True) as file:
        for chunk in body.iter_chunks(_CHUNK):
            file.write(chunk)
            digest.update(chunk)
            size += len(chunk)
    return {"bytes": size, "sha256": digest.hexdigest()}


@contextmanager
def _whole_file(path: Path) -> Iterator[IO[bytes]]:
    """Yield a file that gets its name when it is whole.

    Raises FileExistsError, because no export replaces another file, and FileNotFoundError for a missing folder.
    """
    if path.exists():
        raise FileExistsError(f"{path} exists. Choose another name with --output")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {path.parent}. Make it, or choose another one with --output")
    part = path.parent / f".{secrets.token_hex(8)}.part"
    try:
        # Nobody else on this machine may read it.
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
