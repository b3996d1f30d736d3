"""The work of the function of all routes, step by step."""

import json
from collections.abc import Iterator

import requests

from tests import stage
from tests.privilege.policy_rig import PolicyRig

JSON = {"Content-Type": "application/json"}


def posts_a_photo(rig: PolicyRig) -> Iterator[None]:
    yield
    rig.follow(rig.post())


def repeats_a_request(rig: PolicyRig) -> Iterator[None]:
    key = {"Idempotency-Key": rig.fresh()}
    body = rig.photo()
    yield
    sent = {"Content-Type": "image/jpeg"} | key
    first, second = (rig.call("POST", "/images", body, **sent) for _ in range(2))
    assert first["id"] == second["id"]


def takes_a_photo_in_for_later(rig: PolicyRig) -> Iterator[None]:
    yield
    assert rig.post(Prefer="respond-async")["status"] == "pending"


def lends_a_form(rig: PolicyRig) -> Iterator[None]:
    data = rig.photo()
    yield
    for purpose in ("process", "sanitize"):
        announced = {"content_type": "image/jpeg", "size": len(data), "purpose": purpose}
        ticket = rig.call("POST", "/uploads", json.dumps(announced).encode(), **JSON)
        posted = requests.post(ticket["url"], data=ticket["fields"], files={"file": data}, timeout=240)
        assert posted.status_code == 204


def inspects_a_photo(rig: PolicyRig) -> Iterator[None]:
    yield
    assert "findings" in rig.post("/inspect")


def scrubs_a_photo(rig: PolicyRig) -> Iterator[None]:
    yield
    rig.follow(rig.post("/sanitize"))


def lists(rig: PolicyRig) -> Iterator[None]:
    bucket, key = rig.by_hand("resize_image")
    rig.land("resize_image", bucket, key)
    yield
    assert rig.call("GET", "/images?limit=1")["items"]
    assert rig.call("GET", "/images?status=completed&limit=1")["items"]
    assert rig.call("GET", f"/images?key={key}")["id"]
    assert "items" in rig.call("GET", "/dogs")


def shows_what_came_by_hand(rig: PolicyRig) -> Iterator[None]:
    ids = [came_by_hand(rig, function) for function in ("resize_image", "sanitize_image")]
    yield
    for each in ids:
        rig.follow(rig.call("GET", f"/images/{each}"))
        rig.call("GET", f"/images/{each}/content")


def deletes_what_came_by_hand(rig: PolicyRig) -> Iterator[None]:
    before = everything(rig)
    ids = [came_by_hand(rig, function) for function in ("resize_image", "sanitize_image")]
    yield
    for each in ids:
        rig.call("DELETE", f"/images/{each}")
    yield
    assert everything(rig) == before


def tells_of_itself(rig: PolicyRig) -> Iterator[None]:
    yield
    assert rig.call("GET", "/health")["status"] == "ok"
    assert rig.call("GET", "/openapi.json")["openapi"]


def came_by_hand(rig: PolicyRig, function: str) -> str:
    """Put a photo as a person would, have its event handled, and name its image."""
    bucket, key = rig.by_hand(function)
    rig.land(function, bucket, key)
    return str(rig.call("GET", f"/images?key={key}")["id"])


def everything(rig: PolicyRig) -> list[list[str]]:
    """List the keys of all buckets."""
    settings = rig.backends.settings
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
