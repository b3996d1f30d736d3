"""The stage on one moto, called with one role whose policy the tests change."""

import base64
import itertools
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import requests
from chalice.test import Client

import app as entry_points
from chalicelib import backends
from chalicelib.aws.clients import Clients
from chalicelib.backends import Backends
from scripts.deployment.pipeline_definition import arns_of, definition
from scripts.deployment.policies import Names, Policy, render
from scripts.embedded import local_stage
from tests import stage
from tests.conftest import ROOT
from tests.flows.photos import photo
from tests.privilege.enforcement import Call, enforced

ROLE, POLICY = "the-role", "its-policy"
TEXT = {"Content-Type": "text/plain"}


@dataclass(frozen=True)
class Changed:
    """A collaborator with some of its methods replaced."""

    inner: Any
    calls: dict[str, Callable[..., Any]]

    def __getattr__(self, name: str) -> Any:
        return self.calls[name] if name in self.calls else getattr(self.inner, name)


@dataclass(eq=False)
class PolicyRig:
    """What the steps of a function's work use. Every call to AWS is made with the role."""

    client: Client
    backends: Backends
    names: Names
    #: The clients of `backends`, then clients of services that the code itself does not call.
    clients: Clients
    queues: Any
    dead_letters: str
    iam: Any
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def set_policy(self, policy: Policy) -> None:
        """Set the only policy of the role."""
        self.iam.put_role_policy(RoleName=ROLE, PolicyName=POLICY, PolicyDocument=json.dumps(policy))

    def new_name(self, suffix: str = ".jpg") -> str:
        """Return a name that was not used before."""
        return f"photo-{next(self._numbers)}{suffix}"

    def photo(self) -> bytes:
        """Make a small photo that was not used before."""
        return photo((16 + next(self._numbers), 16))

    def call(self, method: str, path: str, body: bytes = b"", **headers: str) -> Any:
        """Call a route. An error status fails the step."""
        response = self.client.http.request(method, path, headers=headers, body=body)
        assert response.status_code < 400, response.body
        return response.json_body

    def post(self, path: str = "/images?renditions=s:8", **headers: str) -> Any:
        """Post a photo."""
        return self.call("POST", path, base64.b64encode(self.photo()), **TEXT, **headers)

    def open_links(self, image: dict[str, Any]) -> None:
        """Download every link of an image."""
        assert image["links"]
        for link in image["links"].values():
            assert requests.get(link, timeout=240).status_code == 200

    def deliver(self, function: str, bucket: str, key: str) -> None:
        """Invoke a function with the event of an object."""
        self.client.lambda_.invoke(function, self.client.events.generate_s3_event(bucket, key))

    def put_photo(self, function: str) -> tuple[str, str]:
        """Put a photo where the function listens, and return its bucket and key. Its event is not delivered yet."""
        settings = self.backends.settings
        resized = function == "resize_image"
        bucket = settings.images_bucket if resized else settings.landing_bucket
        key = f"uploads/{self.new_name()}" if resized else self.new_name()
        stage.s3().put_object(Bucket=bucket, Key=key, Body=self.photo(), Metadata={"renditions": "s:8"})
        return bucket, key


#: A part of a function's work. Up to its first `yield` it prepares without enforcement, then it runs under the policy,
#: and after a second `yield` it checks the result.
Step = Callable[[PolicyRig], Iterator[None]]


def run(rig: PolicyRig, step: Step) -> list[Call]:
    """Run a step under the present policy of the role, and return the checked calls."""
    phases = step(rig)
    next(phases)
    with enforced() as calls:
        try:
            next(phases, None)
        finally:
            last_calls[:] = calls
    for _ in phases:
        pass
    return calls


#: The checked calls of the last step, for a step that failed.
last_calls: list[Call] = []


def run_all(rig: PolicyRig, policy: Policy, steps: Iterable[Step]) -> dict[Step, list[Call]]:
    """Run steps under a policy, and return the checked calls of each."""
    rig.set_policy(policy)
    return {step: run(rig, step) for step in steps}


def build() -> PolicyRig:
    """Create the stage on moto, and a role whose credentials boto3 uses from then on."""
    settings = entry_points.SETTINGS
    local_stage.create_buckets(settings, stage.s3())
    local_stage.create_tables(settings, stage.dynamodb())
    for topic in (settings.alarms_topic, settings.images_topic):
        stage.sns().create_topic(Name=topic.rsplit(":", 1)[-1])
    names = Names.of(settings, "us-east-1", "123456789012")
    queue = stage.sqs().create_queue(QueueName=names.dead_letters)["QueueUrl"]
    arns = arns_of(settings)
    machine = json.dumps(definition(arns))
    boto3.client("stepfunctions").create_state_machine(name=names.state_machine, definition=machine, roleArn=arns.role)
    iam = boto3.client("iam")
    role = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    assumed = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    boto3.setup_default_session(
        aws_access_key_id=assumed["AccessKeyId"],
        aws_secret_access_key=assumed["SecretAccessKey"],
        aws_session_token=assumed["SessionToken"],
    )
    backends.current.cache_clear()
    client = Client(entry_points.app, stage_name="test", project_dir=str(ROOT))
    wired = backends.current()
    clients: Any = vars(wired.storage)["_clients"]
    return PolicyRig(client, wired, names, clients, boto3.client("sqs"), queue, iam)


def policy_of(rig: PolicyRig, function: str) -> Policy:
    """Render the policy of a function for this stage."""
    return render(function, rig.names)
