"""Every function does its whole work under its own policy, and not with anything less."""

from functools import cache

import pytest
from botocore.exceptions import ClientError

from chalicelib.errors import DarkroomError
from tests.privilege import cleaning, events, policy_rig, routes
from tests.privilege.enforcement import Call
from tests.privilege.pairs import allowed, judged, neighbours, policy, without
from tests.privilege.policy_rig import PolicyRig, Step, policy_of

FUNCTIONS: dict[str, tuple[Step, ...]] = {
    "api_handler": routes.STEPS,
    "resize_image": events.RESIZE,
    "sanitize_image": events.SANITIZE,
    "cleanup": cleaning.STEPS,
    "dog_fetch": events.DOG_FETCH,
    "FetchAndUploadDogImage": events.FETCH,
    "LogToDynamoDB": events.LOG,
    "AlertPNG": events.ALERT,
}


@cache
def passed(rig: PolicyRig, function: str) -> dict[Step, list[Call]]:
    """Run a function's whole work under its own policy; done once for all tests."""
    return policy_rig.run_all(rig, policy_of(rig, function), FUNCTIONS[function])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_does_its_work_under_its_own_policy(rig: PolicyRig, function: str) -> None:
    calls = all_calls(passed(rig, function))

    assert bool(calls) is bool(judged(policy_of(rig, function)))
    assert all(call.allowed for call in calls)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_action_can_be_taken_from_a_resource(rig: PolicyRig, function: str) -> None:
    calls, pairs = all_calls(passed(rig, function)), judged(policy_of(rig, function))

    assert allowed(pairs, calls) == calls
    assert [pair for pair in pairs if allowed(without(pairs, pair), calls) == calls] == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_neighbouring_resource_will_not_do(rig: PolicyRig, function: str) -> None:
    calls, pairs = all_calls(passed(rig, function)), judged(policy_of(rig, function))

    swapped = [[*without(pairs, pair), (pair[0], beside)] for pair in pairs for beside in neighbours(pair[1])]
    assert [each[-1] for each in swapped if allowed(each, calls) == calls] == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_fails_without_each_of_its_actions(rig: PolicyRig, function: str) -> None:
    runs, pairs = passed(rig, function), judged(policy_of(rig, function))

    for action in dict.fromkeys(action for action, _ in pairs):
        rig.may(policy([pair for pair in pairs if pair[0] != action]))
        step = next(step for step, calls in runs.items() if action in {call.action for call in calls})
        with pytest.raises((AssertionError, DarkroomError, ClientError)):
            policy_rig.run(rig, step)
        assert action in {call.action for call in policy_rig.last_calls if not call.allowed}


def all_calls(runs: dict[Step, list[Call]]) -> frozenset[Call]:
    """Gather what was judged in all steps."""
    return frozenset(call for calls in runs.values() for call in calls)
