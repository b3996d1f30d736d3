"""The smoke test: its credentials on each kind of stage, its requests, and its errors."""

import http.client
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any

import boto3
import pytest
from moto import mock_aws
from PIL import Image

from chalicelib.settings import Auth, Settings
from scripts.deployment import smoke
from scripts.deployment.patience import Patience
from scripts.deployment.target import DeployError, Target
from tests.scripts.deployment.fake_time import FakeTime
from tests.scripts.targets import discard

CREDENTIALS = {"API_KEY": "anns-key", "TOKEN": "a.b.c"}
URL = "http://127.0.0.1:9/"
HEALTHY = (200, {"status": "ok"})
POSTED = [(200, {"id": "a"}), (200, {"status": "completed"}), (303, b""), (204, b"")]
UPLOADS = [(201, {"id": image_id, "fields": {"key": f"uploads/{image_id}"}}) for image_id in ("b", "c")]


@dataclass(frozen=True)
class FakeApi(smoke.ApiClient):
    """Returns the given responses in order, and records the requests."""

    responses: list[Any] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def request(self, method: str, path: str, body: bytes = b"", content_type: str = "", key: str = "") -> Any:  # noqa: ARG002 -- the base's signature
        self.requests.append(f"{method} {path}")
        self.keys.extend([key] if key else [])
        response = self.responses.pop(0)
        if isinstance(response, Exception):
            raise response
        return response


@pytest.fixture
def buckets(settings: Settings) -> Iterator[Any]:
    with mock_aws():
        s3 = boto3.client("s3")
        for bucket in (settings.images_bucket, settings.landing_bucket):
            s3.create_bucket(Bucket=bucket)
        yield s3


def run(settings: Settings, responses: list[Any], auth: Auth = Auth.NONE) -> tuple[FakeApi, list[str]]:
    logged: list[str] = []
    api = FakeApi(Target("dev", log=logged.append), "", {}, signed=False, responses=responses)
    time = FakeTime()
    patience = Patience(clock=lambda: time.now, sleep=time.sleep)
    smoke.run_smoke_test(api, replace(settings, auth=auth), patience)
    return api, logged


@pytest.mark.parametrize(
    ("auth", "headers", "signed"),
    [
        (Auth.IAM, {}, True),
        (Auth.NONE, {}, False),
        (Auth.API_KEY, {"x-api-key": "anns-key"}, False),
        (Auth.COGNITO, {"Authorization": "a.b.c"}, False),
    ],
)
def test_the_client_sends_the_credentials_of_the_stage(auth: Auth, headers: dict[str, str], *, signed: bool) -> None:
    api = smoke.create_client(Target("dev"), URL, auth, CREDENTIALS)
    assert (api.headers, api.signed) == (headers, signed)


@pytest.mark.parametrize(("auth", "variable"), [(Auth.API_KEY, "API_KEY"), (Auth.COGNITO, "TOKEN")])
def test_without_a_credential_it_logs_what_it_did_not_test(settings: Settings, auth: Auth, variable: str) -> None:
    assert not smoke.create_client(Target("dev"), URL, auth, {}).headers
    api, logged = run(settings, [HEALTHY], auth)
    assert api.requests == ["GET health"]
    assert logged[-1].startswith("  NOT tested: POST and GET of images, S3 and landing")
    assert f"Set {variable} and run it again" in logged[-1]


def test_a_photo_goes_through_the_api_and_both_buckets(settings: Settings, buckets: Any) -> None:
    completed = (200, {"status": "completed"})
    api, logged = run(settings, [HEALTHY, *POSTED, *UPLOADS, completed, (204, b""), completed, (204, b"")])
    assert api.requests == [
        "GET health",
        *("POST images", "GET images/a", "GET images/a/content", "DELETE images/a"),
        *("POST uploads", "POST uploads"),
        *("GET images/b", "DELETE images/b", "GET images/c", "DELETE images/c"),
    ]
    for bucket, key in ((settings.images_bucket, "uploads/b"), (settings.landing_bucket, "uploads/c")):
        assert buckets.get_object(Bucket=bucket, Key=key)["ContentType"] == "image/jpeg"
    assert len(logged) == 3


