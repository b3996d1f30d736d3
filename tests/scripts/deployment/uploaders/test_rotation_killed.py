"""Runs that die at each of their calls, before and after it was applied, and are run again; and two runs at a time."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

import boto3
import pytest
from botocore.exceptions import ClientError

from scripts.deployment.target import DeployError
from scripts.deployment.uploaders import users
from scripts.deployment.uploaders.keys import CURRENT, MOST_KEYS, PENDING, PREVIOUS
from scripts.deployment.uploaders.rotation import KEPT
from tests.scripts.deployment.uploaders.account import Account, Calls, Killed, kill

Run = Callable[[Account, str, Calls], None]


def rotate(account: Account, name: str, calls: Calls) -> None:
    account.rotation(name, calls).run()


def finish(account: Account, name: str, calls: Calls) -> None:
    account.rotation(name, calls).run(finish=True)


def make(account: Account, name: str, calls: Calls) -> None:
    account.make(name, calls=calls)


def remove(account: Account, _name: str, calls: Calls) -> None:
    users.delete_others(account.target(calls))


@dataclass(frozen=True)
class Scenario:
    """What was run before, what is run and killed, and how many keys are left after it was run again."""

    before: tuple[Run, ...]
    run: Run
    keys: int
    #: Whether the rotation before is seven days old.
    later: bool = False


SCENARIOS = {
    "the first key": Scenario((), make, 1),
    "a rotation": Scenario((make,), rotate, 2),
    "finish": Scenario((make, rotate), finish, 1),
    "the next rotation": Scenario((make, rotate), rotate, 2, later=True),
    "a deletion": Scenario((make, rotate), remove, 0),
}


def prepared(account: Account, scenario: Scenario) -> None:
    account.make()
    for run in scenario.before:
        run(account, "backend", Calls())
    if scenario.later:
        account.sleep(KEPT.total_seconds())


def check_between(account: Account, scenario: Scenario) -> None:
    """Check what must hold at any moment: two keys at most, and the current secret holds a key that is active."""
    exists = "darkroom-dev-uploader-backend" in account.names()[0]
    if scenario.before and scenario.keys:
        assert exists
        assert len(account.state("backend").keys) <= MOST_KEYS
        assert account.state("backend").is_usable(CURRENT)


def check_end(account: Account, scenario: Scenario) -> None:
    """Check what must hold after the second run."""
    assert account.objects("backend/rotation-probe") == []
    if not scenario.keys:
        assert account.names() == (set(), set())
        return
    state = account.state("backend")
    assert state.unnamed == []
    assert PENDING not in state.versions
    assert len(state.keys) == scenario.keys
    assert [key.active for key in state.keys.values() if key == state.old] == [False] * (scenario.keys - 1)
    assert account.works("backend")
    check_tag(account)


def check_tag(account: Account) -> None:
    """The clean-up's metric has the time of the current key."""
    described = boto3.client("secretsmanager").describe_secret(SecretId="darkroom-dev-uploader-backend")
    created = account.state("backend").versions[CURRENT].created.isoformat()
    assert {"Key": "key-created", "Value": created} in described["Tags"]


def calls_of(account: Account, scenario: Scenario) -> int:
    """Count the calls of a run that nobody kills."""
    prepared(account, scenario)
    calls = Calls()
    scenario.run(account, "backend", calls)
    check_end(account, scenario)
    return len(calls.made)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_a_run_that_dies_at_any_call_is_run_again(account: Account, scenario: Scenario, *, after: bool) -> None:
    count = calls_of(account, scenario)
    assert count > 4
    for number in range(1, count + 1):
        prepared(account, scenario)
        with pytest.raises(Killed):
            scenario.run(account, "backend", Calls(number, after, kill))
        check_between(account, scenario)
        scenario.run(account, "backend", Calls())
        check_end(account, scenario)


@pytest.mark.parametrize("name", ["a rotation", "the next rotation"])
def test_a_run_that_dies_twice_is_run_again(account: Account, name: str) -> None:
    scenario = SCENARIOS[name]
    for number in range(1, calls_of(account, scenario) + 1, 4):
        for second in range(1, number, 5):
            prepared(account, scenario)
            for at in (number, second):
                # The second run may need fewer calls.
                with suppress(Killed):
                    rotate(account, "backend", Calls(at, after=True, at_call=kill))
                check_between(account, scenario)
            rotate(account, "backend", Calls())
            check_end(account, scenario)


@pytest.mark.parametrize("name", ["the first key", "a rotation", "the next rotation"])
def test_two_runs_at_the_same_time_leave_a_key_that_works(account: Account, name: str) -> None:
    scenario = SCENARIOS[name]
    for number in range(1, calls_of(account, scenario) + 1):
        prepared(account, scenario)

        def other() -> None:
            scenario.run(account, "backend", Calls())

        try:
            scenario.run(account, "backend", Calls(number, at_call=other))
        except (DeployError, ClientError):
            check_between(account, scenario)
        assert account.state("backend").is_usable(CURRENT)
        scenario.run(account, "backend", Calls())
        # Two runs may make the first key and the second.
        check_end(account, replace(scenario, keys=len(account.state("backend").keys)))


def test_a_version_names_each_key_in_a_rotation_that_dies_before_its_end(account: Account) -> None:
    prepared(account, SCENARIOS["a rotation"])
    store = account.rotation("backend").store
    before = account.state("backend").versions[CURRENT]
    pending = store.make()
    assert account.state("backend").versions == {CURRENT: before, PENDING: pending}
    store.make_current(pending)
    store.make_current(pending)
    assert account.state("backend").versions == {CURRENT: pending, PENDING: pending, PREVIOUS: before}
