"""Where a deployment goes: a stage of a project, on the account and region that the credentials lead to."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from scripts.deployment.policies import partition_of
from scripts.project import PROJECT

STAGES = ("dev", "staging", "prod")


class DeployError(Exception):
    """Raised when a step cannot be done; the message says what was being done, the cause, and how to go on."""


@dataclass(frozen=True)
class Target:
    """One stage on one account; `log` writes a line to whoever waits."""

    stage: str
    project: Path = PROJECT
    log: Callable[[str], None] = print
    #: Seconds between two looks at what AWS is doing.
    poll_seconds: float = 5.0
    _clients: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def session(self) -> Any:
        """Build the session, of which boto3-stubs know too many services to name one by a variable."""
        with step("reading your AWS configuration", "name a profile that it has in AWS_PROFILE, or unset that"):
            return boto3.Session()

    @cached_property
    def region(self) -> str:
        """Name the region; raises DeployError where none is set."""
        region = self.session.region_name
        if not region:
            raise DeployError("no region is set: set AWS_DEFAULT_REGION, or `region` in your AWS profile.")
        return str(region)

    @cached_property
    def account(self) -> str:
        """Ask AWS whose credentials these are; raises DeployError where there are none or they do not hold."""
        with step("asking AWS whose credentials these are", "set AWS_PROFILE, or log in again with `aws sso login`"):
            return str(self.client("sts").get_caller_identity()["Account"])

    def on_no_account(self) -> "Target":
        """Copy it for what asks AWS nothing and needs names all the same."""
        copy = replace(self)
        # Where a cached property looks before it asks.
        vars(copy).update(account="0" * 12, region="us-east-1")
        return copy

    @property
    def name(self) -> str:
        """Say what stands in front of everything of the stage."""
        return f"darkroom-{self.stage}"

    @property
    def tags(self) -> dict[str, str]:
        """Say whose cost it is; the templates have the same two."""
        return {"application": "darkroom", "stage": self.stage}

    @property
    def is_embedded(self) -> bool:
        """Tell whether this is the AWS of `make run`, on this machine."""
        return urlsplit(os.environ.get("AWS_ENDPOINT_URL", "")).hostname in ("127.0.0.1", "localhost")

    def client(self, service: str) -> Any:
        """Build the client of a service, once."""
        if service not in self._clients:
            self._clients[service] = self.session.client(service, region_name=self.region)
        return self._clients[service]

    def arn(self, service: str, resource: str) -> str:
        """Name a resource of this account and region in full."""
        return f"arn:{partition_of(self.region)}:{service}:{self.region}:{self.account}:{resource}"


@contextmanager
def step(doing: str, remedy: str = "run the same command again, it goes on from here") -> Iterator[None]:
    """Turn what AWS refuses into a DeployError that says what was being done and how to go on."""
    try:
        yield
    except (BotoCoreError, ClientError, OSError) as error:
        raise DeployError(f"while {doing}: {error}. How to go on: {remedy}.") from error
