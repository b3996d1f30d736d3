"""Test a deployed stage: post a generated photo to the API, put one into S3 and one into landing, check the results."""

import base64
import http.client
import io
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from PIL import Image

from chalicelib.settings import Auth, Settings
from scripts.deployment.target import DeployError, Target, step

#: How many seconds a result may take, cold starts included.
TIMEOUT_SECONDS = 240.0
POLL_SECONDS = 1.0
_REMEDY = "read the logs (docs/runbook.md), remove the cause and run `make deploy` again"
#: The credential that a caller needs who does not sign, and the environment variable that holds it.
_CREDENTIALS = {Auth.API_KEY: ("a key", "API_KEY"), Auth.COGNITO: ("a token", "TOKEN")}


def create_client(target: Target, url: str, auth: Auth, environ: Mapping[str, str]) -> "ApiClient":
    """Return a client for the API of a stage.

    With IAM it signs each request. Otherwise it sends the API_KEY or the TOKEN in `environ`, if there is one.
    """
    credential = environ.get(_CREDENTIALS[auth][1], "") if auth in _CREDENTIALS else ""
    header = "Authorization" if auth is Auth.COGNITO else "x-api-key"
    return ApiClient(target, url, {header: credential} if credential else {}, signed=auth is Auth.IAM)


@dataclass(frozen=True)
class ApiClient:
    """A client for the deployed API. It sends `headers` with each request, and signs it if `signed`."""

    target: Target
    url: str
    headers: dict[str, str]
    signed: bool

    def request(self, method: str, path: str, body: bytes = b"", content_type: str = "") -> tuple[int, Any]:
        """Send a request; return the status and the body, which is parsed if it is JSON and bytes otherwise."""
        url = f"{self.url.rstrip('/')}/{path}"
        headers = self.headers | ({"Content-Type": content_type} if content_type else {})
        if self.signed:
            headers = self._sign(method, url, body, headers)
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.netloc, timeout=120)
        try:
            connection.request(method, url.partition(parts.netloc)[2], body or None, headers)
            response = connection.getresponse()
            data = response.read()
        finally:
            connection.close()
        return response.status, json.loads(data) if "json" in response.headers.get("Content-Type", "") else data

    def _sign(self, method: str, url: str, body: bytes, headers: dict[str, str]) -> dict[str, str]:
        request = AWSRequest(method, url, headers=headers, data=body)
        credentials = self.target.session.get_credentials()
        SigV4Auth(credentials, "execute-api", self.target.region).add_auth(request)
        return dict(request.headers)


def run_smoke_test(api: ApiClient, settings: Settings) -> None:
    """Send one photo through each entry point of the stage, and log what was not tested.

    Raises DeployError for the first failure.
    """
    with step("running the smoke test", _REMEDY):
        _wait("the API", lambda: _is_healthy(api))
        if settings.auth in _CREDENTIALS and not api.headers:
            _log_untested(api.target, settings.auth)
            return
        _check_post(api)
        uploaded = _put_photo(api, settings.images_bucket, "process")
        landed = _put_photo(api, settings.landing_bucket, "sanitize")
        _wait("the photo in the images bucket", lambda: _is_completed(api, uploaded))
        api.target.log("  a photo in the images bucket: processed")
        _wait("the photo in the landing bucket", lambda: _is_completed(api, landed))
        api.target.log("  a photo in the landing bucket: sanitized")


def photo() -> bytes:
    """Return a small JPEG with random pixels, so that no earlier run has posted it, and with a GPS position in EXIF."""
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (48.0, 51.0, 29.0)}
    buffer = io.BytesIO()
    Image.effect_noise((64, 48), 60).convert("RGB").save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


def _log_untested(target: Target, auth: Auth) -> None:
    credential, variable = _CREDENTIALS[auth]
    target.log("  the API answers GET /health")
    target.log(
        f"  NOT tested: POST and GET of images, S3 and landing, because AUTH={auth} needs {credential}. "
        f"Set {variable} and run it again (docs/reference.md, Access)."
    )


def _is_healthy(api: ApiClient) -> bool:
    """Return True if the public GET /health succeeds; API Gateway may need a while until it knows a new API."""
    try:
        status, body = api.request("GET", "health")
    except TimeoutError:
        return False
    if status not in (http.client.OK, http.client.FORBIDDEN):
        raise _error("GET /health", status, body)
    return status == http.client.OK


def _check_post(api: ApiClient) -> None:
    status, record = api.request("POST", "images", base64.b64encode(photo()), "text/plain")
    if status != http.client.OK:
        raise _error("POST /images", status, record)
    path = f"images/{record['id']}"
    status, record = api.request("GET", path)
    if (status, record.get("status")) != (http.client.OK, "completed"):
        raise _error(f"GET /{path}", status, record)
    status, body = api.request("GET", f"{path}/content")
    if status != http.client.SEE_OTHER:
        raise _error(f"GET /{path}/content", status, body)
    api.request("DELETE", path)
    api.target.log("  a photo posted, read back and deleted")


def _put_photo(api: ApiClient, bucket: str, purpose: str) -> str:
    """Put a photo into a bucket under a key that POST /uploads returned; return its id.

    An object under any other key has no owner, so the smoke test could neither read nor delete its record.
    """
    data = photo()
    upload = {"filename": "smoke.jpg", "content_type": "image/jpeg", "size": len(data), "purpose": purpose}
    status, body = api.request("POST", "uploads", json.dumps(upload).encode(), "application/json")
    if status != http.client.CREATED:
        raise _error("POST /uploads", status, body)
    api.target.client("s3").put_object(
        Bucket=bucket, Key=body["fields"]["key"], Body=data, ContentType=upload["content_type"]
    )
    return str(body["id"])


def _is_completed(api: ApiClient, image_id: str) -> bool:
    """Return True if a photo is completed, after deleting it with its variants."""
    status, record = api.request("GET", f"images/{image_id}")
    if status == http.client.OK and record["status"] in ("failed", "rejected"):
        raise _error(f"GET /images/{image_id}", status, record)
    completed = status == http.client.OK and record["status"] == "completed"
    if completed:
        api.request("DELETE", f"images/{image_id}")
    return bool(completed)


def _error(request: str, status: int, body: object) -> DeployError:
    return DeployError(f"the smoke test's {request} returned {status}: {body}. What to do: {_REMEDY}.")


def _wait(what: str, is_ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not is_ready():
        if time.monotonic() > deadline:
            raise DeployError(f"{what} was not ready after {TIMEOUT_SECONDS:g} s. What to do: {_REMEDY}.")
        time.sleep(POLL_SECONDS)
