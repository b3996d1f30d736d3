"""An option that is not UTF-8 is a 400 at every way in, and an object in S3 that has one is rejected."""

import json
from dataclasses import replace
from email.header import Header
from typing import Any

import pytest
from chalice.test import Client

from chalicelib.backends import Backends
from chalicelib.flows.object_created import ObjectCreated
from chalicelib.flows.object_options import decode_metadata, with_options
from chalicelib.records import Status
from tests import stage
from tests.flows.photos import photo
from tests.flows.test_object_options import put
from tests.rest.test_form import form

PHOTO = ("file", ("photo.jpg", photo()))


@pytest.mark.parametrize("query", ["watermark=%ff", "watermark=Caf%E9", "%ff=1", "filename=%E9", "gravity=%ff"])
@pytest.mark.parametrize("path", ["/images", "/uploads"])
def test_a_query_that_is_not_utf8_is_refused(client: Client, backends: Backends, path: str, query: str) -> None:
    body, kind = (photo(), "image/jpeg") if path == "/images" else (b'{"size": 9}', "application/json")
    response = client.http.post(f"{path}?{query}", headers={"Content-Type": kind}, body=body)
    assert response.status_code == 400
    assert response.json_body["code"] in ("bad_option", "unknown_option")
    assert stage.record_count(backends.settings.images_table) == 0


def test_a_form_that_is_not_utf8_is_refused(client: Client) -> None:
    body, content_type = form(("watermark", (None, b"Caf\xe9")), PHOTO)
    multipart = client.http.post("/images", headers={"Content-Type": content_type}, body=body)
    urlencoded = client.http.post(
        "/uploads", headers={"Content-Type": "application/x-www-form-urlencoded"}, body=b"size=9&watermark=%e9"
    )
    assert [(each.status_code, each.json_body["code"]) for each in (multipart, urlencoded)] == [
        (400, "bad_option"),
        (400, "bad_form"),
    ]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"size": 9, "watermark": "Caf\xe9"}', "bad_json"),
        (b'{"size": 9, "watermark": "\\ud800"}', "bad_option"),
        (b'{"size": 9, "\\udcff": 1}', "bad_option"),
        (json.dumps({"size": 9, "watermark": "\ufffd"}).encode(), "bad_option"),
    ],
)
def test_json_that_is_not_utf8_is_refused(client: Client, body: bytes, code: str) -> None:
    response = client.http.post("/uploads", headers={"Content-Type": "application/json"}, body=body)
    assert (response.status_code, response.json_body["code"] in (code, "unknown_option")) == (400, True)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ("", ""),
        ("© Zoë".encode().decode("latin-1"), "© Zoë"),
        (Header("© Zoë", "utf-8").encode(), "© Zoë"),
        ("=?ISO-8859-1?Q?Caf=E9?=", "Café"),
        ("Caf\xe9", "\ufffd"),
        ("=?UTF-8?Q?Caf=E9?=", "\ufffd"),
        ("=?nonsense?Q?x?=", "\ufffd"),
        ("=?UTF-8?B?!?=", "\ufffd"),
        ("\u6697", "\ufffd"),
    ],
)
def test_metadata_of_an_object_is_decoded(value: str, text: str) -> None:
    assert decode_metadata(value) == text


def test_a_photo_whose_metadata_is_not_utf8_is_rejected(backends: Backends) -> None:
    record = put(backends, "uploads/a.jpg", watermark="=?UTF-8?Q?Caf=E9?=")
    assert (record.status, record.error and record.error.code) == (Status.REJECTED, "bad_option")
    good = put(backends, "uploads/b.jpg", watermark=Header("Café", "utf-8").encode())
    assert (good.status, good.recipe["watermark"]) == (Status.COMPLETED, "Café")


def test_bytes_in_the_metadata_are_read_as_utf8(backends: Backends) -> None:
    """No client of this test can send such a header, but others can."""

    class Heads:
        def head(self, *names: str) -> Any:
            return replace(backends.storage.head(*names), metadata={"watermark": "Caf\xc3\xa9"})

    storage: Any = Heads()
    variant = stage.put(backends.settings.images_bucket, "uploads/a.jpg", photo())
    event = ObjectCreated(variant.bucket, variant.key, "delivery", variant.version_id, variant.etag)
    assert with_options(replace(backends, storage=storage), event).options == {"watermark": "Café"}
