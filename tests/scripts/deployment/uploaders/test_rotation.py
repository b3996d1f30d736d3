"""The rotation of a key: its steps, what a later run does, and what a person may have changed by hand."""

from datetime import timedelta

import pytest

from scripts.deployment.target import DeployError
from scripts.deployment.uploaders.keys import CURRENT, PENDING, PREVIOUS
from scripts.deployment.uploaders.rotation import KEPT
from tests.scripts.deployment.uploaders.account import Account

DAY = 86_400
USER = "darkroom-dev-uploader-backend"


@pytest.fixture
def made(account: Account) -> Account:
    """The account with the uploader `backend`."""
    account.make("backend")
    account.logged.clear()
    return account


def steps(account: Account) -> list[str]:
    lines = [line.removeprefix("  uploader backend: ") for line in account.logged]
    account.logged.clear()
    return lines


def set_status(account: Account, label: str, status: str) -> None:
    key = account.state("backend").versions[label].key_id
    account.client("iam").update_access_key(UserName=USER, AccessKeyId=key, Status=status)


def test_a_rotation_makes_a_key_current_that_works_and_deactivates_the_old_one(made: Account) -> None:
    old = made.state("backend").versions[CURRENT]
    made.rotation("backend").run()
    state = made.state("backend")
    assert steps(made) == [
        "made a key, and stored it as pending",
        "the new key has put a probe, which was read and deleted",
        f"the new key is current, in the secret {USER}",
        "deactivated the old key",
    ]
    assert state.versions[PREVIOUS] == old
    assert state.versions[CURRENT].key_id != old.key_id
    assert [key.active for key in state.keys.values() if key.id == old.key_id] == [False]
    assert PENDING not in state.versions
    assert made.works("backend")


def test_a_second_run_waits_for_seven_days_and_then_deletes_the_old_key_and_rotates(made: Account) -> None:
    rotation = made.rotation("backend")
    rotation.run()
    made.sleep(KEPT.total_seconds() - 1)
    before = made.state("backend")
    steps(made)
    rotation.run()
    assert made.state("backend") == before
    [waits] = steps(made)
    assert waits.startswith("its old key is inactive; a run after ")
    made.sleep(1)
    rotation.run()
    assert steps(made)[:2] == ["deleted the old key", "made a key, and stored it as pending"]
    assert made.state("backend").versions[PREVIOUS] == before.versions[CURRENT]


def test_finish_deletes_the_old_key_at_once_and_begins_no_rotation(made: Account) -> None:
    rotation = made.rotation("backend")
    rotation.run()
    current = made.state("backend").versions[CURRENT]
    rotation.run(finish=True)
    assert list(made.state("backend").keys) == [current.key_id]
    rotation.run(finish=True)
    assert steps(made)[-2:] == ["deleted the old key", "it has no old key"]
    assert made.state("backend").versions[CURRENT] == current


@pytest.mark.parametrize(("days", "rotated"), [(59.9, False), (60.1, True)])
def test_a_daily_run_rotates_only_a_key_that_is_old_enough(made: Account, days: float, *, rotated: bool) -> None:
    before = made.state("backend").versions[CURRENT]
    made.sleep(days * DAY)
    made.rotation("backend").run(older_than=timedelta(days=60))
    assert (made.state("backend").versions[CURRENT] != before) is rotated
    assert (steps(made) == ["its key is not old enough for a rotation"]) is not rotated


def test_daily_runs_keep_one_key_no_older_than_a_day_more_than_asked(made: Account) -> None:
    rotation, ages = made.rotation("backend"), []
    for _ in range(100):
        made.sleep(DAY)
        rotation.run(older_than=timedelta(days=30))
        state = made.state("backend")
        # moto dates a key by the real clock, so the age is counted from the day of the rotation.
        ages.append(len(state.keys))
    assert set(ages) == {1, 2}
    assert made.works("backend")


def test_an_old_key_that_a_person_activated_again_is_deactivated_by_the_next_run(made: Account) -> None:
    rotation = made.rotation("backend")
    rotation.run()
    set_status(made, PREVIOUS, "Active")
    made.sleep(KEPT.total_seconds() + DAY)
    steps(made)
    rotation.run()
    assert steps(made)[0] == "deactivated the old key"
    assert len(made.state("backend").keys) == 2
    assert made.state("backend").old


def test_an_old_key_that_a_person_deactivated_waits_seven_days_from_the_next_run(made: Account) -> None:
    made.rotation("backend").run()
    # The tag is of another key, as after a rotation before.
    made.client("iam").tag_user(UserName=USER, Tags=[{"Key": "old-key-deactivated", "Value": "AKIAX 2020-01-01"}])
    made.rotation("backend").run()
    assert made.state("backend").old
    made.sleep(KEPT.total_seconds())
    made.rotation("backend").run(older_than=timedelta(days=60))
    assert not made.state("backend").old


@pytest.mark.parametrize("rotated", [False, True])
def test_a_current_key_that_a_person_deactivated_is_replaced(made: Account, *, rotated: bool) -> None:
    if rotated:
        made.rotation("backend").run()
    set_status(made, CURRENT, "Inactive")
    made.rotation("backend").run(older_than=timedelta(days=60))
    assert made.state("backend").is_usable(CURRENT)
    assert len(made.state("backend").keys) <= 2
    assert made.works("backend")


def test_a_key_that_no_secret_holds_is_deleted(made: Account) -> None:
    made.client("iam").create_access_key(UserName=USER)
    made.rotation("backend").run()
    assert steps(made)[0] == "deleted a key that no secret holds"
    assert not made.state("backend").unnamed


@pytest.mark.parametrize("deleted", [True, False])
def test_a_pending_key_that_was_deleted_or_deactivated_is_given_up(made: Account, *, deleted: bool) -> None:
    pending = made.rotation("backend").store.make()
    iam = made.client("iam")
    if deleted:
        iam.delete_access_key(UserName=USER, AccessKeyId=pending.key_id)
    else:
        iam.update_access_key(UserName=USER, AccessKeyId=pending.key_id, Status="Inactive")
    made.rotation("backend").run()
    state = made.state("backend")
    assert pending.key_id not in state.keys
    assert PENDING not in state.versions
    assert made.works("backend")


def test_a_probe_that_never_comes_through_leaves_the_old_key_current(made: Account) -> None:
    before = made.state("backend").versions[CURRENT]
    made.client("iam").delete_user_policy(UserName=USER, PolicyName="put-photos")
    with pytest.raises(DeployError, match="was not ready after 3 s"):
        made.rotation("backend").run()
    state = made.state("backend")
    assert (state.versions[CURRENT], state.is_usable(CURRENT)) == (before, True)
    # The deployment restores the policy, and completes the rotation with the same key.
    pending = state.versions[PENDING]
    made.make("backend")
    assert made.state("backend").versions[CURRENT] == pending


def test_ensuring_a_key_changes_nothing_if_there_is_one(made: Account) -> None:
    made.rotation("backend").run()
    before = made.state("backend")
    made.sleep(400 * DAY)
    steps(made)
    made.rotation("backend").ensure_key()
    assert made.state("backend") == before
    assert steps(made) == [f"has a key, in the secret {USER}"]


def test_no_line_holds_a_key(made: Account) -> None:
    secrets = [made.state("backend").versions[CURRENT]]
    made.rotation("backend").run()
    secrets.append(made.state("backend").versions[CURRENT])
    made.rotation("backend").run(finish=True)
    text = "\n".join(made.logged) + repr(secrets)
    assert len(made.logged) > 4
    assert not [each for each in secrets if each.secret_key in text]
