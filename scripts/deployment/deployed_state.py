"""Store Chalice's state file, the list of what it deployed, in the stage's state bucket.

With this file, a new checkout updates the existing API and creates no second one.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from scripts.deployment.target import Target, step

#: One entry of the state file, in Chalice's form.
Resource = dict[str, Any]


@dataclass(frozen=True)
class Copy:
    """The state file in the bucket: its ETag, and the claim of the run that deploys (scripts/deployment/claim.py)."""

    etag: str
    claim: dict[str, str]


def download(target: Target, bucket: str) -> Copy | None:
    """Copy the state file from the bucket to where Chalice reads it. Return None if the bucket has none.

    A newer local file stays. A local file of another account, such as the embedded AWS, is deleted or overwritten.
    """
    with step(f"reading the state file from {bucket}"):
        try:
            response = target.client("s3").get_object(Bucket=bucket, Key=key(target))
        except ClientError as error:
            if code(error) not in ("NoSuchKey", "NoSuchBucket"):
                raise
            if not _belongs_to_account(target):
                local_file(target).unlink()
            return None
        found = json.loads(response["Body"].read())
        if not _is_newer(target, response["LastModified"]):
            _write(target, found["resources"])
    return Copy(response["ETag"], found.get("claim", {}))


def upload(target: Target, bucket: str, claim: dict[str, str] | None = None, **condition: str) -> str:
    """Copy the local state file to the bucket, with a claim if there is one; return the ETag of the copy.

    `condition` is IfMatch or IfNoneMatch of PutObject; if it does not hold, S3's PreconditionFailed is raised.
    """
    text = json.dumps(document(resources(target).values()) | ({"claim": claim} if claim else {}), indent=2)
    response = target.client("s3").put_object(Bucket=bucket, Key=key(target), Body=text.encode(), **condition)
    return str(response["ETag"])


def add(target: Target, created: Iterable[Resource]) -> None:
    """Add resources to the local state file, in place of those of the same name."""
    if merged := resources(target) | {each["name"]: each for each in created}:
        _write(target, merged.values())


def remove(target: Target, names: Iterable[str]) -> None:
    """Remove resources that were deleted from the local state file, by Chalice's names."""
    left = {name: each for name, each in resources(target).items() if name not in set(names)}
    if local_file(target).exists():
        _write(target, left.values())


def resources(target: Target) -> dict[str, Resource]:
    """Return the resources of the local state file, by Chalice's name of each."""
    path = local_file(target)
    recorded = json.loads(path.read_text()).get("resources", []) if path.exists() else []
    return {resource["name"]: resource for resource in recorded}


def document(recorded: Iterable[Resource]) -> dict[str, Any]:
    """Return the content of a state file, in Chalice's form."""
    return {"resources": list(recorded), "schema_version": "2.0", "backend": "api"}


def local_file(target: Target) -> Path:
    """Return the path of the state file that Chalice reads and writes."""
    return target.project / ".chalice" / "deployed" / f"{target.stage}.json"


def key(target: Target) -> str:
    """Return the key of the state file in the bucket."""
    return f"deployed/{target.stage}.json"


def code(error: ClientError) -> str:
    """Return AWS's code of an error."""
    return str(error.response.get("Error", {}).get("Code"))


def _write(target: Target, recorded: Iterable[Resource]) -> None:
    path = local_file(target)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document(recorded), indent=2) + "\n")


def _is_newer(target: Target, uploaded: datetime) -> bool:
    # Plain `chalice deploy` writes only the local file. The bucket's copy lacks the API that it created.
    path = local_file(target)
    return path.exists() and _belongs_to_account(target) and path.stat().st_mtime > uploaded.timestamp()


def _belongs_to_account(target: Target) -> bool:
    functions = [each["lambda_arn"] for each in resources(target).values() if "lambda_arn" in each]
    return all(arn.split(":")[4] == target.account for arn in functions)
