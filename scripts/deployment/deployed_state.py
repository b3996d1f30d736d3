"""What Chalice has deployed, kept in the stage's state bucket: a fresh checkout updates, and makes no second API."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from scripts.deployment.target import Target, step


def fetch(target: Target, bucket: str) -> bool:
    """Put the bucket's copy where Chalice looks for it; False when there is none yet.

    A copy here that tells of another account, the embedded AWS's for one, is dropped; one that is newer stays.
    """
    with step(f"reading what is deployed from {bucket}"):
        try:
            answer = target.client("s3").get_object(Bucket=bucket, Key=_key(target))
        except ClientError as error:
            if _code(error) not in ("NoSuchKey", "NoSuchBucket"):
                raise
            if not _is_of_account(target):
                local_file(target).unlink()
            return False
        path = local_file(target)
        if not _is_newer(target, answer["LastModified"]):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(answer["Body"].read())
    return True


def keep(target: Target, bucket: str, *, may_be_gone: bool = False) -> None:
    """Put what Chalice wrote into the bucket; it is versioned, so that an older one can be had back.

    A bucket that `may_be_gone`, as after a deletion that failed, is passed over.
    """
    path = local_file(target)
    if not path.exists():
        return
    with step(f"keeping what is deployed in {bucket}"):
        try:
            target.client("s3").put_object(Bucket=bucket, Key=_key(target), Body=path.read_bytes())
        except ClientError as error:
            if not (may_be_gone and _code(error) == "NoSuchBucket"):
                raise


def resources(target: Target) -> dict[str, dict[str, Any]]:
    """Read what Chalice deployed, by its own name of each."""
    path = local_file(target)
    known = json.loads(path.read_text()).get("resources", []) if path.exists() else []
    return {resource["name"]: resource for resource in known}


def local_file(target: Target) -> Path:
    """Name the file that Chalice reads and writes."""
    return target.project / ".chalice" / "deployed" / f"{target.stage}.json"


def _is_newer(target: Target, kept: datetime) -> bool:
    # Plain `chalice deploy` writes here alone: the bucket's copy does not know the API that it made.
    path = local_file(target)
    return path.exists() and _is_of_account(target) and path.stat().st_mtime > kept.timestamp()


def _is_of_account(target: Target) -> bool:
    functions = [each["lambda_arn"] for each in resources(target).values() if "lambda_arn" in each]
    return all(arn.split(":")[4] == target.account for arn in functions)


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code"))


def _key(target: Target) -> str:
    return f"deployed/{target.stage}.json"
