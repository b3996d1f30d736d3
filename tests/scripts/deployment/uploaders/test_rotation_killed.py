"""Runs that die at each of their calls, before and after it was applied, and are run again; and two runs at a time."""

import pytest

from scripts.deployment.uploaders.keys import CURRENT, PENDING, PREVIOUS
from tests.scripts.deployment.uploaders.account import Account, Calls, Killed, kill
from tests.scripts.deployment.uploaders.scenarios import (
    SCENARIOS,
    Scenario,
    calls_of,
    check_between,
    check_end,
    prepared,
)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_a_run_that_dies_at_any_call_is_run_again(account: Account, scenario: Scenario, *, after: bool) -> None:
    saved = prepared(account, scenario)
    count = calls_of(account, scenario)
    assert count > 4
    for number in range(1, count + 1):
        account.restore(saved)
        with pytest.raises(Killed):
            scenario.run(account, "backend", Calls(number, after, kill))
        check_between(account, scenario)
        scenario.run(account, "backend", Calls())
        check_end(account, scenario)


def test_a_version_names_each_key_in_a_rotation_that_dies_before_its_end(account: Account) -> None:
    prepared(account, SCENARIOS["a rotation"])
    store = account.rotation("backend").store
    before = account.state("backend").versions[CURRENT]
    pending = store.make()
    assert account.state("backend").versions == {CURRENT: before, PENDING: pending}
    store.make_current(pending)
    store.make_current(pending)
    assert account.state("backend").versions == {CURRENT: pending, PENDING: pending, PREVIOUS: before}
