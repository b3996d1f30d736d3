"""Test a deployed stage: post a generated photo to the API, put one into S3 and one into landing, check the results."""

import base64
import http.client
import io
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from PIL import Image

from chalicelib.settings import Auth, Settings
from scripts.deployment.patience import NotReady, Patience
from scripts.deployment.target import DeployError, Target, step

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

    def request(
        self, method: str, path: str, body: bytes = b"", content_type: str = "", key: str = ""
    ) -> tuple[int, Any]:
        """Send a request; return the status and the body, which is parsed if it is JSON and bytes otherwise.

        `key` is the Idempotency-Key.
        """
        url = f"{self.url.rstrip('/')}/{path}"
        named = {"Content-Type": content_type, "Idempotency-Key": key}
        headers = self.headers | {name: value for name, value in named.items() if value}
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
        return response.status, _parsed(data, response.headers.get("Content-Type", ""))

    def _sign(self, method: str, url: str, body: bytes, headers: dict[str, str]) -> dict[str, str]:
        request = AWSRequest(method, url, headers=headers, data=body)
        credentials = self.target.session.get_credentials()
        SigV4Auth(credentials, "execute-api", self.target.region).add_auth(request)
        return dict(request.headers)


def _parsed(data: bytes, media_type: str) -> Any:
    """Return the JSON of a body, or its bytes. API Gateway names an empty 204 and a cut body JSON too."""
    try:
        return json.loads(data) if "json" in media_type else data
    except ValueError:
        return data


def run_smoke_test(api: ApiClient, settings: Settings, patience: Patience | None = None) -> None:
    """Send one photo through each entry point of the stage, and log what was not tested.

    Raises DeployError for the first failure.
    """
    with step("running the smoke test", _REMEDY):
        run = _Run(api, patience or Patience())
        run.send(http.client.OK, "GET", "health")
        if settings.auth in _CREDENTIALS and not api.headers:
            _log_untested(api.target, settings.auth)
            return
        run.check_post()
        uploads = [run.put_photo(settings.images_bucket, "process"), run.put_photo(settings.landing_bucket, "sanitize")]
        for upload, done in zip(uploads, ("images bucket: processed", "landing bucket: sanitized"), strict=True):
            run.check_upload(upload, f"the photo in the {done.partition(':')[0]}")
            api.target.log(f"  a photo in the {done}")


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


@dataclass
class _Upload:
    """A photo under the key of a form, and when it was put there the last time."""

    image_id: str
    bucket: str
    key: str
    data: bytes
    put_at: float = 0.0


@dataclass(frozen=True)
class _Run:
    """Sends the requests of one smoke test, each until it is answered: a new API may fail for a while."""

    api: ApiClient
    patience: Patience

    def check_post(self) -> None:
        """Post a photo, read it back and delete it. Its key makes a repeated post find the first one's image."""
        photo_text, key = base64.b64encode(photo()), secrets.token_hex(16)
        record = self.send(http.client.OK, "POST", "images", photo_text, "text/plain", key)
        path = f"images/{record['id']}"
        read = self.send(http.client.OK, "GET", path)
        if read.get("status") != "completed":
            raise _error(f"GET /{path}", http.client.OK, read)
        self.send(http.client.SEE_OTHER, "GET", f"{path}/content")
        self.send(http.client.NO_CONTENT, "DELETE", path)
        self.api.target.log("  a photo posted, read back and deleted")

    def put_photo(self, bucket: str, purpose: str) -> _Upload:
        """Put a photo into a bucket under a key that POST /uploads returned.

        An object under any other key has no owner, so the smoke test could neither read nor delete its record.
        """
        data = photo()
        wanted = {"filename": "smoke.jpg", "content_type": "image/jpeg", "size": len(data), "purpose": purpose}
        body = self.send(http.client.CREATED, "POST", "uploads", json.dumps(wanted).encode(), "application/json")
        upload = _Upload(str(body["id"]), bucket, body["fields"]["key"], data)
        self._put(upload)
        return upload

    def check_upload(self, upload: _Upload, what: str) -> None:
        """Wait until a photo is completed, putting it again from time to time, and delete it with its variants."""
        self.patience.wait(what, lambda: self._check_completed(upload), _REMEDY)
        self.send(http.client.NO_CONTENT, "DELETE", f"images/{upload.image_id}")

    def _check_completed(self, upload: _Upload) -> None:
        status, record = self.api.request("GET", f"images/{upload.image_id}")
        if status == http.client.OK and record["status"] in ("failed", "rejected"):
            raise _error(f"GET /images/{upload.image_id}", status, record)
        if status != http.client.OK or record["status"] != "completed":
            if self.patience.clock() - upload.put_at >= self.patience.put_again:
                self._put(upload)
            raise NotReady(f"GET /images/{upload.image_id} returned {status}: {record}")

    def _put(self, upload: _Upload) -> None:
        s3 = self.api.target.client("s3")
        s3.put_object(Bucket=upload.bucket, Key=upload.key, Body=upload.data, ContentType="image/jpeg")
        upload.put_at = self.patience.clock()

    def send(self, expected: int, method: str, path: str, *arguments: Any) -> Any:
        """Send a request until its answer is neither a 403 nor a 5xx, as a new API gives, and return the body.

        Raises DeployError for another status than the expected one.
        """
        name = f"{method} /{path}"

        def attempt() -> tuple[int, Any]:
            status, body = self.api.request(method, path, *arguments)
            if status == http.client.FORBIDDEN or status >= http.client.INTERNAL_SERVER_ERROR:
                raise NotReady(f"{name} returned {status}: {body}")
            return status, body

        status, body = self.patience.wait(name, attempt, _REMEDY)
        # A DELETE whose first answer was lost finds nothing any more.
        if status != expected and (method, status) != ("DELETE", http.client.NOT_FOUND):
            raise _error(name, status, body)
        return body


def _error(request: str, status: int, body: object) -> DeployError:
    return DeployError(f"the smoke test's {request} returned {status}: {body}. What to do: {_REMEDY}.")
