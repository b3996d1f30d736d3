"""Read, write, list, delete and presign S3 objects. The caller names the bucket."""

import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.aws import deletion
from chalicelib.aws.clients import Clients, calling
from chalicelib.aws.presign import sign_get
from chalicelib.errors import BackendUnavailable, Conflict, ImageNotFound, ImageTooLarge
from chalicelib.telemetry import log

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import DeleteMarkerEntryTypeDef, ObjectVersionTypeDef

#: The object metadata with a random token of the put.
_WRITE_ID = "write-id"


@dataclass(frozen=True)
class StoredObject:
    """An object that was read: its bytes, its ETag without quotes, and its version."""

    data: bytes
    etag: str
    version_id: str = ""


@dataclass(frozen=True)
class Written:
    """The version and the ETag of an object that was written; `version_id` is "" in a bucket without versions."""

    version_id: str
    etag: str


@dataclass(frozen=True)
class Head:
    """What S3 says about an object: its size in bytes, ETag, version and user-defined metadata."""

    size: int
    etag: str
    version_id: str
    metadata: Mapping[str, str]


@dataclass(frozen=True)
class StoredVersion:
    """One version of an object, or a delete marker (it has no ETag and a size of 0 bytes)."""

    key: str
    version_id: str
    last_modified: datetime
    latest: bool
    etag: str = ""
    size: int = 0
    #: True if the latest version of the key is a delete marker, so that a GET finds nothing.
    key_deleted: bool = False


@dataclass(frozen=True)
class PresignedPost:
    """A form that uploads one file to S3: its URL, and the fields to send before the file."""

    url: str
    fields: dict[str, str]


