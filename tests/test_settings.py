"""The environment becomes settings, or a list of everything that is wrong with it."""

from datetime import UTC, datetime

import pytest

from chalicelib.settings import Auth, CleanupMode, Settings, SettingsError

NAMES = ("IMAGES_BUCKET", "LANDING_BUCKET", "DESTINATION_BUCKET", "IMAGES_TABLE", "DDB_TABLE", "ALARMS_TOPIC_ARN")
NEEDED = {**dict.fromkeys([*NAMES, "DOG_PIPELINE_ARN"], "named"), "STAGE": "staging"}


def test_every_missing_name_and_bad_value_is_told_at_once() -> None:
    environ = {name: "named" for name in NEEDED if name != "DDB_TABLE"}
    environ |= {"LIST_SHARDS": "0", "CLEANUP_MODE": "most", "CLEANUP_UNTIL": "tomorrow", "CLEANUP_TARGETS": "sanitized"}
    with pytest.raises(SettingsError) as raised:
        Settings.from_environ(environ)
    told = " ".join(raised.value.problems)
    assert all(
        name in told for name in ("DDB_TABLE", "LIST_SHARDS", "CLEANUP_MODE", "CLEANUP_UNTIL", "CLEANUP_TARGETS")
    )
    assert len(raised.value.problems) == 5


@pytest.mark.parametrize(
    ("stage", "mode", "days"),
    [
        ("local", CleanupMode.EXPIRED, 1),
        ("dev", CleanupMode.EVERYTHING, 1),
        ("staging", CleanupMode.EXPIRED, 30),
        ("prod", CleanupMode.EXPIRED, 30),
    ],
)
def test_a_stage_has_its_own_default_of_what_is_cleaned(stage: str, mode: CleanupMode, days: int) -> None:
    cleanup = Settings.from_environ(NEEDED | {"STAGE": stage}).cleanup
    assert (cleanup.mode, cleanup.max_age_days, cleanup.until) == (mode, days, None)


@pytest.mark.parametrize("instant", ["2026-03-01T22:30:00+01:00", "2026-03-01T21:30:00Z"])
def test_the_end_of_emptying_is_read_with_its_offset(instant: str) -> None:
    cleanup = Settings.from_environ(NEEDED | {"CLEANUP_UNTIL": instant}).cleanup
    assert cleanup.until == datetime(2026, 3, 1, 21, 30, tzinfo=UTC)


@pytest.mark.parametrize("instant", ["2026-03-01T21:30:00", "0001-01-01T00:00:00+14:00", "21:30"])
def test_an_instant_that_names_no_moment_is_refused(instant: str) -> None:
    with pytest.raises(SettingsError, match="CLEANUP_UNTIL"):
        Settings.from_environ(NEEDED | {"CLEANUP_UNTIL": instant})


def test_spared_prefixes_are_a_list_with_commas() -> None:
    assert Settings.from_environ(NEEDED | {"CLEANUP_KEEP": "html/, keep/"}).cleanup.keep == ("html/", "keep/")


def test_a_deployed_stage_asks_who_calls_and_the_local_one_does_not() -> None:
    deployed, local = (Settings.from_environ(NEEDED | {"STAGE": stage}) for stage in ("prod", "local"))
    assert (deployed.auth, deployed.owner_isolation) == (Auth.IAM, True)
    assert (local.auth, local.owner_isolation) == (Auth.NONE, False)


def test_isolation_is_a_setting_of_its_own() -> None:
    assert not Settings.from_environ(NEEDED | {"OWNER_ISOLATION": "false"}).owner_isolation
    assert Settings.from_environ(NEEDED | {"AUTH": "none", "OWNER_ISOLATION": "true"}).owner_isolation


def test_keys_are_read_with_their_owners_and_never_told() -> None:
    settings = Settings.from_environ(NEEDED | {"STAGE": "local", "AUTH": "api_key", "API_KEYS": f"ann:{'k' * 20}"})
    assert settings.api_keys == {"ann": "k" * 20}
    assert "kkk" not in repr(settings)


@pytest.mark.parametrize(
    ("environ", "problem"),
    [
        ({"AUTH": "cognito"}, "COGNITO_USER_POOL_ARN is not set"),
        ({"AUTH": "basic"}, "AUTH must be one of"),
        ({"STAGE": "local", "AUTH": "iam"}, "AUTH=iam is checked by API Gateway"),
        ({"STAGE": "local", "AUTH": "api_key"}, "AUTH=api_key needs API_KEYS"),
        ({"API_KEYS": "ann:short"}, "API_KEYS, entry 1,"),
        ({"API_KEYS": f"system:{'k' * 20}"}, "API_KEYS, entry 1,"),
        ({"API_KEYS": f"ann:{'k' * 20},anonymous:{'l' * 20}"}, "API_KEYS, entry 2,"),
        ({"API_KEYS": f"ann:{'k' * 20},bob:{'k' * 20}"}, "API_KEYS, entry 2, repeats"),
    ],
)
def test_access_that_would_let_in_the_wrong_ones_is_refused(environ: dict[str, str], problem: str) -> None:
    with pytest.raises(SettingsError) as raised:
        Settings.from_environ(NEEDED | environ)
    assert problem in str(raised.value)
    assert "k" * 20 not in str(raised.value)
