"""The notifications of an app are created, and refused where S3 would refuse them."""

import boto3
import pytest
from chalice.app import Chalice, S3Event

from chalicelib.settings import Settings
from scripts.embedded.functions import Function, Functions, functions_of
from scripts.embedded.local_stage import create_buckets
from scripts.embedded.notifications import NotificationError, check_notifications, put_notifications
from scripts.project import Notification, notifications_of
from tests.scripts.embedded.conftest import config_of

RESIZE = Functions([Function("resize", print)])


def notification(prefix: str = "") -> Notification:
    return Notification("resize", "photos", ("s3:ObjectCreated:*",), prefix)


def listening_app() -> Chalice:
    app = Chalice("tiny", configure_logs=False)

    @app.on_s3_event(bucket="darkroom-local-images", events=["s3:ObjectCreated:*"], prefix="uploads/")
    def resize(event: S3Event) -> str:
        return event.key

    @app.on_s3_event(bucket="darkroom-local-landing", suffix=".jpg")
    def sanitize(event: S3Event) -> str:
        return event.key

    return app


def test_two_notifications_that_overlap_are_refused() -> None:
    with pytest.raises(NotificationError, match="overlap in photos"):
        check_notifications([notification("uploads/"), notification("uploads/new/")], RESIZE)


def test_two_notifications_that_do_not_overlap_are_accepted() -> None:
    check_notifications([notification("uploads/"), notification("resized/")], RESIZE)


def test_a_target_that_does_not_exist_is_refused() -> None:
    with pytest.raises(NotificationError, match="resize, which does not exist"):
        check_notifications([notification()], Functions([]))


def test_the_notifications_of_an_app_are_set_on_its_buckets(served: Settings) -> None:
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
    assert sanitize["Filter"]["Key"]["FilterRules"] == [{"Name": "suffix", "Value": ".jpg"}]
    client.close()
