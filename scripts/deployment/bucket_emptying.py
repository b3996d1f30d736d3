"""Empty a bucket of a stage before its stack is deleted: CloudFormation deletes only an empty one."""

from botocore.exceptions import ClientError

from chalicelib.aws import deletion
from scripts.deployment.target import DeployError, Target, step


def empty(target: Target, bucket: str) -> None:
    """Delete every version and delete marker: S3 deletes a versioned bucket only if it has neither.

    A bucket that does not exist is empty. Raises DeployError if S3 does not delete an object.
    """
    s3 = target.client("s3")
    with step(f"emptying {bucket}"):
        try:
            pages = list(s3.get_paginator("list_object_versions").paginate(Bucket=bucket))
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "NoSuchBucket":
                return
            raise
        for page in pages:
            versions = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            failed = deletion.delete(s3, bucket, [(each["Key"], each["VersionId"]) for each in versions])
            if failed:
                cause = f"{failed[0].key!r}: {failed[0].code}"
                remedy = "run the same command again"
                raise DeployError(f"S3 did not delete objects in {bucket}: {cause}. What to do: {remedy}.")
    target.log(f"  {bucket} is empty")
