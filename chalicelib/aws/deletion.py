"""Delete versions of objects: in batches, and one by one where a batch cannot name a key."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

#: The most objects that one DeleteObjects call deletes.
DELETE_BATCH = 1000
#: A character that XML 1.0 cannot hold, not even escaped (section 2.2). S3 allows it in a key. DeleteObjects names its
#: keys in XML, and S3 refuses the whole call as MalformedXML. DeleteObject names its key in the URL.
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class NotDeleted(NamedTuple):
    """An object that S3 did not delete, with the error code of S3."""

    key: str
    version_id: str
    code: str


def delete(client: "S3Client", bucket: str, objects: Sequence[tuple[str, str]]) -> list[NotDeleted]:
    """Delete objects, given as keys with their version ids, and return those that S3 did not delete.

    A missing object is not an error. An empty version id deletes the current object as S3 does it: a versioned bucket
    gets a delete marker. Raises botocore's errors if a whole call fails.
    """
    failed: list[NotDeleted] = []
    for start in range(0, len(objects), DELETE_BATCH):
        failed += _delete_batch(client, bucket, objects[start : start + DELETE_BATCH])
    return failed


def version_parameter(version_id: str) -> Any:
    """Return the parameter of a call that names a version, or nothing for the current object."""
    return {"VersionId": version_id} if version_id else {}


def _delete_batch(client: "S3Client", bucket: str, objects: Sequence[tuple[str, str]]) -> Iterator[NotDeleted]:
    plain = [each for each in objects if not _NOT_IN_XML.search(each[0])]
    if plain:
        entries: list[Any] = [{"Key": key, **version_parameter(version)} for key, version in plain]
        answer = client.delete_objects(Bucket=bucket, Delete={"Objects": entries, "Quiet": True})
        for error in answer.get("Errors", []):
            yield NotDeleted(error.get("Key", ""), error.get("VersionId", ""), error.get("Code", ""))
    for key, version in objects:
        if _NOT_IN_XML.search(key):
            yield from _delete_alone(client, bucket, key, version)


def _delete_alone(client: "S3Client", bucket: str, key: str, version_id: str) -> Iterator[NotDeleted]:
    from botocore.exceptions import ClientError

    try:
        client.delete_object(Bucket=bucket, Key=key, **version_parameter(version_id))
    except ClientError as error:
        yield NotDeleted(key, version_id, error.response.get("Error", {}).get("Code", ""))
