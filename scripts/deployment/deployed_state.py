"""Store Chalice's state file, the list of what it deployed, in the stage's state bucket.

With this file, a new checkout updates the existing API and creates no second one.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from scripts.deployment.target import Target, step


def download(target: Target, bucket: str) -> bool:
    """Copy the state file from the bucket to where Chalice reads it. Return False if the bucket has none.

    A newer local file stays. A local file of another account, such as the embedded AWS, is deleted or overwritten.
    """
    with step(f"reading the state file from {bucket}"):
        try:
            response = target.client("s3").get_object(Bucket=bucket, Key=_key(target))
        except ClientError as error:
            if _code(error) not in ("NoSuchKey", "NoSuchBucket"):
                raise
            if not _belongs_to_account(target):
                local_file(target).unlink()
            return False
        path = local_file(target)
        if not _is_newer(target, response["LastModified"]):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(response["Body"].read())
    return True


def upload(target: Target, bucket: str, *, may_be_missing: bool = False) -> None:
    """Copy the local state file to the bucket, which is versioned, so that an older file can be restored.

    With `may_be_missing`, a bucket that does not exist is ignored: an earlier `make destroy` may have deleted it.
    """
    path = local_file(target)
    if not path.exists():
        return
    with step(f"writing the state file to {bucket}"):
        try:
            target.client("s3").put_object(Bucket=bucket, Key=_key(target), Body=path.read_bytes())
        except ClientError as error:
            if not (may_be_missing and _code(error) == "NoSuchBucket"):
                raise


def resources(target: Target) -> dict[str, dict[str, Any]]:
    """Return the resources of the local state file, by Chalice's name of each."""
    path = local_file(target)
    recorded = json.loads(path.read_text()).get("resources", []) if path.exists() else []
    return {resource["name"]: resource for resource in recorded}


def local_file(target: Target) -> Path:
    """Return the path of the state file that Chalice reads and writes."""
    return target.project / ".chalice" / "deployed" / f"{target.stage}.json"


def _is_newer(target: Target, uploaded: datetime) -> bool:
    # Plain `chalice deploy` writes only the local file. The bucket's copy lacks the API that it created.
    path = local_file(target)
    return path.exists() and _belongs_to_account(target) and path.stat().st_mtime > uploaded.timestamp()


def _belongs_to_account(target: Target) -> bool:
    functions = [each["lambda_arn"] for each in resources(target).values() if "lambda_arn" in each]
    return all(arn.split(":")[4] == target.account for arn in functions)


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code"))


def _key(target: Target) -> str:
    return f"deployed/{target.stage}.json"
