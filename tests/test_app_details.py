"""The values of a photo are in the answer that asks for them, and nowhere else in a whole run."""

import base64
import io
import json
import logging
from typing import Any

import pytest
from chalice.test import Client
from PIL import Image

from chalicelib import telemetry
from chalicelib.backends import Backends
from chalicelib.flows import resize, sanitize
from tests import stage
from tests.flows.deliveries import s3_record
from tests.flows.photos import photo
from tests.imaging.metadata.details import builders

RAW = {"Content-Type": "image/jpeg"}
SECRETS = {
    "make": "Tattletale Cameras",
    "artist": "Ann Onym-Artist",
    "serial": "SERIAL-778899",
    "time": "2019:03:04 05:06:07",
    "caption": "at grandmother's house",
    "title": "A title of my own",
    "comment": "a comment for nobody",
}


def telling_photo() -> bytes:
    """Make a photo with a value of each kind: EXIF, GPS, a thumbnail, XMP and a comment."""
    first = {0x010F: SECRETS["make"], 0x013B: SECRETS["artist"], 0x010E: SECRETS["caption"]}
    block = builders.exif(first, {0xA431: SECRETS["serial"], 0x9003: SECRETS["time"]}, builders.GPS)
    block = builders.with_thumbnail(block, builders.thumbnail())
    image, buffer = Image.open(io.BytesIO(photo())), io.BytesIO()
    xmp = builders.packet(f"<dc:title>{SECRETS['title']}</dc:title>")
    image.save(buffer, "JPEG", exif=b"Exif\0\0" + block, xmp=xmp, comment=SECRETS["comment"].encode(), quality="keep")
    return buffer.getvalue()


def inspect(client: Client, query: str) -> Any:
    response = client.http.post(f"/inspect{query}", headers=RAW, body=telling_photo())
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    return response.json_body


def test_details_are_in_the_answer_if_the_caller_asks_for_them(client: Client) -> None:
    details = inspect(client, "?details=true")["details"]
    assert details["position"]["latitude"] == pytest.approx(builders.LATITUDE, abs=1e-9)
    assert details["position"]["longitude"] == pytest.approx(builders.LONGITUDE, abs=1e-9)
    assert details["serials"] == [{"name": "BodySerialNumber", "value": SECRETS["serial"], "source": "EXIF"}]
    [thumbnail] = details["thumbnails"]
    assert base64.b64decode(thumbnail["data_uri"].partition(",")[2]) == builders.thumbnail()
    assert not [name for name, value in SECRETS.items() if value not in json.dumps(details)]


@pytest.mark.parametrize("query", ["", "?details=false"])
def test_no_answer_has_values_that_nobody_asked_for(client: Client, query: str) -> None:
    answer = inspect(client, query)
    assert set(answer) == {"findings"}
    assert not [name for name, value in SECRETS.items() if value in json.dumps(answer)]


def test_the_option_is_true_or_false_and_belongs_to_this_route(client: Client) -> None:
    for path, code in (("/inspect?details=perhaps", "bad_option"), ("/sanitize?details=true", "unknown_option")):
        answer = client.http.post(path, headers=RAW, body=telling_photo())
        assert (answer.status_code, answer.json_body["code"]) == (400, code)


def test_details_can_be_a_member_of_the_json(client: Client) -> None:
    document = {"image": base64.b64encode(telling_photo()).decode(), "details": True}
    answer = client.http.post(
        "/inspect", headers={"Content-Type": "application/json"}, body=json.dumps(document).encode()
    )
    assert answer.json_body["details"]["complete"] is True


@pytest.mark.parametrize(
    ("path", "name", "value", "expected"),
    [
        ("/inspect", "details", "true", SECRETS["serial"]),
        ("/sanitize", "keep", "copyright", '"copyright":{"count":1'),
    ],
)
def test_the_options_can_be_fields_of_a_form(client: Client, path: str, name: str, value: str, expected: str) -> None:
    field = f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    file = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
        + telling_photo()
        + b"\r\n--x--\r\n"
    )
    answer = client.http.post(path, headers={"Content-Type": "multipart/form-data; boundary=x"}, body=field + file)
    assert answer.status_code == 200
    assert expected in answer.body.decode()


def test_no_log_record_event_or_metric_of_a_whole_run_has_a_value(
    client: Client, backends: Backends, capfd: pytest.CaptureFixture[str]
) -> None:
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(telemetry.JsonFormatter())
    telemetry.log.addHandler(handler)
    inbox = stage.Inbox(backends.settings.images_topic)
    try:
        run_everything(client, backends)
    finally:
        telemetry.log.removeHandler(handler)
    printed = capfd.readouterr()
    told = inbox.read()
    assert len(told) >= 4
    written = lines.getvalue() + printed.out + printed.err + stored_records(backends) + json.dumps(told)
    assert "SanitizeRejected" in written  # metrics are among the lines
    assert '"message":"request"' in written
    assert "sanitized" in written
    thumbnail = base64.b64encode(builders.thumbnail()).decode()
    values = [*SECRETS.values(), "33.8567", "70.6504", "241.25", thumbnail[:40]]
    assert not [value for value in values if value in written]


def run_everything(client: Client, backends: Backends) -> None:
    """Send the photo every way: all routes, both buckets, and a photo that is rejected."""
    data, settings = telling_photo(), backends.settings
    inspect(client, "?details=true")
    for path in ("/images", "/sanitize"):
        assert client.http.post(path, headers=RAW, body=data).status_code == 200
    for path in ("/inspect?details=true", "/sanitize"):
        assert client.http.post(path, headers=RAW, body=data[:-300]).status_code == 422
    for bucket, handle in ((settings.images_bucket, resize.handle), (settings.landing_bucket, sanitize.handle)):
        for number, content in enumerate((data, data[:-300])):
            stage.put(bucket, f"uploads/{number}.jpg", content)
            handle(backends, s3_record(bucket, f"uploads/{number}.jpg"), f"delivery {number}")


def stored_records(backends: Backends) -> str:
    """Return everything that the table of images holds."""
    return json.dumps(stage.dynamodb().scan(TableName=backends.settings.images_table)["Items"], default=str)
