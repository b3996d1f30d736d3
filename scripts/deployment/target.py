"""The target of a deployment: a stage of a project, in the account and region of the caller's AWS credentials."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

from scripts.deployment.policies import partition_of
from scripts.project import PROJECT


class DeployError(Exception):
    """Raised when a step fails. The message says which step, the cause, and what to do."""


@dataclass(frozen=True)
class Target:
    """One stage in one account. `log` shows a line to the person who waits."""

    stage: str
    project: Path = PROJECT
    log: Callable[[str], None] = print
    #: Seconds between two requests for the progress of AWS.
    poll_seconds: float = 5.0
    _clients: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def session(self) -> Any:
        """Create the boto3 session. It is untyped: boto3-stubs has no client type for a service in a variable."""
        with step("reading your AWS configuration", "set AWS_PROFILE to a profile that it has, or unset it"):
            return boto3.Session()

    @cached_property
    def region(self) -> str:
        """Return the region. Raises DeployError if none is set."""
        region = self.session.region_name
        if not region:
            raise DeployError("no region is set. Set AWS_DEFAULT_REGION, or `region` in your AWS profile.")
        return str(region)

    @cached_property
    def account(self) -> str:
        """Return the account of the credentials. Raises DeployError if there are none, or if AWS rejects them."""
        return str(self._identity["Account"])

    @property
    def caller(self) -> str:
        """Return the ARN of the credentials. Raises the same as `account`."""
        return str(self._identity["Arn"])

    @cached_property
    def _identity(self) -> dict[str, Any]:
        with step("reading the account of the credentials", "set AWS_PROFILE, or log in again with `aws sso login`"):
            return dict(self.client("sts").get_caller_identity())

    def with_placeholder_account(self) -> "Target":
        """Return a copy with a placeholder account and region, for checks that need names but do not call AWS."""
        copy = replace(self)
        # A cached property returns the value in the instance's dictionary, if there is one.
        vars(copy).update(account="0" * 12, region="us-east-1")
        return copy

    @property
    def name(self) -> str:
        """Return the prefix of the stage's names."""
        return f"darkroom-{self.stage}"

    @property
    def tags(self) -> dict[str, str]:
        """Return the cost tags. The templates have the same two."""
        return {"application": "darkroom", "stage": self.stage}

    @property
    def is_embedded(self) -> bool:
        """Return True if AWS_ENDPOINT_URL leads to the embedded AWS of `make run`."""
        return _is_embedded()

    def client(self, service: str) -> Any:
        """Return the boto3 client of a service; the same one in each call."""
        if service not in self._clients:
            self._clients[service] = self.session.client(service, region_name=self.region)
        return self._clients[service]

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource in this account, and in this region unless it is IAM's, which has none."""
        region = "" if service == "iam" else self.region
        return f"arn:{partition_of(self.region)}:{service}:{region}:{self.account}:{resource}"


@contextmanager
def step(doing: str, remedy: str = "run the same command again; it continues from here") -> Iterator[None]:
    """Turn an error of AWS or of the system into a DeployError with the step, the cause and the remedy."""
    try:
        yield
    except (BotoCoreError, ClientError, OSError) as error:
        raise DeployError(f"while {doing}: {error}. What to do: {remedy_for(error, remedy)}.") from error


def remedy_for(error: BaseException, otherwise: str) -> str:
    """Return what to do after an error: start `make run` if the embedded AWS does not answer, else `otherwise`."""
    if isinstance(error, EndpointConnectionError) and _is_embedded():
        return "start `make run`, and set AWS_ENDPOINT_URL to its AWS endpoint"
    return otherwise


def _is_embedded() -> bool:
    return urlsplit(os.environ.get("AWS_ENDPOINT_URL", "")).hostname in ("127.0.0.1", "localhost")
