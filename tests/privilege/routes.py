"""The work of the function of all routes, step by step."""

import json
from collections.abc import Iterator

import requests

from tests import stage
from tests.privilege.policy_rig import Stand

JSON = {"Content-Type": "application/json"}


def posts_a_photo(stand: Stand) -> Iterator[None]:
    yield
    stand.follow(stand.post())


def repeats_a_request(stand: Stand) -> Iterator[None]:
    key = {"Idempotency-Key": stand.fresh()}
    body = stand.photo()
    yield
    sent = {"Content-Type": "image/jpeg"} | key
    first, second = (stand.call("POST", "/images", body, **sent) for _ in range(2))
    assert first["id"] == second["id"]


def takes_a_photo_in_for_later(stand: Stand) -> Iterator[None]:
    yield
    assert stand.post(Prefer="respond-async")["status"] == "pending"


def lends_a_form(stand: Stand) -> Iterator[None]:
    data = stand.photo()
    yield
    for purpose in ("process", "sanitize"):
        announced = {"content_type": "image/jpeg", "size": len(data), "purpose": purpose}
        ticket = stand.call("POST", "/uploads", json.dumps(announced).encode(), **JSON)
        posted = requests.post(ticket["url"], data=ticket["fields"], files={"file": data}, timeout=240)
        assert posted.status_code == 204


def inspects_a_photo(stand: Stand) -> Iterator[None]:
    yield
    assert "findings" in stand.post("/inspect")


def scrubs_a_photo(stand: Stand) -> Iterator[None]:
    yield
    stand.follow(stand.post("/sanitize"))


def lists(stand: Stand) -> Iterator[None]:
    bucket, key = stand.by_hand("resize_image")
    stand.land("resize_image", bucket, key)
    yield
    assert stand.call("GET", "/images?limit=1")["items"]
    assert stand.call("GET", "/images?status=completed&limit=1")["items"]
    assert stand.call("GET", f"/images?key={key}")["id"]
    assert "items" in stand.call("GET", "/dogs")


def shows_what_came_by_hand(stand: Stand) -> Iterator[None]:
    ids = [came_by_hand(stand, function) for function in ("resize_image", "sanitize_image")]
    yield
    for each in ids:
        stand.follow(stand.call("GET", f"/images/{each}"))
        stand.call("GET", f"/images/{each}/content")


def deletes_what_came_by_hand(stand: Stand) -> Iterator[None]:
    before = everything(stand)
    ids = [came_by_hand(stand, function) for function in ("resize_image", "sanitize_image")]
    yield
    for each in ids:
        stand.call("DELETE", f"/images/{each}")
    yield
    assert everything(stand) == before


def tells_of_itself(stand: Stand) -> Iterator[None]:
    yield
    assert stand.call("GET", "/health")["status"] == "ok"
    assert stand.call("GET", "/openapi.json")["openapi"]


def came_by_hand(stand: Stand, function: str) -> str:
    """Put a photo as a person would, have its event handled, and name its image."""
    bucket, key = stand.by_hand(function)
    stand.land(function, bucket, key)
    return str(stand.call("GET", f"/images?key={key}")["id"])


def everything(stand: Stand) -> list[list[str]]:
    """List the keys of all buckets."""
    settings = stand.backends.settings
    return [stage.keys(each) for each in (settings.images_bucket, settings.landing_bucket, settings.destination_bucket)]


STEPS = (
    posts_a_photo,
    repeats_a_request,
    takes_a_photo_in_for_later,
    lends_a_form,
    inspects_a_photo,
    scrubs_a_photo,
    lists,
    shows_what_came_by_hand,
    deletes_what_came_by_hand,
    tells_of_itself,
)
