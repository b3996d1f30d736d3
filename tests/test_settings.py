"""Environment variables become settings, or an error that lists every problem."""

from datetime import UTC, datetime

import pytest

from chalicelib.imaging.recipe import PRESETS
from chalicelib.settings import PRESET_NAMES, Auth, CleanupMode, Settings, SettingsError

NAMES = (
    "IMAGES_BUCKET",
    "LANDING_BUCKET",
    "DESTINATION_BUCKET",
    "IMAGES_TABLE",
    "DDB_TABLE",
    "ALARMS_TOPIC_ARN",
    "IMAGES_TOPIC_ARN",
)
NEEDED = {**dict.fromkeys([*NAMES, "DOG_PIPELINE_ARN"], "named"), "STAGE": "staging"}


def test_one_error_names_every_missing_variable_and_every_bad_value() -> None:
    environ = {name: "named" for name in NEEDED if name != "DDB_TABLE"}
    environ |= {"LIST_SHARDS": "0", "CLEANUP_MODE": "most", "CLEANUP_UNTIL": "tomorrow", "CLEANUP_TARGETS": "sanitized"}
    with pytest.raises(SettingsError) as raised:
        Settings.from_environ(environ)
    problems = " ".join(raised.value.problems)
    assert all(
        name in problems for name in ("DDB_TABLE", "LIST_SHARDS", "CLEANUP_MODE", "CLEANUP_UNTIL", "CLEANUP_TARGETS")
    )
    assert len(raised.value.problems) == 5


def test_a_stage_may_have_each_preset_as_its_default() -> None:
    assert [*PRESETS] == [*PRESET_NAMES]
    assert Settings.from_environ(NEEDED).default_preset == "default"
    assert Settings.from_environ(NEEDED | {"DEFAULT_PRESET": "web"}).default_preset == "web"
    with pytest.raises(SettingsError, match="DEFAULT_PRESET must be one of default, thumbnail, web, print, not 'x'"):
        Settings.from_environ(NEEDED | {"DEFAULT_PRESET": "x"})


@pytest.mark.parametrize(
    ("stage", "mode", "days"),
    [
        ("local", CleanupMode.EXPIRED, 1),
        ("dev", CleanupMode.EVERYTHING, 1),
        ("staging", CleanupMode.EXPIRED, 30),
        ("prod", CleanupMode.EXPIRED, 30),
    ],
)
def test_the_default_of_the_clean_up_depends_on_the_stage(stage: str, mode: CleanupMode, days: int) -> None:
    cleanup = Settings.from_environ(NEEDED | {"STAGE": stage}).cleanup
    assert (cleanup.mode, cleanup.max_age_days, cleanup.until) == (mode, days, None)


@pytest.mark.parametrize("instant", ["2026-03-01T22:30:00+01:00", "2026-03-01T21:30:00Z"])
def test_cleanup_until_is_converted_to_utc(instant: str) -> None:
    cleanup = Settings.from_environ(NEEDED | {"CLEANUP_UNTIL": instant}).cleanup
    assert cleanup.until == datetime(2026, 3, 1, 21, 30, tzinfo=UTC)


@pytest.mark.parametrize("instant", ["2026-03-01T21:30:00", "0001-01-01T00:00:00+14:00", "21:30"])
def test_cleanup_until_must_be_a_time_with_an_offset(instant: str) -> None:
    with pytest.raises(SettingsError, match="CLEANUP_UNTIL"):
        Settings.from_environ(NEEDED | {"CLEANUP_UNTIL": instant})


def test_cleanup_keep_is_a_list_with_commas() -> None:
    assert Settings.from_environ(NEEDED | {"CLEANUP_KEEP": "html/, keep/"}).cleanup.keep == ("html/", "keep/")


def test_a_deployed_stage_requires_authentication_and_the_local_one_does_not() -> None:
    deployed, local = (Settings.from_environ(NEEDED | {"STAGE": stage}) for stage in ("prod", "local"))
    assert (deployed.auth, deployed.owner_isolation) == (Auth.IAM, True)
    assert (local.auth, local.owner_isolation) == (Auth.NONE, False)


def test_owner_isolation_does_not_depend_on_auth() -> None:
    assert not Settings.from_environ(NEEDED | {"OWNER_ISOLATION": "false"}).owner_isolation
    assert Settings.from_environ(NEEDED | {"AUTH": "none", "OWNER_ISOLATION": "true"}).owner_isolation


def test_api_keys_are_read_with_their_owners_and_never_printed() -> None:
    settings = Settings.from_environ(NEEDED | {"STAGE": "local", "AUTH": "api_key", "API_KEYS": f"ann:{'k' * 20}"})
    assert settings.api_keys == {"ann": "k" * 20}
    assert "kkk" not in repr(settings)


