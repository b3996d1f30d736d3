"""The smoke test: its credentials on each kind of stage, its requests, and its errors."""

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
from scripts.deployment.target import DeployError, Target
from tests.scripts.targets import discard

CREDENTIALS = {"API_KEY": "anns-key", "TOKEN": "a.b.c"}
URL = "http://127.0.0.1:9/"
HEALTHY = (200, {"status": "ok"})
POSTED = [(200, {"id": "a"}), (200, {"status": "completed"}), (303, b""), (204, b"")]
UPLOADS = [(201, {"id": image_id, "fields": {"key": f"uploads/{image_id}"}}) for image_id in ("b", "c")]


@dataclass(frozen=True)
class FakeApi(smoke.ApiClient):
    """Returns the given responses in order, and records the requests."""

    responses: list[tuple[int, Any]] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def request(self, method: str, path: str, body: bytes = b"", content_type: str = "") -> tuple[int, Any]:  # noqa: ARG002 -- the base's signature
        self.requests.append(f"{method} {path}")
        return self.responses.pop(0)


@pytest.fixture
def buckets(settings: Settings) -> Iterator[Any]:
    with mock_aws():
        s3 = boto3.client("s3")
        for bucket in (settings.images_bucket, settings.landing_bucket):
            s3.create_bucket(Bucket=bucket)
        yield s3


def run(settings: Settings, responses: list[tuple[int, Any]], auth: Auth = Auth.NONE) -> tuple[FakeApi, list[str]]:
    logged: list[str] = []
    api = FakeApi(Target("dev", log=logged.append), "", {}, signed=False, responses=responses)
    smoke.run_smoke_test(api, replace(settings, auth=auth))
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
        ([(502, b"no")], "GET /health returned 502"),
        ([HEALTHY, (500, {})], "POST /images returned 500"),
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
