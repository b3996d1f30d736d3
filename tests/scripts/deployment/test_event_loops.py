import pytest

from scripts.deployment import event_loops
from scripts.deployment.target import Target
from scripts.project import Notification
from tests.scripts.targets import discard

TARGET = Target("dev", log=discard)


def test_two_overlapping_notifications_are_found() -> None:
    one = Notification("darkroom-dev-a", "photos", ("s3:ObjectCreated:*",), "uploads/")
    other = Notification("darkroom-dev-b", "photos", ("s3:ObjectCreated:Put",))
    [finding] = event_loops.overlap_findings([one, other])
    assert "darkroom-dev-a and darkroom-dev-b" in finding
    assert not list(event_loops.overlap_findings([one]))


@pytest.mark.parametrize(
    ("resource", "count"),
    [
        ("arn:aws:s3:::photos/processed/*", 0),
        ("arn:aws:s3:::photos/uploads/*", 1),
        ("arn:aws:s3:::photos/*", 1),
        ("arn:aws:s3:::others/uploads/*", 0),
    ],
)
def test_a_handler_that_may_write_where_it_listens_is_found(resource: str, count: int) -> None:
    listening = [Notification("darkroom-dev-resize_image", "photos", ("s3:ObjectCreated:*",), "uploads/")]
    policy = {"Statement": [{"Effect": "Allow", "Action": ["s3:PutObject"], "Resource": [resource]}]}
    found = list(event_loops.loop_findings(listening, lambda _name: policy, TARGET))
    assert len(found) == count
    assert all("policies/resize_image.json" in finding for finding in found)
