"""What is run and killed, and what must hold between two runs and at the end."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scripts.deployment.uploaders import users
from scripts.deployment.uploaders.keys import CURRENT, MOST_KEYS, PENDING
from scripts.deployment.uploaders.rotation import KEPT
from tests.scripts.deployment.uploaders.account import Account, Calls

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


def prepared(account: Account, scenario: Scenario) -> Any:
    """Make what a scenario starts from, and return the saved state."""
    account.make()
    for run in scenario.before:
        run(account, "backend", Calls())
    if scenario.later:
        account.sleep(KEPT.total_seconds())
    return account.save()


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
    described = account.client("secretsmanager").describe_secret(SecretId="darkroom-dev-uploader-backend")
    created = account.state("backend").versions[CURRENT].created.isoformat()
    assert {"Key": "key-created", "Value": created} in described["Tags"]


def calls_of(account: Account, scenario: Scenario) -> int:
    """Count the calls of a run that nobody kills."""
    calls = Calls()
    scenario.run(account, "backend", calls)
    check_end(account, scenario)
    return len(calls.made)
