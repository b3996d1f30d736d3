"""The clean-up is taken away for good, the rest stays, a deployment keeps it away, and it can be brought back."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from scripts import doctor
from scripts.deploy import deploy
from scripts.deployment import cleanup_removal, deployed_state, stage_file
from scripts.deployment.target import DeployError
from scripts.project import recorded_file
from tests.privilege import deployer
from tests.privilege.recorded_calls import denied
from tests.scripts.account_inventory import inventory
from tests.scripts.embedded_account import Account, InstalledWheels, embedded_account
from tests.scripts.targets import copy_project

# The doctor refuses to deploy with an older Python.
pytestmark = pytest.mark.skipif(sys.version_info < doctor.OLDEST, reason="packaging needs Python 3.12")

POLICY = json.dumps(deployer.policy())
NAME = "darkroom-dev-cleanup"
#: What belongs to the clean-up, by kind.
OWN = {
    "functions": {f"arn:aws:lambda:us-east-1:123456789012:function:{NAME}"},
    "roles": {NAME},
    "rules": {f"{NAME}-event"},
    "logs": {f"/aws/lambda/{NAME}"},
    "alarms": {f"{NAME}-{kind}" for kind in ("errors", "missing", "failed")},
}
JOURNAL = "cleanup/0123456789abcdef.json"


def redeploy(account: Account) -> None:
    """Deploy with an address of their own for the PNG alerts. A command about the clean-up must not change that."""
    deploy(account.target, png_alerts="bob@example.com", dependencies=InstalledWheels(), smoke_test=False)


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with embedded_account(copy_project(tmp_path_factory.mktemp("project"))) as account:
        redeploy(account)
        yield account


@pytest.fixture(scope="module")
def before(account: Account) -> dict[str, set[str]]:
    return inventory(account.target)


@pytest.fixture(scope="module")
def removed(account: Account, before: dict[str, set[str]]) -> dict[str, set[str]]:
    """What is left after the removal. `before` is read first."""
    assert all(names <= before[kind] for kind, names in OWN.items())
    account.recorder.take()
    cleanup_removal.remove(account.target)
    assert denied(account.recorder.take(), POLICY) == []
    return inventory(account.target)


def without_it(before: dict[str, set[str]]) -> dict[str, set[str]]:
    return {kind: names - OWN.get(kind, set()) for kind, names in before.items()}


def variables(account: Account, function: str = "darkroom-dev") -> dict[str, str]:
    found = account.target.client("lambda").get_function_configuration(FunctionName=function)
    environment: dict[str, str] = found["Environment"]["Variables"]
    return environment


def test_a_clean_up_that_has_broken_off_is_not_removed(account: Account, before: dict[str, set[str]]) -> None:
    bucket, s3 = f"darkroom-dev-images-{account.target.account}", account.target.client("s3")
    s3.put_object(Bucket=bucket, Key=JOURNAL, Body=b"{}")
    with pytest.raises(DeployError, match="--run`, which finishes it"):
        cleanup_removal.remove(account.target)
    assert inventory(account.target) == before
    # A journal that is finished is below its delete marker.
    s3.delete_object(Bucket=bucket, Key=JOURNAL)


def test_what_belongs_to_it_goes_and_the_rest_stays(before: dict[str, set[str]], removed: dict[str, set[str]]) -> None:
    assert removed == without_it(before)
    assert len(removed["subscriptions"]) == 1


def test_no_saved_query_names_its_log_group(account: Account, removed: dict[str, set[str]]) -> None:
    assert removed
    text = account.target.client("cloudformation").get_template(StackName="darkroom-dev-monitoring")["TemplateBody"]
    assert str(text).count('!If [HasCleanup, !Sub "/aws/lambda/darkroom-${Stage}-cleanup"') == 3


def test_chalice_s_state_file_does_not_name_it(account: Account, removed: dict[str, set[str]]) -> None:
    assert removed
    assert not {"cleanup", "cleanup_role", "cleanup-event"} & set(deployed_state.resources(account.target))


def test_a_second_removal_changes_nothing(account: Account, removed: dict[str, set[str]]) -> None:
    cleanup_removal.remove(account.target)
    assert inventory(account.target) == removed


def test_the_next_deployment_from_another_machine_keeps_it_away(account: Account, removed: dict[str, set[str]]) -> None:
    # A new checkout has neither what was recorded nor Chalice's state file.
    recorded_file(account.target.project, "dev").unlink()
    deployed_state.local_file(account.target).unlink()
    redeploy(account)
    assert inventory(account.target) == removed
    assert stage_file.settings_of(account.target).cleanup.removed
    assert variables(account)["CLEANUP_REMOVED"] == "true"


def test_a_removal_that_broke_off_is_finished_by_the_next_deployment(
    account: Account, removed: dict[str, set[str]]
) -> None:
    cleanup_removal.remember_restored(account.target)
    assert inventory(account.target)["subscriptions"] == removed["subscriptions"]
    redeploy(account)

    def die(line: str) -> None:
        # The stack remembers it then, and the rule is not deleted yet.
        if line.startswith("Rule, function and role"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cleanup_removal.remove(replace(account.target, log=die))
    assert OWN["functions"] <= inventory(account.target)["functions"]
    redeploy(account)
    assert inventory(account.target) == removed


def test_it_is_brought_back_whole(account: Account, before: dict[str, set[str]], removed: dict[str, set[str]]) -> None:
    assert removed != before
    cleanup_removal.remember_restored(account.target)
    redeploy(account)
    assert inventory(account.target) == before
    assert "CLEANUP_REMOVED" not in variables(account, NAME)
    rule = account.target.client("events").describe_rule(Name=f"{NAME}-event")
    assert (rule["State"], rule["ScheduleExpression"]) == ("ENABLED", "cron(30 21 * * ? *)")


def test_a_stage_that_is_not_there_is_one_sentence(account: Account) -> None:
    nowhere: Any = type(account.target)("staging", account.target.project, account.logged.append, 0.0)
    for action in (cleanup_removal.remove, cleanup_removal.remember_restored):
        with pytest.raises(DeployError, match="there is no service darkroom-staging"):
            action(nowhere)