class Storage:
    """The buckets of one stage."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def head(self, bucket: str, key: str, version_id: str = "") -> Head:
        """Describe an object, or one version of it. Raises ImageNotFound, but BackendUnavailable without the bucket."""
        try:
            with calling("S3", missing=f"There is no object {key!r}."):
                head = self._clients.s3.head_object(Bucket=bucket, Key=key, **deletion.version_parameter(version_id))
        except ImageNotFound:
            # The answer to a HEAD has no body, so a missing bucket gives the same 404 as a missing object.
            with calling("S3"):
                self._clients.s3.head_bucket(Bucket=bucket)
            raise
        return Head(head["ContentLength"], head["ETag"].strip('"'), head.get("VersionId", ""), head["Metadata"])

    def exists(self, bucket: str, key: str, version_id: str = "") -> bool:
        """Return whether an object exists under the key, or one version of it."""
        try:
            self.head(bucket, key, version_id)
        except ImageNotFound:
            return False
        return True

    def get(self, bucket: str, key: str, limit: int, version_id: str = "") -> StoredObject:
        """Read an object, or one version of it.

        Raises ImageNotFound or ObjectArchived. Raises ImageTooLarge over `limit` bytes, before it reads the body.
        """
        with calling("S3", missing=f"There is no object {key!r}."):
            answer = self._clients.s3.get_object(Bucket=bucket, Key=key, **deletion.version_parameter(version_id))
            body = answer["Body"]
            if answer["ContentLength"] > limit:
                body.close()
                raise ImageTooLarge(
                    f"The object has {answer['ContentLength']} bytes; {limit} are allowed.",
                    code="object_too_large",
                    limit=limit,
                    actual=answer["ContentLength"],
                )
            return StoredObject(body.read(), answer["ETag"].strip('"'), answer.get("VersionId", ""))

    def put(
        self, bucket: str, key: str, data: bytes, media_type: str, metadata: Mapping[str, str] | None = None
    ) -> Written:
        """Write an object. The names and values of `metadata` must be ASCII."""
        with calling("S3"):
            answer = self._clients.s3.put_object(
                Bucket=bucket, Key=key, Body=data, ContentType=media_type, Metadata=dict(metadata or {})
            )
        return Written(answer.get("VersionId", ""), answer["ETag"].strip('"'))

    def put_new(self, bucket: str, key: str, data: bytes, media_type: str, metadata: Mapping[str, str]) -> Written:
        """Write an object under a key that has none. Raises Conflict if another object is there.

        botocore sends a put again if its answer is lost, and S3 would then store a second version that nobody knows.
        The condition prevents it: the second put fails, and a token shows that the object is that of the first one.
        """
        token = secrets.token_hex(8)
        client = self._clients.s3
        with calling("S3"):
            try:
                stored = {**metadata, _WRITE_ID: token}
                answer = client.put_object(
                    Bucket=bucket, Key=key, Body=data, ContentType=media_type, Metadata=stored, IfNoneMatch="*"
                )
            except client.exceptions.ClientError as error:
                if error.response.get("Error", {}).get("Code") != "PreconditionFailed":
                    raise
                written = self._find_write(bucket, key, token)
                if written is None:
                    raise Conflict(f"Another object was stored under {key!r}.") from error
                return written
        return Written(answer.get("VersionId", ""), answer["ETag"].strip('"'))

    def _find_write(self, bucket: str, key: str, token: str) -> Written | None:
        """Return the object that the put with this token has written, or None if another one or none is there."""
        try:
            head = self.head(bucket, key)
        except ImageNotFound:
            return None
        return Written(head.version_id, head.etag) if head.metadata.get(_WRITE_ID) == token else None

    def delete_objects(self, bucket: str, objects: Iterable[tuple[str, str]]) -> None:
        """Delete objects, given as keys with their version ids. A missing one is not an error.

        An empty version id deletes the current object as S3 does it: a versioned bucket gets a delete marker. Raises
        BackendUnavailable, also if S3 answers 200 with an error for one key.
        """
        named = list(objects)
        with calling("S3"):
            failed = deletion.delete(self._clients.s3, bucket, named)
        if failed:
            raise BackendUnavailable(f"S3 did not delete {len(failed)} of {len(named)} objects. Try again.")

    def versions(self, bucket: str, prefix: str = "") -> Iterator[list[StoredVersion]]:
        """Yield pages of at most 1,000 versions and delete markers, sorted by key."""
        with calling("S3"):
            pages = self._clients.s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)
            deleted = set[str]()
            for page in pages:
                entries = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
                # S3 lists the latest version of a key first. Its delete marker may therefore be on the previous page.
                deleted &= {each["Key"] for each in entries}
                deleted |= {each["Key"] for each in page.get("DeleteMarkers", []) if each["IsLatest"]}
                yield sorted((_version(each, deleted) for each in entries), key=lambda each: each.key)

    def versions_of(self, bucket: str, key: str) -> list[StoredVersion]:
        """List the versions and delete markers of one key, newest first."""
        found: list[StoredVersion] = []
        for page in self.versions(bucket, key):
            found += (each for each in page if each.key == key)
            # S3 sorts by key, and the key itself is the first one that begins with it.
            if page and page[-1].key != key:
                break
        # The sort is stable, so that versions of one second stay in S3's order, the latest first.
        return sorted(found, key=lambda each: (each.latest, each.last_modified), reverse=True)

    def delete_versions(self, bucket: str, versions: Sequence[StoredVersion]) -> list[StoredVersion]:
        """Delete at most 1,000 versions permanently.

        Return the versions that were not deleted. S3 lists them in an answer with status 200.
        """
        with calling("S3"):
            failed = deletion.delete(self._clients.s3, bucket, [(each.key, each.version_id) for each in versions])
        if failed:
            codes = dict(Counter(each.code for each in failed))
            log.warning(
                "S3 did not delete objects", extra={"bucket": bucket, "codes": codes, "first": failed[0]._asdict()}
            )
        kept = {(each.key, each.version_id) for each in failed}
        return [each for each in versions if (each.key, each.version_id) in kept]

    def link(self, bucket: str, key: str, seconds: int, version_id: str = "") -> str:
        """Return a presigned URL for a GET of an object, or of one version, valid for `seconds`. Nothing is sent."""
        endpoint, query = self._clients.endpoint, {"versionId": version_id} if version_id else {}
        with calling("S3"):
            credentials = self._clients.credentials()
        return sign_get(endpoint.object_url(bucket, key), credentials, endpoint.region, seconds, query)

    def address(self, bucket: str, key: str) -> str:
        """Return an object's URL, percent-encoded and unsigned. No request is sent."""
        return self._clients.endpoint.object_url(bucket, key)

    def upload_form(self, bucket: str, key: str, media_type: str, size: int, seconds: int) -> PresignedPost:
        """Return a form for one key, media type and size in bytes, valid for `seconds`. No request is sent."""
        with calling("S3"):
            self._clients.credentials()  # without them, botocore fails with an AttributeError
            form = self._clients.s3.generate_presigned_post(
                bucket,
                key,
                Fields={"Content-Type": media_type},
                Conditions=[{"Content-Type": media_type}, ["content-length-range", size, size]],
                ExpiresIn=seconds,
            )
        return PresignedPost(form["url"], dict(form["fields"]))


def _version(entry: "ObjectVersionTypeDef | DeleteMarkerEntryTypeDef", deleted: Collection[str]) -> StoredVersion:
    return StoredVersion(
        entry["Key"],
        entry["VersionId"],
        entry["LastModified"],
        entry["IsLatest"],
        etag=str(entry.get("ETag", "")).strip('"'),
        size=int(str(entry.get("Size", 0))),
        key_deleted=entry["Key"] in deleted,
    )
