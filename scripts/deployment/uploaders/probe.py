"""Try a new key of an uploader: put an object with it, and read and delete that with one's own credentials.

The key of the object ends with "/". The landing bucket's handler ignores such objects: they are the folders that S3's
console makes.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3

from scripts.deployment.patience import Patience
from scripts.deployment.target import DeployError
from scripts.deployment.uploaders.keys import Uploader, Version

#: The name of the object below the uploader's prefix.
PROBE = "rotation-probe/"
#: What S3 answers for some seconds to a new key, or to a user whose policy is new:
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
_NOT_YET = ("InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied", "403")

#: Returns an S3 client that uses a key.
ClientOf = Callable[[Version], Any]


@dataclass(frozen=True)
class Prober:
    """Puts, reads and deletes the probe of an uploader. `client_of` makes the client that uses the new key."""

    uploader: Uploader
    patience: Patience
    client_of: ClientOf | None = None

    @property
    def key(self) -> str:
        """Return the S3 key of the probe."""
        return f"{self.uploader.prefix}{PROBE}"

    def run(self, version: Version) -> None:
        """Try the key in a version of the secret, until AWS knows it everywhere. Raises DeployError."""
        content = secrets.token_bytes(16)
        put = self._put(version, content)
        s3, named = self.uploader.target.client("s3"), {"Bucket": self.uploader.bucket, "Key": self.key}
        read = s3.get_object(**named, VersionId=put["VersionId"])["Body"].read()
        # Also the probes of runs that broke off.
        pages = s3.get_paginator("list_object_versions").paginate(Bucket=self.uploader.bucket, Prefix=self.key)
        for each in [each for page in pages for each in page.get("Versions", [])]:
            s3.delete_object(Bucket=self.uploader.bucket, Key=each["Key"], VersionId=each["VersionId"])
        if read != content:
            raise DeployError(f"s3://{self.uploader.bucket}/{self.key} is not what the new key has put there.")

    def _put(self, version: Version, content: bytes) -> Any:
        client = (self.client_of or self._client)(version)
        return self.patience.until_accepted(
            f"the new key of {self.uploader.user}",
            lambda: client.put_object(Bucket=self.uploader.bucket, Key=self.key, Body=content),
            *_NOT_YET,
            remedy="run the same command again; the old key still works, and the new one is tried again",
        )

    def _client(self, version: Version) -> Any:
        return boto3.client(
            "s3",
            region_name=self.uploader.target.region,
            aws_access_key_id=version.key_id,
            aws_secret_access_key=version.secret_key,
        )
