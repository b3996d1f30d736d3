"""The routes, called with Chalice's test client: status, code, headers and body of each answer."""

import base64
import io
import json
import re

import pytest
from chalice.test import Client, HTTPResponse

from app import app
from chalicelib import telemetry
from chalicelib.backends import Backends, current
from chalicelib.flows import dogs
from tests import stage
from tests.conftest import ROOT
from tests.flows.photos import opened, photo

TEXT = {"Content-Type": "text/plain"}
JSON = {"Content-Type": "application/json"}


def post_text(client: Client, data: bytes, path: str = "/images", **headers: str) -> HTTPResponse:
    return client.http.post(path, headers=TEXT | headers, body=base64.encodebytes(data))


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (TEXT, base64.encodebytes(photo())),
        (TEXT, b"data:image/jpeg;base64," + base64.b64encode(photo())),
        (TEXT, base64.urlsafe_b64encode(photo()).rstrip(b"=")),
        ({"Content-Type": "application/x-www-form-urlencoded"}, base64.b64encode(photo())),
        (JSON, json.dumps({"image": base64.b64encode(photo()).decode(), "filename": "a.jpg"}).encode()),
        ({"Content-Type": "image/jpeg"}, photo()),
        ({"Content-Type": "application/octet-stream"}, photo()),
    ],
)
def test_a_photo_is_accepted_in_every_content_type(client: Client, headers: dict[str, str], body: bytes) -> None:
    response = client.http.post("/images", headers=headers, body=body)

    assert response.status_code == 200
    image = response.json_body
    assert response.headers["Location"] == f"images/{image['id']}"
    assert image["key"] == f"processed/{image['id']}.png"
    assert (image["status"], image["format"], image["width"]) == ("completed", "PNG", 640)
    assert set(image["links"]) == {"processed", "resized"}


def test_options_can_be_in_the_query_or_in_the_json(client: Client, backends: Backends) -> None:
    by_query = post_text(client, photo(), "/images?width=64&format=jpeg&grayscale=false&filename=x").json_body
    document = {"image": base64.b64encode(photo()).decode(), "width": 64, "format": "jpeg", "grayscale": False}
    by_json = client.http.post("/images", headers=JSON, body=json.dumps(document).encode()).json_body

    outputs = [stage.read(backends.settings.images_bucket, each["key"]) for each in (by_query, by_json)]
    assert outputs[0] == outputs[1]
    assert opened(outputs[0]).size == (64, 48)


