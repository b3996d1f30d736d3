"""The work of the function `api_handler`, which answers all routes, step by step."""

import json
from collections.abc import Iterator
from dataclasses import replace

import requests

from tests import stage
from tests.imaging.made_fonts import font_with
from tests.imaging.test_logo import logo
from tests.privilege.policy_rig import PolicyRig

JSON = {"Content-Type": "application/json"}


def posts_a_photo(rig: PolicyRig) -> Iterator[None]:
    yield
    posted = rig.post()
    rig.open_links(posted)
    yield
    assert rig.backends.catalog.get(posted["id"]).owed == ()


def repeats_a_request(rig: PolicyRig) -> Iterator[None]:
    key = {"Idempotency-Key": rig.new_name()}
    body = rig.photo()
    yield
    sent = {"Content-Type": "image/jpeg"} | key
    first, second = (rig.call("POST", "/images", body, **sent) for _ in range(2))
    assert first["id"] == second["id"]


def accepts_a_photo_for_later(rig: PolicyRig) -> Iterator[None]:
    yield
    assert rig.post(Prefer="respond-async")["status"] == "pending"


def creates_a_form(rig: PolicyRig) -> Iterator[None]:
    data = rig.photo()
    yield
    for purpose in ("process", "sanitize"):
        body = {"content_type": "image/jpeg", "size": len(data), "purpose": purpose}
        created = rig.call("POST", "/uploads", json.dumps(body).encode(), **JSON)
        posted = requests.post(created["url"], data=created["fields"], files={"file": data}, timeout=240)
        assert posted.status_code == 204


def draws_a_watermark_with_a_font(rig: PolicyRig) -> Iterator[None]:
    stage.put(rig.backends.settings.images_bucket, "fonts/jp.otf", font_with("暗室"))
    yield
    for options in ("font=jp.otf&watermark=%E6%9A%97", "font=none.otf&watermark=x"):
        sent = {"Content-Type": "image/jpeg"}
        response = rig.client.http.request("POST", f"/images?{options}", headers=sent, body=rig.photo())
        assert response.status_code == (200 if "jp.otf" in options else 400)


def stamps_a_logo(rig: PolicyRig) -> Iterator[None]:
    stage.put(rig.backends.settings.images_bucket, "logos/a.png", logo())
    yield
    for name in ("a.png", "none.png"):
        sent = {"Content-Type": "image/jpeg"}
        response = rig.client.http.request("POST", f"/images?logo={name}", headers=sent, body=rig.photo())
        assert response.status_code == (200 if name == "a.png" else 400)


def inspects_a_photo(rig: PolicyRig) -> Iterator[None]:
    yield
    assert "findings" in rig.post("/inspect")


def scrubs_a_photo(rig: PolicyRig) -> Iterator[None]:
    yield
    rig.open_links(rig.post("/sanitize"))


def lists_images_and_dogs(rig: PolicyRig) -> Iterator[None]:
    bucket, key = rig.put_photo("resize_image")
    rig.deliver("resize_image", bucket, key)
    yield
    assert rig.call("GET", "/images?limit=1")["items"]
    assert rig.call("GET", "/images?status=completed&limit=1")["items"]
    assert rig.call("GET", f"/images?key={key}")["id"]
    assert "items" in rig.call("GET", "/dogs")
    assert "breeds" in rig.call("GET", "/dogs/stats")


def shows_photos_put_into_s3(rig: PolicyRig) -> Iterator[None]:
    ids = [put_and_process(rig, function) for function in ("resize_image", "sanitize_image")]
    yield
    for each in ids:
        rig.open_links(rig.call("GET", f"/images/{each}"))
        rig.call("GET", f"/images/{each}/content")


def deletes_photos_put_into_s3(rig: PolicyRig) -> Iterator[None]:
    before = all_keys(rig)
    ids = [put_and_process(rig, function) for function in ("resize_image", "sanitize_image")]
    yield
    for each in ids:
        rig.call("DELETE", f"/images/{each}")
    yield
    assert all_keys(rig) == before


def shows_and_deletes_images_from_before_versions(rig: PolicyRig) -> Iterator[None]:
    before = all_keys(rig)
    ids = [put_and_process(rig, function) for function in ("resize_image", "sanitize_image")]
    ids += [str(rig.post(path)["id"]) for path in ("/images?renditions=s:8", "/sanitize")]
    for each in ids:
        record = rig.backends.catalog.get(each)
        variants = {name: replace(variant, version_id="") for name, variant in record.variants.items()}
        rig.backends.catalog.update(replace(record, variants=variants))
    yield
    for each in ids:
        rig.open_links(rig.call("GET", f"/images/{each}"))
        rig.call("DELETE", f"/images/{each}")
    yield
    assert all_keys(rig) == before


def shows_health_and_description(rig: PolicyRig) -> Iterator[None]:
    yield
    assert rig.call("GET", "/health")["status"] == "ok"
    assert rig.call("GET", "/openapi.json")["openapi"]


def put_and_process(rig: PolicyRig, function: str) -> str:
    """Put a photo into S3, deliver its event, and return the id of its image."""
    bucket, key = rig.put_photo(function)
    rig.deliver(function, bucket, key)
    return str(rig.call("GET", f"/images?key={key}")["id"])


def all_keys(rig: PolicyRig) -> list[list[str]]:
    """List the keys of all buckets."""
    settings = rig.backends.settings
    return [stage.keys(each) for each in (settings.images_bucket, settings.landing_bucket, settings.destination_bucket)]


STEPS = (
    posts_a_photo,
    repeats_a_request,
    accepts_a_photo_for_later,
    creates_a_form,
    draws_a_watermark_with_a_font,
    stamps_a_logo,
    inspects_a_photo,
    scrubs_a_photo,
    lists_images_and_dogs,
    shows_photos_put_into_s3,
    shows_and_deletes_images_from_before_versions,
    deletes_photos_put_into_s3,
    shows_health_and_description,
)
