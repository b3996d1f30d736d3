"""A post is answered with its record, or with the picture for a client that asks for one."""

import json

import pytest
from chalice.test import Client, HTTPResponse

from chalicelib.backends import Backends
from chalicelib.flows import images
from tests import stage
from tests.flows.photos import opened, photo


def post(client: Client, path: str = "/images", **headers: str) -> HTTPResponse:
    sent = {"Content-Type": "image/jpeg"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return client.http.post(path, headers=sent, body=photo())


@pytest.mark.parametrize("accept", ["image/*", "image/png", "IMAGE/AVIF;q=0.9, */*;q=0.1"])
@pytest.mark.parametrize(("name", "media_type"), [("jpeg", "image/jpeg"), ("webp", "image/webp")])
def test_the_picture_is_answered_in_the_format_of_the_recipe(
    client: Client, backends: Backends, accept: str, name: str, media_type: str
) -> None:
    response = post(client, f"/images?format={name}&width=64", Accept=accept)

    assert (response.status_code, response.headers["Content-Type"]) == (200, media_type)
    assert opened(response.body).size == (64, 48)
    image_id = response.headers["Location"].removeprefix("images/")
    variant = backends.catalog.get(image_id).variants["processed"]
    assert response.body == stage.read(variant.bucket, variant.key)


@pytest.mark.parametrize(
    "accept",
    [
        None,
        "image/*;q=0, application/json",
        "image/png; q=0.00",
        "*/*",
        "application/json",
        "application/json, image/*",
        "image/svg+xml",
    ],
)
def test_without_an_image_as_the_first_type_the_record_is_answered(client: Client, accept: str | None) -> None:
    response = post(client, **({"Accept": accept} if accept else {}))

    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Vary"] == "Accept"
    assert response.json_body["status"] == "completed"


def test_an_error_and_a_photo_that_is_processed_later_stay_json(client: Client) -> None:
    later = post(client, Accept="image/*", Prefer="respond-async")
    refused = post(client, "/images?width=0", Accept="image/*")

    assert (later.status_code, later.json_body["status"]) == (202, "pending")
    assert (refused.status_code, json.loads(refused.body)["code"]) == (400, "out_of_range")


def test_a_picture_that_is_larger_than_an_answer_is_a_link(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MAX_ANSWERED", 100)

    response = post(client, Accept="image/*")

    assert response.status_code == 303
    assert "processed/" in response.headers["Location"]
    assert "X-Amz-Signature" in response.headers["Location"]


def test_a_repeated_post_is_answered_with_the_same_picture(client: Client) -> None:
    first, second = (post(client, Accept="image/*", Idempotency_Key="k") for _ in range(2))

    assert first.body == second.body
    assert first.headers["Location"] == second.headers["Location"]