@pytest.mark.parametrize(
    ("responses", "error"),
    [
        ([(404, b"no")], "GET /health returned 404"),
        ([HEALTHY, (422, {})], "POST /images returned 422"),
        ([HEALTHY, POSTED[0], (200, {"status": "failed"})], "GET /images/a returned 200: {'status': 'failed'}"),
        ([HEALTHY, *POSTED[:2], (200, b"")], "GET /images/a/content returned 200"),
        ([HEALTHY, *POSTED, (401, {})], "POST /uploads returned 401"),
        ([HEALTHY, *POSTED, *UPLOADS, (200, {"status": "rejected"})], "GET /images/b returned 200"),
    ],
)
def test_an_unexpected_response_stops_the_deployment_with_what_to_do(
    settings: Settings,
    buckets: Any,  # noqa: ARG001 -- the photos are put into them
    responses: list[tuple[int, Any]],
    error: str,
) -> None:
    with pytest.raises(DeployError) as raised:
        run(settings, responses)
    assert str(raised.value).startswith(f"the smoke test's {error}")
    assert "What to do: read the logs" in str(raised.value)


#: What a new API answers, or does not answer, in its first minutes.
GROWING_PAINS: tuple[Any, ...] = (
    (502, b"not yet"),
    (503, {}),
    (403, {"message": "Forbidden"}),
    socket.gaierror(-2, "Name or service not known"),
    ConnectionResetError(104, "Connection reset by peer"),
    http.client.RemoteDisconnected("closed"),
    http.client.IncompleteRead(b"{"),
    TimeoutError("timed out"),
)


@pytest.mark.parametrize("pain", GROWING_PAINS, ids=str)
def test_every_request_is_sent_again_until_the_new_api_answers(settings: Settings, buckets: Any, pain: Any) -> None:
    completed = (200, {"status": "completed"})
    answers = [HEALTHY, *POSTED, *UPLOADS, completed, (204, b""), completed, (204, b"")]
    api, logged = run(settings, [each for answer in answers for each in (pain, answer)])
    assert len(api.requests) == 2 * len(answers)
    assert len(logged) == 3
    # Both posts have one key, so they make one image.
    assert len(api.keys) == 2
    assert len(set(api.keys)) == 1
    assert buckets.list_objects_v2(Bucket=settings.images_bucket)["KeyCount"] == 1


@pytest.mark.parametrize("pain", GROWING_PAINS, ids=str)
def test_at_the_deadline_it_tells_the_last_answer(settings: Settings, pain: Any) -> None:
    with pytest.raises(DeployError, match=r"GET /health was not ready after 240 s\. The last answer: ") as raised:
        run(settings, [pain] * 300)
    assert (str(pain) if isinstance(pain, Exception) else f"returned {pain[0]}") in str(raised.value)
    assert "What to do: read the logs" in str(raised.value)


def test_a_delete_whose_first_answer_was_lost_finds_nothing(settings: Settings, buckets: Any) -> None:  # noqa: ARG001 -- the photos are put into them
    completed = (200, {"status": "completed"})
    lost = [ConnectionResetError(104, "reset"), (404, {"code": "image_not_found"})]
    api, _ = run(settings, [HEALTHY, *POSTED[:3], *lost, *UPLOADS, completed, *lost, completed, (204, b"")])
    assert not api.responses


def test_an_object_is_put_again_every_30_seconds_until_its_event_comes(settings: Settings, buckets: Any) -> None:
    for bucket in (settings.images_bucket, settings.landing_bucket):
        buckets.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    completed, pending = (200, {"status": "completed"}), (200, {"status": "pending"})
    first, second = [pending] * 70 + [completed, (204, b"")], [completed, (204, b"")]
    run(settings, [HEALTHY, *POSTED, *UPLOADS, *first, *second])
    versions = buckets.list_object_versions(Bucket=settings.images_bucket)["Versions"]
    assert [each["Key"] for each in versions] == ["uploads/b"] * 3
    assert len({each["ETag"] for each in versions}) == 1


@pytest.mark.parametrize(
    ("data", "media_type", "parsed"),
    [
        (b'{"a": 1}', "application/json", {"a": 1}),
        (b"", "application/json", b""),
        (b'{"a"', "application/problem+json", b'{"a"'),
        (b"{}", "text/plain", b"{}"),
    ],
)
def test_a_body_that_only_claims_to_be_json_is_bytes(data: bytes, media_type: str, parsed: object) -> None:
    assert smoke._parsed(data, media_type) == parsed


def test_a_signed_request_has_a_signature_for_api_gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    api = smoke.create_client(Target("dev", log=discard), URL, Auth.IAM, {})
    headers = api._sign("GET", f"{URL}images", b"", {})
    assert "/eu-west-1/execute-api/aws4_request" in headers["Authorization"]


def test_each_photo_is_new_and_has_a_position() -> None:
    photos = [smoke.photo() for _ in range(2)]
    assert photos[0] != photos[1]
    with Image.open(BytesIO(photos[0])) as image:
        assert image.getexif().get_ifd(0x8825)[1] == "N"
