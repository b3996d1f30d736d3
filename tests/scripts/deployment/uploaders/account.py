"""A stage with a landing bucket on moto, clients that die at a chosen call, and a clock that only a test moves."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import boto3
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.authorization import enable_iam_authentication
from moto.iam.models import iam_backends
from moto.s3.models import s3_backends
from moto.secretsmanager.models import secretsmanager_backends

from scripts.deployment.patience import Patience
from scripts.deployment.target import Target
from scripts.deployment.uploaders import users
from scripts.deployment.uploaders.keys import CURRENT, KeyState, KeyStore, Uploader, Version
from scripts.deployment.uploaders.probe import Prober
from scripts.deployment.uploaders.rotation import Rotation
from tests.conftest import ROOT
from tests.scripts.deployment.fake_time import FakeTime
from tests.scripts.targets import moto_target

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


@cache
def _session() -> Any:
    """Return the session of every key of an uploader. A client for each key would take a third of the time."""
    return boto3.Session(aws_access_key_id="none", aws_secret_access_key="none", region_name="us-east-1")


@cache
def _s3() -> Any:
    return _session().client("s3")


class Checked:
    """An S3 client whose calls moto checks as AWS does: the key, its status, and the policy of its user."""

    def __init__(self, version: Version, user: str, iam: Any) -> None:
        self._version, self._user, self._iam = version, user, iam
        self._client, self._credentials = _s3(), _session().get_credentials()

    def __getattr__(self, name: str) -> Any:
        def call(**arguments: Any) -> Any:
            self._refuse_inactive()
            self._credentials.access_key = self._version.key_id
            self._credentials.secret_key = self._version.secret_key
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

    logged: list[str] = field(default_factory=list)
    started: datetime = field(default_factory=lambda: datetime.now(UTC))

    def save(self) -> Any:
        """Return a copy of the present state, with the time."""
        return deepcopy((_state(), self.now))

    def restore(self, saved: Any) -> None:
        """Replace the present state by a copy of a saved one. To make it anew would take half of the time."""
        state, self.now = deepcopy(saved)
        for backend, values in zip(_backends(), state, strict=True):
            vars(backend).update(values)

    def target(self, calls: Calls | None = None) -> Target:
        """Return the stage; with `calls`, its calls are counted."""
        plain = moto_target(log=self.logged.append)
        if calls is None:
            return plain
        counted = {name: Counted(plain.client(name), calls) for name in ("iam", "secretsmanager", "s3", "sts")}
        target = Target("dev", ROOT, self.logged.append, 0.0, counted)
        vars(target).update(account="123456789012", region="us-east-1")
        return target

    def client(self, name: str) -> Any:
        """Return a client of a test's own."""
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


def _backends() -> list[Any]:
    iam, s3 = iam_backends[DEFAULT_ACCOUNT_ID]["aws"], s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    return [iam, s3, secretsmanager_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]]


def _state() -> list[dict[str, Any]]:
    """Return what moto holds of users, keys, objects and secrets."""
    names = {"users", "access_keys", "tagger", "buckets", "secrets"}
    return [{name: value for name, value in vars(each).items() if name in names} for each in _backends()]


@contextmanager
def empty_account() -> Iterator[Account]:
    """Start moto with an empty landing bucket."""
    with mock_aws():
        s3 = moto_target().client("s3")
        s3.create_bucket(Bucket=BUCKET)
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        yield Account()
