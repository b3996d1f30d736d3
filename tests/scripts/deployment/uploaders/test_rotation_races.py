"""Runs that die twice, and two runs at the same time."""

from contextlib import suppress
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from scripts.deployment.target import DeployError
from scripts.deployment.uploaders.keys import CURRENT
from tests.scripts.deployment.uploaders.account import Account, Calls, Killed, kill
from tests.scripts.deployment.uploaders.scenarios import SCENARIOS, calls_of, check_between, check_end, prepared, rotate


@pytest.mark.parametrize("name", ["a rotation", "the next rotation"])
def test_a_run_that_dies_twice_is_run_again(account: Account, name: str) -> None:
    scenario = SCENARIOS[name]
    saved = prepared(account, scenario)
    for number in range(1, calls_of(account, scenario) + 1, 4):
        for second in range(1, number, 5):
            account.restore(saved)
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
    saved = prepared(account, scenario)
    # Each third call: a run before the first, in the middle and at the end of each step.
    for number in range(1, calls_of(account, scenario) + 1, 3):
        account.restore(saved)

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
