"""What scripts know of the project: its configuration, its notifications, the environment of stage `local`."""

import json
import os
from pathlib import Path

import pytest
from chalice.app import Chalice, S3Event
from chalice.config import Config

from scripts.project import PROJECT, Notification, notifications_of, read_config, recorded_file, set_environment
from tests.scripts.targets import copy_project

CREATED = ("s3:ObjectCreated:*",)


def notification(
    prefix: str = "", suffix: str = "", events: tuple[str, ...] = CREATED, bucket: str = "photos"
) -> Notification:
    return Notification("resize", bucket, events, prefix, suffix)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (notification(), notification()),
        (notification(prefix="uploads/"), notification(prefix="uploads/new/")),
        (notification(prefix="uploads/"), notification()),
        (notification(suffix=".jpg"), notification(suffix="t.jpg")),
        (notification(suffix=".jpg"), notification(prefix="uploads/")),
        (notification(), notification(events=("s3:ObjectCreated:Put",))),
        (notification(events=("s3:ObjectCreated:Copy", "s3:ObjectCreated:Put")), notification()),
    ],
)
def test_notifications_that_one_event_could_match_overlap(one: Notification, other: Notification) -> None:
    assert one.overlaps(other)
    assert other.overlaps(one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (notification(prefix="uploads/"), notification(prefix="resized/")),
        (notification(suffix=".jpg"), notification(suffix=".png")),
        (notification(), notification(events=("s3:ObjectRemoved:*",))),
        (notification(events=("s3:ObjectCreated:Put",)), notification(events=("s3:ObjectCreated:Copy",))),
        (notification(), notification(bucket="landing")),
    ],
)
def test_notifications_that_no_event_could_match_do_not_overlap(one: Notification, other: Notification) -> None:
    assert not one.overlaps(other)
    assert not other.overlaps(one)


def test_the_notifications_of_an_app_are_those_of_its_s3_handlers() -> None:
    app = Chalice("tiny", configure_logs=False)

    @app.on_s3_event(bucket="photos", events=["s3:ObjectCreated:Put"], prefix="uploads/", suffix=".jpg")
    def resize(event: S3Event) -> str:
        return event.key

    @app.schedule("rate(1 hour)")
    def clean(event: object) -> object:
        return event

    [found] = notifications_of(app, "tiny-dev")
    assert found == Notification("tiny-dev-resize", "photos", ("s3:ObjectCreated:Put",), "uploads/", ".jpg")


def test_the_configuration_is_that_of_the_stage() -> None:
    config = read_config(stage="dev")
    assert (config.app_name, config.chalice_stage) == ("darkroom", "dev")
    assert config.project_dir == str(PROJECT)


def test_the_environment_of_stage_local_leads_to_the_embedded_aws_only() -> None:
    environ = {
        "AWS_PROFILE": "work",
        "AWS_SESSION_TOKEN": "secret",
        "AWS_ENDPOINT_URL_S3": "https://s3.example.test",
        "PATH": "/bin",
    }
    set_environment(read_config(), 4999, environ)
    assert environ["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4999"
    assert environ["MOTO_PORT"] == "4999"
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3"} & set(environ)
    assert environ["AWS_CONFIG_FILE"] == environ["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert environ["no_proxy"] == environ["NO_PROXY"] == "127.0.0.1,localhost"
    assert environ["PATH"] == "/bin"


def test_the_configuration_overrides_the_shell() -> None:
    environ = {"STAGE": "prod", "IMAGES_BUCKET": "my-own"}
    set_environment(read_config(), 4999, environ)
    assert (environ["STAGE"], environ["IMAGES_BUCKET"]) == ("local", "darkroom-local-images")


@pytest.mark.parametrize(
    ("environ", "expected"), [({"NO_PROXY": "127.0.0.1,internal.test"}, "127.0.0.1,internal.test"), ({}, "127.0.0.1")]
)
def test_loopback_needs_no_proxy(environ: dict[str, str], expected: str) -> None:
    set_environment(Config("local", config_from_disk={}), 4999, environ)
    assert environ["no_proxy"] == expected


def test_chalice_reads_what_a_deployment_recorded_of_its_stage_and_of_no_other(tmp_path: Path) -> None:
    project = copy_project(tmp_path)
    path = recorded_file(project, "dev")
    path.parent.mkdir()
    recorded = {"environment_variables": {"IMAGES_BUCKET": "photos"}, "iam_policy_file": "policies/dev/api.json"}
    path.write_text(json.dumps(recorded))
    dev, staging = read_config(project, "dev"), read_config(project, "staging")
    assert dev.environment_variables["IMAGES_BUCKET"] == "photos"
    assert dev.environment_variables["STAGE"] == "dev"
    assert dev.iam_policy_file == "policies/dev/api.json"
    assert "IMAGES_BUCKET" not in staging.environment_variables
