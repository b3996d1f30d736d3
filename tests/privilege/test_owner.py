"""The owner's policy allows what scripts/owner.py does, and nothing that it does not do."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import Any, cast

import boto3
import pytest
from botocore.exceptions import ClientError

from app import SETTINGS
from chalicelib import backends
from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable
from chalicelib.flows import upload
from chalicelib.flows.accept import Photo
from chalicelib.records import shown_owner
from scripts.deployment.policies import render_role
from scripts.embedded import local_stage
from scripts.owner import kept
from scripts.owners import letters, recovery
from scripts.owners.erasure import Erasure
from scripts.owners.export import Export
from scripts.owners.who import ClientFor, resolve
from tests import stage
from tests.conftest import Moto
from tests.flows.deliveries import put_and_resize
from tests.flows.photos import photo
from tests.privilege.enforcement import Call, enforced, permits
from tests.privilege.pairs import allowed, neighbours, pairs_of, policy, without
from tests.privilege.policy_rig import PolicyRig
from tests.scripts.owners import world
from tests.scripts.owners.world import ANN, BOB, HASTY

POLICY = render_role("owner", "dev", "us-east-1", "123456789012")
QUEUE = "darkroom-dev-dead-letters"
TOPIC = "arn:aws:sns:us-east-1:123456789012:darkroom-dev-images"
SETTINGS_OF_DEV = replace(
    SETTINGS,
    stage="dev",
    images_bucket="darkroom-dev-images-123456789012",
    landing_bucket="darkroom-dev-landing-123456789012",
    destination_bucket="darkroom-dev-sanitized-123456789012",
    images_table="darkroom-dev-Images",
    dogs_table="darkroom-dev-DogImageUploads",
    images_topic=TOPIC,
)
#: Photos of an uploader and of nobody, whose events are dead letters.
LATER = ("backend/later.jpg", "other.jpg")
#: moto knows no resource of Cognito's, and evaluates no condition.
USERS = ("cognito-idp:ListUsers", "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Pool1")
PAIRS = [pair for pair in pairs_of(POLICY) if pair[0] != USERS[0]]


@dataclass(frozen=True)
class World:
    """The stage `dev` with what the commands find, called with the role of the rig."""

    rig: PolicyRig
    services: Backends
    clients: ClientFor
    saved: tuple[Any, Any]
    folder: Path

    def restore(self) -> None:
        """Bring back what an earlier step has erased."""
        Moto().restore(self.saved)
        queue = stage.sqs().create_queue(QueueName=QUEUE)["QueueUrl"]
        stage.sqs().delete_queue(QueueUrl=queue)
        stage.sqs().create_queue(QueueName=QUEUE)
        for key in LATER:
            world.send_letter(queue, self.services.settings.landing_bucket, key)


#: A part of the work, which fails if its command does not do all of it.
Step = Callable[[World], None]


def export(given: str, made: World) -> None:
    owner = resolve(made.services, made.clients, given)
    path = made.folder / f"{shown_owner('dev', given)}.zip"
    path.unlink(missing_ok=True)
    Export(made.services, made.clients, owner, lambda _line: None, HASTY).write(path)


def erase(given: str, made: World) -> None:
    owner = resolve(made.services, made.clients, given)
    letters.refuse_hidden(made.services, made.clients)
    for done in Erasure(made.services, made.clients, owner, lambda _line: None, HASTY).passes():
        assert done.errors == []
    assert done.found_nothing


def recover(made: World) -> None:
    assert len(list(recovery.remains(made.services, made.clients))) == 2


OWNERS = (ANN, shown_owner("dev", BOB), "uploader:backend", "system")
#: All that scripts/owner.py can do.
STEPS: tuple[Step, ...] = (
    *(partial(command, owner) for owner in OWNERS for command in (export, erase)),
    recover,
)


@pytest.fixture(scope="module")
def made(_rig: PolicyRig, tmp_path_factory: pytest.TempPathFactory) -> World:
    local_stage.create_buckets(SETTINGS_OF_DEV, stage.s3())
    local_stage.create_tables(SETTINGS_OF_DEV, stage.dynamodb())
    stage.sns().create_topic(Name="darkroom-dev-images")
    services, aws = backends.build(SETTINGS_OF_DEV), cast(Any, boto3)
    prepare(services)
    return World(_rig, services, kept(aws.client), Moto().copy(), tmp_path_factory.mktemp("zips"))


def prepare(services: Backends) -> None:
    """Make what the commands find: images in each bucket, under own and shared keys."""
    world.post(services, BOB)
    upload.receive(services, Photo(photo(), BOB, options={"renditions": "s:8"}))
    world.tombstone(services, BOB)
    world.overwrite(world.post(services, ANN))
    world.from_uploader(services, "backend")
    for colour in ("red", "navy"):
        put_and_resize(services, "uploads/a.jpg", photo(colour=colour))
    for key in LATER:
        stage.put(services.settings.landing_bucket, key, b"a photo")


def run(made: World, step: Step) -> list[Call]:
    """Run a step under the present policy of the role, and return the checked calls."""
    with enforced() as calls:
        try:
            step(made)
        finally:
            last_calls[:] = calls
    return calls


last_calls: list[Call] = []


@pytest.fixture(scope="module")
def runs(made: World) -> dict[Step, list[Call]]:
    """The checked calls of the whole work under the policy, which is done once for all tests."""
    made.restore()
    made.rig.set_policy(POLICY)
    return {step: run(made, step) for step in STEPS}


@pytest.fixture(scope="module")
def calls(runs: dict[Step, list[Call]]) -> frozenset[Call]:
    return frozenset(call for each in runs.values() for call in each)


def test_the_commands_do_their_whole_work_under_the_policy(calls: frozenset[Call]) -> None:
    assert len({call.action for call in calls}) > 12
    assert [call for call in calls if not call.allowed] == []


def test_every_pair_of_action_and_resource_is_necessary(calls: frozenset[Call]) -> None:
    assert allowed(PAIRS, calls) == calls
    assert [pair for pair in PAIRS if allowed(without(PAIRS, pair), calls) == calls] == []


def test_the_policy_names_exactly_the_resource_that_is_called(calls: frozenset[Call]) -> None:
    swapped = [[*without(PAIRS, pair), (pair[0], other)] for pair in PAIRS for other in neighbours(pair[1])]
    assert [each[-1] for each in swapped if allowed(each, calls) == calls] == []


@pytest.mark.parametrize("action", dict.fromkeys(action for action, _ in PAIRS))
def test_without_an_action_the_work_fails(made: World, runs: dict[Step, list[Call]], action: str) -> None:
    step = next(step for step, calls in runs.items() if action in {call.action for call in calls})
    made.restore()
    made.rig.set_policy(policy([pair for pair in PAIRS if pair[0] != action]))
    with pytest.raises((AssertionError, BackendUnavailable, ClientError)):
        run(made, step)
    assert action in {call.action for call in last_calls if not call.allowed}


def test_every_listing_satisfies_the_condition_on_its_prefix(calls: frozenset[Call]) -> None:
    listings = [each for each in POLICY["Statement"] if each["Action"] == ["s3:ListBucketVersions"]]
    assert len(listings) == 2
    for statement in listings:
        patterns = statement["Condition"]["StringLike"]["s3:prefix"]
        listed = {call.prefix for call in allowed(pairs_of({"Statement": [statement]}), calls)}
        assert [prefix for prefix in listed if not any(fnmatchcase(prefix, each) for each in patterns)] == []
        assert [each for each in patterns if not any(fnmatchcase(prefix, each) for prefix in listed)] == []


def test_only_users_of_this_stage_are_listed() -> None:
    [users] = [each for each in POLICY["Statement"] if each["Sid"] == "FindUsers"]
    assert users["Condition"] == {
        "StringEquals": {"aws:ResourceTag/application": "darkroom", "aws:ResourceTag/stage": "dev"}
    }
    assert permits(json.dumps(POLICY), Call(*USERS))


def test_another_stage_is_out_of_reach(calls: frozenset[Call]) -> None:
    elsewhere = [replace(call, resource=call.resource.replace("darkroom-dev", "darkroom-prod")) for call in calls]
    assert [call for call in elsewhere if permits(json.dumps(POLICY), call)] == []
