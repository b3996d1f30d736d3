"""A stage with a landing bucket on moto, clients that die at a chosen call, and a clock that only a test moves."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from moto import mock_aws
from moto.core.authorization import enable_iam_authentication

from scripts.deployment.patience import Patience
from scripts.deployment.target import Target
from scripts.deployment.uploaders import users
from scripts.deployment.uploaders.keys import CURRENT, KeyState, KeyStore, Uploader, Version
from scripts.deployment.uploaders.probe import Prober
from scripts.deployment.uploaders.rotation import Rotation
from tests.conftest import ROOT
from tests.scripts.deployment.fake_time import FakeTime

BUCKET = "darkroom-dev-landing-123456789012"
#: What moto counts as one call, and what is none.
_LOCAL = {"can_paginate", "meta", "exceptions", "close"}


class Killed(BaseException):
    """What SIGKILL does to the rest of a run: no handler of errors sees it."""


@dataclass
class Calls:
    """Counts the calls of a run, and calls `at_call` before the n-th, or after it was applied."""

    number: int = 0
    after: bool = False
    at_call: Callable[[], None] = lambda: None
    made: list[str] = field(default_factory=list)

    def count(self, name: str, call: Callable[[], Any]) -> Any:
        self.made.append(name)
        chosen = len(self.made) == self.number
        if chosen and not self.after:
            self.at_call()
        try:
            return call()
        finally:
            # An answer may be an error too.
            if chosen and self.after:
                self.at_call()


def kill() -> None:
    raise Killed


class Counted:
    """A boto3 client whose calls are counted. A paginator's pages are one call."""

    def __init__(self, client: Any, calls: Calls) -> None:
        self._client, self._calls = client, calls

    def __getattr__(self, name: str) -> Any:
        if name in _LOCAL:
            return getattr(self._client, name)
        if name == "get_paginator":
            return lambda operation: _Pages(self._client.get_paginator(operation), operation, self._calls)
        return lambda **arguments: self._calls.count(name, lambda: getattr(self._client, name)(**arguments))


@dataclass
class _Pages:
    paginator: Any
    name: str
    calls: Calls

    def paginate(self, **arguments: Any) -> list[Any]:
        answer: list[Any] = self.calls.count(self.name, lambda: [*self.paginator.paginate(**arguments)])
        return answer


class Checked:
    """An S3 client whose calls moto checks as AWS does: the key, its status, and the policy of its user."""

    def __init__(self, version: Version, user: str, iam: Any) -> None:
        self._version, self._user, self._iam = version, user, iam
        # A session of its own would read the models of botocore again, for each key.
        self._client: Any = boto3.client(
            "s3",
            region_name="us-east-1",
            aws_access_key_id=version.key_id,
            aws_secret_access_key=version.secret_key,
        )

    def __getattr__(self, name: str) -> Any:
        def call(**arguments: Any) -> Any:
            self._refuse_inactive()
            with enable_iam_authentication():
                return getattr(self._client, name)(**arguments)

        return call

    def _refuse_inactive(self) -> None:
        # moto accepts an inactive key.
        listed = self._iam.list_access_keys(UserName=self._user)["AccessKeyMetadata"]
        if {"AccessKeyId": self._version.key_id, "Status": "Inactive"} in [
            {name: each[name] for name in ("AccessKeyId", "Status")} for each in listed
        ]:
            raise self._client.exceptions.ClientError({"Error": {"Code": "InvalidAccessKeyId"}}, "PutObject")


@dataclass
class Account(FakeTime):
    """The stage dev with its landing bucket. Its clock counts in seconds from the start of a test."""

    clients: dict[str, Any] = field(default_factory=dict)
    logged: list[str] = field(default_factory=list)
    started: datetime = field(default_factory=lambda: datetime.now(UTC))

    def target(self, calls: Calls | None = None) -> Target:
        """Return the stage; with `calls`, its calls are counted."""
        plain = Target("dev", ROOT, self.logged.append, 0.0, self.clients)
        if calls is None:
            return plain
        counted = {name: Counted(plain.client(name), calls) for name in ("iam", "secretsmanager", "s3", "sts")}
        target = Target("dev", ROOT, self.logged.append, 0.0, counted)
        vars(target).update(account="123456789012", region="us-east-1")
        return target

    def client(self, name: str) -> Any:
        """Return a client of a test's own. A new one for each look would take most of the time."""
        return self.target().client(name)

    def patience(self) -> Patience:
        return Patience(timeout=3, clock=lambda: self.now, sleep=self.sleep)

    def client_of(self, name: str, calls: Calls | None = None) -> Callable[[Version], Any]:
        """Return what makes the S3 client of a new key of an uploader."""
        user = f"darkroom-dev-uploader-{name}"
        return lambda version: Counted(Checked(version, user, self.client("iam")), calls or Calls())

    def make(self, *names: str, calls: Calls | None = None) -> None:
        """Make uploaders, and delete the others, as `make deploy` does."""
        client_of = self.client_of(names[0], calls) if names else None
        users.apply(self.target(calls), names, self.patience(), client_of)

    def rotation(self, name: str, calls: Calls | None = None) -> Rotation:
        uploader = Uploader(self.target(calls), name)
        prober = Prober(uploader, self.patience(), self.client_of(name, calls))
        return Rotation(KeyStore(uploader, self.patience()), prober, self.utc)

    def utc(self) -> datetime:
        return self.started + timedelta(seconds=self.now)

    def state(self, name: str) -> KeyState:
        return KeyStore(Uploader(self.target(), name), self.patience()).read()

    def works(self, name: str) -> bool:
        """Return True if the current secret of an uploader can put a photo."""
        current = self.state(name).versions[CURRENT]
        self.client_of(name)(current).put_object(Bucket=BUCKET, Key=f"{name}/photo.jpg", Body=b"a photo")
        return True

    def objects(self, prefix: str) -> list[str]:
        """List the keys of all versions and delete markers under a prefix of the landing bucket."""
        found: Any = self.client("s3").list_object_versions(Bucket=BUCKET, Prefix=prefix)
        return [each["Key"] for kind in ("Versions", "DeleteMarkers") for each in found.get(kind, [])]

    def names(self) -> tuple[set[str], set[str]]:
        """Return the names of all users and of all secrets."""
        found = self.client("iam").list_users()["Users"]
        secrets = self.client("secretsmanager").list_secrets()["SecretList"]
        return {each["UserName"] for each in found}, {each["Name"] for each in secrets}


@contextmanager
def empty_account() -> Iterator[Account]:
    """Start moto with an empty landing bucket."""
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket=BUCKET)
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        yield Account()