BAD_REQUESTS = [
    ("POST", "/images", TEXT, b"", 400, "empty_body"),
    ("POST", "/images", TEXT, b"   \n", 400, "empty_body"),
    ("POST", "/images", TEXT, b"abc*def=", 400, "bad_base64"),
    ("POST", "/images", TEXT, b"abcde", 400, "bad_base64"),
    ("POST", "/images", TEXT, base64.b64encode(b"not an image"), 415, "unsupported_format"),
    ("POST", "/images", TEXT, base64.b64encode(photo()[:-99]), 422, "truncated_image"),
    ("POST", "/images", TEXT, b"A" * 6_000_001, 413, "body_too_large"),
    ("POST", "/images", {"Content-Type": "image/jpeg"}, b"\xff" * 4_600_000, 413, "body_too_large"),
    ("POST", "/images", {"Content-Type": "multipart/form-data"}, b"x", 400, "bad_form"),
    ("POST", "/images", {}, b"x", 415, "unsupported_media_type"),
    ("POST", "/images", JSON, b"{", 400, "bad_json"),
    ("POST", "/images", JSON, b"[" * 100_000, 400, "bad_json"),
    ("POST", "/images", JSON, b"[]", 400, "bad_json"),
    ("POST", "/images", JSON, b'{"image": 5}', 400, "bad_json"),
    ("POST", "/images", JSON, b'{"image": "AAAA", "width": []}', 400, "bad_option"),
    ("POST", "/images", JSON, b'{"image": "AAAA", "filename": "\\ud800"}', 400, "bad_option"),
    ("POST", "/images?colour=red", TEXT, base64.b64encode(photo()), 400, "unknown_option"),
    ("POST", "/images?width=0", TEXT, base64.b64encode(photo()), 400, "out_of_range"),
    ("POST", "/images?width=9&width=8", TEXT, base64.b64encode(photo()), 400, "bad_option"),
    ("POST", "/images?quality=101", TEXT, base64.b64encode(photo()), 400, "out_of_range"),
    ("POST", "/images?filename=" + "n" * 256, TEXT, base64.b64encode(photo()), 400, "name_too_long"),
    ("POST", "/images", TEXT | {"Idempotency-Key": ""}, base64.b64encode(photo()), 400, "bad_option"),
    ("POST", "/uploads", JSON, b'{"content_type": "image/jpeg"}', 400, "bad_option"),
    ("POST", "/uploads", JSON, b'{"content_type": "text/html", "size": 5}', 415, "unsupported_format"),
    ("POST", "/uploads", JSON, b'{"content_type": "image/png", "size": 999999999}', 413, "object_too_large"),
    ("POST", "/uploads", JSON, b'{"content_type": "image/png", "size": 5, "purpose": "x"}', 400, "bad_option"),
    ("POST", "/inspect", TEXT, base64.b64encode(b"BM" + bytes(60)), 422, "bmp_header"),
    ("POST", "/sanitize?width=5", TEXT, base64.b64encode(photo()), 400, "unknown_option"),
    ("GET", "/images?limit=101", {}, b"", 400, "out_of_range"),
    ("GET", "/images?next_token=AAAA", {}, b"", 400, "bad_page_token"),
    ("GET", "/images?next_token=%C3%A9", {}, b"", 400, "bad_page_token"),
    ("GET", "/images?status=lost", {}, b"", 400, "bad_option"),
    ("GET", "/images?sort=up", {}, b"", 400, "unknown_option"),
    ("GET", "/dogs?limit=0", {}, b"", 400, "out_of_range"),
    ("GET", "/dogs?next_token=AAAA", {}, b"", 400, "bad_page_token"),
    ("GET", "/dogs?breed=pug", {}, b"", 400, "unknown_option"),
    ("GET", "/images?key=uploads/none.jpg", {}, b"", 404, "image_not_found"),
    ("GET", "/images/" + "0" * 32, {}, b"", 404, "image_not_found"),
    ("GET", "/images/..%2f..", {}, b"", 404, "image_not_found"),
    ("DELETE", "/images/" + "0" * 32, {}, b"", 404, "image_not_found"),
    ("GET", "/images/" + "0" * 32 + "/content?variant=X", {}, b"", 400, "bad_option"),
    ("PUT", "/images", {}, b"", 405, "method_not_allowed"),
]


