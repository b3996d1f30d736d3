"""Base64 that was damaged on its way, at each route that takes a photo: never the photo's fault, and nothing stored."""

import base64
import json

import pytest
from chalice.test import Client

from chalicelib.backends import Backends
from tests import stage
from tests.flows.photos import photo

TEXT = base64.b64encode(photo()).decode()


@pytest.mark.parametrize("path", ["/images", "/inspect", "/sanitize"])
@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("text/plain", TEXT.replace("+", " ")),
        ("application/x-www-form-urlencoded", TEXT.replace("+", " ")),
        ("application/x-www-form-urlencoded", f"image={TEXT}"),
        ("application/json", json.dumps({"image": TEXT.replace("+", " ")})),
        ("application/json", json.dumps({"image": f"-----BEGIN CERTIFICATE-----\n{TEXT}\n-----END CERTIFICATE-----"})),
        ("image/jpeg", TEXT),
        ("application/octet-stream", f"data:image/jpeg;base64,{TEXT}"),
    ],
)
def test_damaged_base64_is_refused_with_a_guess(
    client: Client, backends: Backends, path: str, media_type: str, body: str
) -> None:
    response = client.http.post(path, headers={"Content-Type": media_type}, body=body.encode())

    assert (response.status_code, response.json_body["code"]) == (400, "bad_base64")
    assert stage.record_count(backends.settings.images_table) == 0
