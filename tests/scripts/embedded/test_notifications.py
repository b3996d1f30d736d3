"""Notifications are wired from the app, and refused where AWS would refuse them."""

import boto3
import pytest
from chalice.app import Chalice, S3Event

from chalicelib.settings import Settings
from scripts.embedded.functions import Function, Functions, functions_of
from scripts.embedded.local_stage import create_buckets
from scripts.embedded.notifications import NotificationError, check_notifications, put_notifications
from scripts.project import Notification, notifications_of
from tests.scripts.embedded.conftest import config_of

CREATED = ("s3:ObjectCreated:*",)


def notification(
    prefix: str = "", suffix: str = "", events: tuple[str, ...] = CREATED, bucket: str = "photos"
) -> Notification:
    return Notification("resize", bucket, events, prefix, suffix)


def listening_app() -> Chalice:
    app = Chalice("tiny", configure_logs=False)

    @app.on_s3_event(bucket="darkroom-local-images", events=["s3:ObjectCreated:*"], prefix="uploads/")
    def resize(event: S3Event) -> str:
        return event.key

    @app.on_s3_event(bucket="darkroom-local-landing")
    def sanitize(event: S3Event) -> str:
        return event.key

    return app


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
def test_two_that_one_object_could_call_overlap(one: Notification, other: Notification) -> None:
    assert one.overlaps(other)
    assert other.overlaps(one)
    with pytest.raises(NotificationError, match="overlap in photos"):
        check_notifications([one, other], Functions([Function("resize", print)]))


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
def test_two_that_no_object_could_call_do_not_overlap(one: Notification, other: Notification) -> None:
    assert not one.overlaps(other)
    assert not other.overlaps(one)
    check_notifications([one, other], Functions([Function("resize", print)]))


def test_a_target_that_is_no_function_is_refused() -> None:
    with pytest.raises(NotificationError, match="resize, which does not exist"):
        check_notifications([notification()], Functions([]))


def test_an_app_s_own_registrations_are_read_and_wired(served: Settings) -> None:
    app = listening_app()
    wanted = notifications_of(app, "tiny-local")
    check_notifications(wanted, functions_of(app, config_of(app)))
    create_buckets(served)
    client = boto3.client("s3", endpoint_url=served.endpoint_url)
    put_notifications(wanted, client)
    images = client.get_bucket_notification_configuration(Bucket="darkroom-local-images")
    landing = client.get_bucket_notification_configuration(Bucket="darkroom-local-landing")
    [resize], [sanitize] = images["LambdaFunctionConfigurations"], landing["LambdaFunctionConfigurations"]
    assert resize["LambdaFunctionArn"].endswith(":function:tiny-local-resize")
    assert resize["Filter"]["Key"]["FilterRules"] == [{"Name": "prefix", "Value": "uploads/"}]
    assert sanitize["LambdaFunctionArn"].endswith(":function:tiny-local-sanitize")
    client.close()