@pytest.mark.parametrize(("method", "path", "headers", "body", "status", "code"), BAD_REQUESTS)
def test_a_bad_request_is_answered_with_a_problem_and_stores_nothing(
    client: Client,
    backends: Backends,
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes,
    status: int,
    code: str,
) -> None:
    response = client.http.request(method, path, headers=headers, body=body)

    problem = response.json_body
    assert (response.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert response.headers["Content-Type"] == "application/problem+json"
    assert set(problem) >= {"type", "title", "detail", "request_id"}
    assert problem["request_id"] == response.headers["X-Request-Id"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert stage.keys(backends.settings.images_bucket) == []
    assert stage.record_count(backends.settings.images_table) == 0


def test_an_error_has_the_limit_and_the_actual_value(client: Client) -> None:
    problem = client.http.post("/images", headers=TEXT, body=b"A" * 6_000_001).json_body

    assert (problem["limit"], problem["actual"]) == (6_000_000, 8_000_004)  # API Gateway sends text as base64, too
    assert "POST /uploads" in problem["detail"]


def test_an_image_can_be_read_listed_downloaded_and_deleted(client: Client, backends: Backends) -> None:
    image = post_text(client, photo()).json_body

    shown = client.http.get(f"/images/{image['id']}")
    assert {**shown.json_body, "links": 0} == {**image, "links": 0}
    assert shown.headers["Cache-Control"] == "no-store"
    assert [each["id"] for each in client.http.get("/images").json_body["items"]] == [image["id"]]
    content = client.http.get(f"/images/{image['id']}/content?variant=resized")
    assert content.status_code == 303
    assert f"/resized/{image['id']}.jpg?" in content.headers["Location"]

    assert client.http.delete(f"/images/{image['id']}").status_code == 204
    assert client.http.get(f"/images/{image['id']}").status_code == 404
    assert stage.keys(backends.settings.images_bucket) == []


def test_an_asynchronous_post_is_accepted_and_its_content_is_not_ready(client: Client) -> None:
    response = post_text(client, photo(), Prefer="wait=5, Respond-Async")

    image = response.json_body
    assert (response.status_code, response.headers["Preference-Applied"]) == (202, "respond-async")
    assert (image["status"], image["key"]) == ("pending", f"uploads/{image['id']}/original.jpg")
    content = client.http.get(f"/images/{image['id']}/content")
    assert (content.status_code, content.json_body["code"]) == (409, "image_not_ready")
    assert int(content.headers["Retry-After"]) >= 1


def test_the_pages_have_every_image_once(client: Client) -> None:
    ids = [post_text(client, photo((20 + n, 20))).json_body["id"] for n in range(5)]

    seen, path = [], "/images?limit=2"
    while path:
        page = client.http.get(path).json_body
        seen += [item["id"] for item in page["items"]]
        path = f"/images?limit=2&next_token={page['next_token']}" if page["next_token"] else ""

    assert sorted(seen) == sorted(ids)
    assert client.http.get("/images?status=rejected").json_body == {"items": [], "next_token": None}
    assert len(client.http.get("/images?status=completed").json_body["items"]) == 5


def test_a_repeated_idempotency_key_is_answered_with_the_first_image(client: Client) -> None:
    key = {"Idempotency-Key": "order 7"}
    first, second = (post_text(client, photo(), **key).json_body for _ in range(2))
    other = post_text(client, photo(colour="red"), **key)

    assert first["id"] == second["id"]
    assert (other.status_code, other.json_body["code"]) == (422, "idempotency_key_reused")


def test_a_created_upload_has_the_form(client: Client) -> None:
    body = json.dumps({"filename": "a.jpg", "content_type": "image/jpeg", "size": 1000, "width": 50}).encode()

    response = client.http.post("/uploads", headers=JSON, body=body)

    upload = response.json_body
    assert (response.status_code, upload["status"], upload["recipe"]["width"]) == (201, "pending", 50)
    assert upload["fields"]["key"] == upload["key"] == f"uploads/{upload['id']}/original.jpg"
    assert re.match("https?://", upload["url"])


def test_the_health_check_answers_without_building_a_backend() -> None:
    current.cache_clear()
    assert Client(app, stage_name="test", project_dir=str(ROOT)).http.get("/health").json_body["status"] == "ok"
    assert current.cache_info().currsize == 0


def test_only_answers_with_5xx_are_counted_as_faults(
    client: Client, backends: Backends, capsys: pytest.CaptureFixture[str]
) -> None:
    client.http.get("/images/" + "0" * 32)
    assert "ApiFaults" not in capsys.readouterr().out
    stage.dynamodb().delete_table(TableName=backends.settings.images_table)
    assert client.http.get("/images").status_code == 503
    assert '"ApiFaults":1' in capsys.readouterr().out.replace(" ", "")


def test_a_photo_that_was_put_into_s3_is_processed_by_its_event(client: Client, backends: Backends) -> None:
    stage.put(backends.settings.images_bucket, "uploads/my photo.jpg", photo())
    event = client.events.generate_s3_event(backends.settings.images_bucket, "uploads/my+photo.jpg")

    client.lambda_.invoke("resize_image", event)

    assert client.http.get("/images?key=uploads/my+photo.jpg").json_body["status"] == "completed"


def test_dogs_are_listed_page_by_page(client: Client, backends: Backends) -> None:
    for number in range(3):
        name = f"html/pug-{number}.png"
        event = {"uploaded_image": name, "image_url": "https://example.test/a", "file_type": "png"}
        dogs.log(backends, event | {"alert_id": f"run-{number}"})

    first = client.http.get("/dogs?limit=2").json_body
    second = client.http.get(f"/dogs?limit=2&next_token={first['next_token']}").json_body

    listed = [*first["items"], *second["items"]]
    assert {item["alert_id"] for item in listed} == {"run-0", "run-1", "run-2"}
    assert all(item["alert_triggered"] for item in listed)
    assert second["next_token"] is None


def test_a_request_is_logged_before_it_is_answered(client: Client) -> None:
    written = io.StringIO()
    before = telemetry.handler.setStream(written)
    try:
        response = client.http.get("/images/0123456789abcdef0123456789abcdef")
    finally:
        telemetry.handler.setStream(before)
    line = json.loads(written.getvalue().splitlines()[0])
    assert (line["message"], line["method"], line["route"]) == ("request", "GET", "/images/{image_id}")
    assert line["request_id"] == response.headers["X-Request-Id"]
    assert "api_request_id" in line
