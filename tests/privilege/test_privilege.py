"""Every function can do its whole work under its own policy, and no permission of the policy is unnecessary."""

from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.errors import DarkroomError
from tests.privilege import cleaning, dog_events, events, policy_rig, reconciling, routes
from tests.privilege.enforcement import Call
from tests.privilege.pairs import allowed, neighbours, pairs_of, policy, without
from tests.privilege.policy_rig import PolicyRig, Step, policy_of

FUNCTIONS: dict[str, tuple[Step, ...]] = {
    "api_handler": routes.STEPS,
    "resize_image": events.RESIZE,
    "sanitize_image": events.SANITIZE,
    "cleanup": cleaning.STEPS,
    "reconcile": reconciling.STEPS,
    "dog_fetch": dog_events.DOG_FETCH,
    "FetchAndUploadDogImage": dog_events.FETCH,
    "LogToDynamoDB": dog_events.LOG,
    "AlertPNG": dog_events.ALERT,
    "IngestDog": dog_events.INGEST,
}


@cache
def run_steps(rig: PolicyRig, function: str) -> dict[Step, list[Call]]:
    """Run a function's whole work under its own policy, once for all tests."""
    return policy_rig.run_all(rig, policy_of(rig, function), FUNCTIONS[function])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_does_its_work_under_its_own_policy(rig: PolicyRig, function: str) -> None:
    calls = all_calls(run_steps(rig, function))

    assert bool(calls) is bool(pairs_of(policy_of(rig, function)))
    assert all(call.allowed for call in calls)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_pair_of_action_and_resource_is_necessary(rig: PolicyRig, function: str) -> None:
    calls, pairs = all_calls(run_steps(rig, function)), pairs_of(policy_of(rig, function))

    assert allowed(pairs, calls) == calls
    assert [pair for pair in pairs if allowed(without(pairs, pair), calls) == calls] == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_policy_names_exactly_the_resource_that_is_called(rig: PolicyRig, function: str) -> None:
    calls, pairs = all_calls(run_steps(rig, function)), pairs_of(policy_of(rig, function))

    swapped = [[*without(pairs, pair), (pair[0], other)] for pair in pairs for other in neighbours(pair[1])]
    assert [each[-1] for each in swapped if allowed(each, calls) == calls] == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_fails_without_each_of_its_actions(rig: PolicyRig, function: str) -> None:
    runs, pairs = run_steps(rig, function), pairs_of(policy_of(rig, function))

    for action in dict.fromkeys(action for action, _ in pairs):
        rig.set_policy(policy([pair for pair in pairs if pair[0] != action]))
        step = next(step for step, calls in runs.items() if action in {call.action for call in calls})
        with pytest.raises((AssertionError, DarkroomError, ClientError)):
            policy_rig.run(rig, step)
        assert action in {call.action for call in policy_rig.last_calls if not call.allowed}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_listing_satisfies_the_condition_on_its_prefix(rig: PolicyRig, function: str) -> None:
    calls = all_calls(run_steps(rig, function))

    for statement in policy_of(rig, function)["Statement"]:
        for patterns in prefixes_of(statement):
            pairs = [(action, arn) for action in statement["Action"] for arn in statement["Resource"]]
            listed = {call.prefix for call in allowed(pairs, calls)}
            assert [prefix for prefix in listed if not any(fnmatchcase(prefix, each) for each in patterns)] == []
            assert [each for each in patterns if not any(fnmatchcase(prefix, each) for prefix in listed)] == []


@pytest.mark.parametrize("function", sorted(set(FUNCTIONS) - {"cleanup"}))
def test_only_the_clean_up_may_list_the_versions_of_a_whole_bucket(rig: PolicyRig, function: str) -> None:
    for statement in policy_of(rig, function)["Statement"]:
        if "s3:ListBucketVersions" in statement["Action"]:
            (patterns,) = prefixes_of(statement)
            assert not any(fnmatchcase("", each) for each in patterns)


def prefixes_of(statement: dict[str, Any]) -> list[list[str]]:
    """Return the patterns of the condition on `s3:prefix`, the only condition that a policy may have."""
    if "Condition" not in statement:
        return []
    assert statement["Condition"].keys() == {"StringLike"}
    assert statement["Condition"]["StringLike"].keys() == {"s3:prefix"}
    return [statement["Condition"]["StringLike"]["s3:prefix"]]


def all_calls(runs: dict[Step, list[Call]]) -> frozenset[Call]:
    """Return the checked calls of all steps."""
    return frozenset(call for calls in runs.values() for call in calls)