@pytest.mark.parametrize(
    ("environ", "problem"),
    [
        ({"AUTH": "cognito"}, "COGNITO_USER_POOL_ARN is not set"),
        ({"AUTH": "basic"}, "AUTH must be one of"),
        ({"STAGE": "local", "AUTH": "iam"}, "AUTH=iam is checked by API Gateway"),
        ({"STAGE": "local", "AUTH": "cognito"}, "COGNITO_USER_POOL_ARN is not set"),
        ({"STAGE": "local", "AUTH": "api_key"}, "AUTH=api_key needs API_KEYS"),
        ({"API_KEYS": "ann:short"}, "API_KEYS, entry 1,"),
        ({"API_KEYS": f"system:{'k' * 20}"}, "API_KEYS, entry 1,"),
        ({"API_KEYS": f"ann:{'k' * 20},anonymous:{'l' * 20}"}, "API_KEYS, entry 2,"),
        ({"API_KEYS": f"ann:{'k' * 20},bob:{'k' * 20}"}, "API_KEYS, entry 2, repeats"),
        ({"API_KEYS": f"ann:{'k' * 20},ann:{'l' * 20}"}, "API_KEYS, entry 2, repeats"),
    ],
)
def test_an_unsafe_access_setting_is_rejected_without_printing_a_key(environ: dict[str, str], problem: str) -> None:
    with pytest.raises(SettingsError) as raised:
        Settings.from_environ(NEEDED | environ)
    assert problem in str(raised.value)
    assert "k" * 20 not in str(raised.value)


def test_the_pool_is_the_one_that_the_deployment_made_unless_a_person_names_another_one() -> None:
    made = NEEDED | {"AUTH": "cognito", "USER_POOL_ARN": "made"}
    assert Settings.from_environ(made).cognito_user_pool_arn == "made"
    assert Settings.from_environ(made | {"COGNITO_USER_POOL_ARN": "own"}).cognito_user_pool_arn == "own"
    assert Settings.from_environ(made | {"AUTH": "iam"}).cognito_user_pool_arn == ""


def test_the_local_stage_has_a_default_endpoint_and_the_others_use_aws() -> None:
    deployed, local = (Settings.from_environ(NEEDED | {"STAGE": stage}) for stage in ("prod", "local"))
    assert (deployed.endpoint_url, local.endpoint_url) == (None, "http://127.0.0.1:4566")
    assert (
        Settings.from_environ(NEEDED | {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}).endpoint_url == "http://127.0.0.1:1"
    )


def test_old_versions_are_kept_for_a_positive_number_of_days() -> None:
    assert Settings.from_environ(NEEDED).old_version_days == 7
    assert Settings.from_environ(NEEDED | {"OLD_VERSION_DAYS": "30"}).old_version_days == 30
    for wrong in ("0", "-1", "week"):
        with pytest.raises(SettingsError, match="OLD_VERSION_DAYS"):
            Settings.from_environ(NEEDED | {"OLD_VERSION_DAYS": wrong})


def test_dogs_are_stored_in_the_images_bucket_by_default() -> None:
    settings = Settings.from_environ(NEEDED | {"IMAGES_BUCKET": "images"})
    assert settings.dog_bucket == "images"
    assert Settings.from_environ(NEEDED | {"DOG_BUCKET": "dogs"}).dog_bucket == "dogs"


def test_a_short_key_is_rejected_and_the_shortest_is_read() -> None:
    assert Settings.from_environ(NEEDED | {"API_KEYS": f"ann:{'k' * 20}"}).api_keys
    with pytest.raises(SettingsError):
        Settings.from_environ(NEEDED | {"API_KEYS": f"ann:{'k' * 19}"})


@pytest.mark.parametrize(
    ("environ", "origin"),
    [
        ({}, "*"),
        ({"PAGE_URL": "https://d111.cloudfront.net/"}, "https://d111.cloudfront.net"),
        ({"PAGE_URL": "http://127.0.0.1:4566/bucket/index.html"}, "http://127.0.0.1:4566"),
        ({"PAGE_URL": "https://d111.cloudfront.net/", "CORS_ORIGIN": "https://a.test"}, "https://a.test"),
    ],
)
def test_the_origin_of_a_published_page_may_call(environ: dict[str, str], origin: str) -> None:
    settings = Settings.from_environ(NEEDED | environ)
    assert (settings.cors_origin, settings.page_url) == (origin, environ.get("PAGE_URL", ""))
