"""The app accepts the measured events as those of AWS."""

import json
from typing import Any

from chalice.app import S3Event

from app import app
from chalicelib.backends import Backends
from scripts.benchmark import lambda_events, photos
from tests import stage


class Context:
    aws_request_id, function_name = "1", "measured"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


def answer(event: dict[str, Any]) -> dict[str, Any]:
    return dict(app(event, Context()))


def test_a_post_is_processed_and_a_list_shows_it(backends: Backends) -> None:
    assert backends
    posted = answer(lambda_events.request("POST", "/images", photos.jpeg(0.02)))
    assert posted["statusCode"] == 200, posted
    listed = answer(lambda_events.request("GET", "/images", limit="100"))
    assert len(json.loads(listed["body"])["items"]) == 1


def test_a_path_has_its_parameter(backends: Backends) -> None:
    assert backends
    event = lambda_events.request("GET", "/images/{image_id}", path=f"image_id={'0' * 32}")
    assert answer(event)["statusCode"] == 404


def test_an_s3_event_names_the_object(backends: Backends) -> None:
    put = stage.s3().put_object(Bucket=backends.settings.images_bucket, Key="uploads/1.jpg", Body=b"1")
    event = S3Event(lambda_events.object_created("bucket", "uploads/1.jpg", put, 1), None)
    assert (event.bucket, event.key) == ("bucket", "uploads/1.jpg")


def test_a_schedule_has_what_chalice_reads() -> None:
    assert {"detail", "time", "region", "source", "detail-type"} <= set(lambda_events.scheduled())
