"""The smoke test of a deployed stage: a generated photo through the API, S3 and landing, and what comes out of it."""

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

#: Seconds that a result may take, cold starts included; and between two looks.
PATIENCE, PAUSE = 240.0, 1.0
_REMEDY = "look into the logs (docs/runbook.md) and run `make deploy` again"
#: What a caller must have who cannot sign, and the variable of the shell in which the smoke test looks for it.
_ASKED = {Auth.API_KEY: ("a key", "API_KEY"), Auth.COGNITO: ("a token", "TOKEN")}


def api_client_of(target: Target, url: str, auth: Auth, environ: Mapping[str, str]) -> "ApiClient":
    """Build the client of a stage: signed under IAM, else with the API_KEY or the TOKEN of a shell, where it has one."""
    sent = environ.get(_ASKED[auth][1], "") if auth in _ASKED else ""
    header = "Authorization" if auth is Auth.COGNITO else "x-api-key"
    return ApiClient(target, url, {header: sent} if sent else {}, signed=auth is Auth.IAM)


@dataclass(frozen=True)
class ApiClient:
    """The API as this deployment's own credentials meet it; `headers` go with each call."""

    target: Target
    url: str
    headers: dict[str, str]
    signed: bool

    def ask(self, method: str, path: str, body: bytes = b"", media: str = "") -> tuple[int, Any]:
        """Send one request; returns the status and the answer, read as JSON where it is."""
        url = f"{self.url.rstrip('/')}/{path}"
        headers = self.headers | ({"Content-Type": media} if media else {})
        if self.signed:
            headers = self._sign(method, url, body, headers)
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.netloc, timeout=120)
        try:
            connection.request(method, url.partition(parts.netloc)[2], body or None, headers)
            answer = connection.getresponse()
            data = answer.read()
        finally:
            connection.close()
        return answer.status, json.loads(data) if "json" in answer.headers.get("Content-Type", "") else data

    def _sign(self, method: str, url: str, body: bytes, headers: dict[str, str]) -> dict[str, str]:
        request = AWSRequest(method, url, headers=headers, data=body)
        credentials = self.target.session.get_credentials()
        SigV4Auth(credentials, "execute-api", self.target.region).add_auth(request)
        return dict(request.headers)


def run_smoke_test(api: ApiClient, settings: Settings) -> None:
    """Try the API, S3 and landing once and tell what could not be tried; raises DeployError at the first that stays shut."""
    with step("running the smoke test", _REMEDY):
        _wait("the API", lambda: _lives(api))
        if settings.auth in _ASKED and not api.headers:
            asked, variable = _ASKED[settings.auth]
            api.target.log("  the API answers GET /health")
            api.target.log(
                f"  NOT tried: posting, reading, S3 and landing, since AUTH={settings.auth} asks for {asked}: "
                f"run it again with {variable} set (README, Access)"
            )
            return
        _post(api)
        dropped = _drop(api, settings.images_bucket, "process")
        landed = _drop(api, settings.landing_bucket, "sanitize")
        _wait("the photo that was dropped into S3", lambda: _completed(api, dropped))
        api.target.log("  a photo dropped into S3: processed")
        _wait("the photo that landed", lambda: _completed(api, landed))
        api.target.log("  a photo dropped into landing: scrubbed")


def photo() -> bytes:
    """Make a small JPEG that no earlier run has made, with a position in its EXIF."""
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (48.0, 51.0, 29.0)}
    made = io.BytesIO()
    Image.effect_noise((64, 48), 60).convert("RGB").save(made, "JPEG", exif=exif)
    return made.getvalue()


def _lives(api: ApiClient) -> bool:
    """Tell whether the public GET /health answers; API Gateway may need a while to know the paths of a new API."""
    try:
        status, answer = api.ask("GET", "health")
    except TimeoutError:
        return False
    if status not in (http.client.OK, http.client.FORBIDDEN):
        raise DeployError(f"GET /health was answered {status}: {answer}. How to go on: {_REMEDY}.")
    return status == http.client.OK


def _post(api: ApiClient) -> None:
    status, record = api.ask("POST", "images", base64.b64encode(photo()), "text/plain")
    if status != http.client.OK:
        raise DeployError(f"the smoke test's photo was answered {status}: {record}. How to go on: {_REMEDY}.")
    status, again = api.ask("GET", f"images/{record['id']}")
    if (status, again.get("status")) != (http.client.OK, "completed"):
        raise DeployError(f"the smoke test's record was answered {status}: {again}. How to go on: {_REMEDY}.")
    status, _ = api.ask("GET", f"images/{record['id']}/content")
    if status != http.client.SEE_OTHER:
        raise DeployError(f"the smoke test's result was answered {status} instead of a link. How to go on: {_REMEDY}.")
    api.ask("DELETE", f"images/{record['id']}")
    api.target.log("  a photo posted, read back and deleted")


def _drop(api: ApiClient, bucket: str, purpose: str) -> str:
    """Put a photo under a key that the API has given out, and return its id.

    What comes through S3 without a ticket belongs to nobody who calls: its record could be neither read nor deleted.
    """
    data = photo()
    ticket = {"filename": "smoke.jpg", "content_type": "image/jpeg", "size": len(data), "purpose": purpose}
    status, answer = api.ask("POST", "uploads", json.dumps(ticket).encode(), "application/json")
    if status != http.client.CREATED:
        raise DeployError(f"the smoke test's ticket was answered {status}: {answer}. How to go on: {_REMEDY}.")
    api.target.client("s3").put_object(
        Bucket=bucket, Key=answer["fields"]["key"], Body=data, ContentType=ticket["content_type"]
    )
    return str(answer["id"])


def _completed(api: ApiClient, image_id: str) -> bool:
    """Tell whether a photo is done, and then delete it with its results."""
    status, record = api.ask("GET", f"images/{image_id}")
    if status == http.client.OK and record["status"] in ("failed", "rejected"):
        raise DeployError(f"the smoke test's photo ended as {record}. How to go on: {_REMEDY}.")
    done = status == http.client.OK and record["status"] == "completed"
    if done:
        api.ask("DELETE", f"images/{image_id}")
    return bool(done)


def _wait(what: str, done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > deadline:
            raise DeployError(f"{what} was not ready after {PATIENCE:g} s. How to go on: {_REMEDY}.")
        time.sleep(PAUSE)
