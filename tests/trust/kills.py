"""Every flow in the process of a deployed function, which may be killed; then what AWS and the client do next."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from chalicelib.flows.accept import Purpose
from chalicelib.records import ImageRecord
from scripts.embedded.functions import Outcome
from tests.trust import acts, photos
from tests.trust.deployed import Deployment, Kill, api_event, scheduled
from tests.trust.faults import Fault, Mode, Process
from tests.trust.world import World

#: Runs a flow whose first process may be killed.
KilledFlow = Callable[[World, Deployment, Kill | None], None]


def invoke(
    world: World, deployment: Deployment, handler: str, event: Mapping[str, Any], *kills: Kill | None, **variables: str
) -> Any:
    """Run a function under one request id until it succeeds, and return its result; None if it never does."""
    world.requests += 1
    for number, kill in enumerate(kills):
        outcome = deployment.invoke(handler, dict(event), f"request-{world.requests}", kill, **variables)
        if number == 0:
            world.traces.append(list(deployment.front.trace))
        world.note_objects()
        world.clock.instant = max(world.clock.instant, datetime.now(UTC))
        _check_kill(outcome, kill)
        if outcome.error_type is None:
            return json.loads(outcome.payload)
    return None


def _check_kill(outcome: Outcome, kill: Kill | None) -> None:
    """A cell without its kill proves nothing."""
    assert kill is None or outcome.error_type == "Runtime.ExitError", outcome


def call(world: World, deployment: Deployment, event: Mapping[str, Any], *kills: Kill | None) -> Any:
    """Send a request as a client does, again after a broken connection, and return the body of a good answer."""
    for kill in kills:
        answer = invoke(world, deployment, "app", event, kill)
        if answer and answer["statusCode"] < 300:
            return json.loads(answer["body"] or "{}")
    return None


def posts(
    route: str,
    data: bytes,
    *,
    key: str = "",
    asynchronous: bool = False,
    options: Mapping[str, str] = acts.NO_OPTIONS,
) -> KilledFlow:
    """Post a photo. A client with a key repeats the request until it is served."""
    headers = {"content_type": "image/jpeg"}
    headers |= {"idempotency_key": key} if key else {}
    headers |= {"prefer": "respond-async"} if asynchronous else {}

    def flow(world: World, deployment: Deployment, kill: Kill | None) -> None:
        event = api_event("POST", route, data, options=options, **headers)
        answer = call(world, deployment, event, kill, *((None,) if key else ()))
        if answer:
            world.acknowledged[answer["id"]] = world.base.catalog.get(answer["id"])
        elif key:
            _post_until_served(world, route, key=key, asynchronous=asynchronous)

    return flow


def _post_until_served(world: World, route: str, *, key: str, asynchronous: bool) -> None:
    """Go on as the client does while the attempt that died holds the key; only this process has a clock to advance."""
    if route == "/sanitize":
        served = acts.scrub(world, Process(), retries=True, key=key)
    else:
        served = acts.post(world, Process(), retries=True, key=key, asynchronous=asynchronous)
    if served is None:
        world.problems.append("a client with an Idempotency-Key was never served")


def uses_a_form(purpose: Purpose) -> KilledFlow:
    """Create a form; a client that was served uploads its photo to the embedded AWS with it."""
    data = photos.FIRST if purpose is Purpose.PROCESS else photos.PRIVATE
    wanted = {"content_type": "image/jpeg", "size": len(data), "purpose": purpose.value}

    def flow(world: World, deployment: Deployment, kill: Kill | None) -> None:
        event = api_event("POST", "/uploads", json.dumps(wanted).encode(), content_type="application/json")
        form = call(world, deployment, event, kill, None)
        if form is None:
            world.problems.append("a client never got a form")
            return
        requests.post(form["url"], data=form["fields"], files={"file": data}, timeout=60).raise_for_status()
        world.note_objects()
        world.acknowledged[form["id"]] = world.base.catalog.get(form["id"])

    return flow


def deliver(world: World, deployment: Deployment, kill: Kill | None, **variables: str) -> None:
    """Deliver the first event that waits, as Lambda does; an event that fails is delivered again by the harness."""
    event = world.events.pop(0)
    handler = "resize_image" if event.bucket == world.base.settings.images_bucket else "sanitize_image"
    sent = {"eventSource": "aws:s3", "eventTime": "2026-01-01T00:00:00Z", **event.record}
    if invoke(world, deployment, handler, {"Records": [sent]}, kill, None, **variables) is None:
        world.events.insert(0, event)


def handles_an_asynchronous_post(options: Mapping[str, str] = acts.NO_OPTIONS) -> KilledFlow:
    def flow(world: World, deployment: Deployment, kill: Kill | None) -> None:
        acts.post(world, Process(), asynchronous=True, options=options)
        deliver(world, deployment, kill)

    return flow


def handles_a_form(purpose: Purpose) -> KilledFlow:
    """Upload with a form; the process of the event may be killed."""
    data = photos.FIRST if purpose is Purpose.PROCESS else photos.PRIVATE

    def flow(world: World, deployment: Deployment, kill: Kill | None) -> None:
        pending = acts.form(world, purpose, Process())
        assert pending
        world.put(pending.writing["original"].bucket, pending.source, data)
        world.acknowledged[pending.id] = pending
        deliver(world, deployment, kill)

    return flow


def handles_a_put(bucket_of: str, *uploads: bytes, keep: bool = True) -> KilledFlow:
    """Put photos under one key by hand; the process of the last one's event may be killed."""

    def flow(world: World, deployment: Deployment, kill: Kill | None) -> None:
        world.base = replace(world.base, settings=replace(world.base.settings, landing_keep=keep))
        bucket = getattr(world.base.settings, f"{bucket_of}_bucket")
        key = "uploads/a b.jpg" if bucket_of == "images" else "in/a.jpg"
        for data in uploads[:-1]:
            world.put(bucket, key, data)
            world.deliver(world.events.pop(0))
        world.put(bucket, key, uploads[-1])
        deliver(world, deployment, kill, LANDING_KEEP=str(keep).lower())
        if not keep and acts.originals(world):
            world.problems.append("an original stays in landing although LANDING_KEEP is false")

    return flow


def deletes(make: Callable[[World], ImageRecord | None]) -> KilledFlow:
    """Delete an image; the client repeats the request."""

    def flow(world: World, deployment: Deployment, kill: Kill | None) -> None:
        record = make(world)
        assert record
        world.acknowledged.pop(record.id, None)
        world.deletions.add(record.id)
        event = api_event("DELETE", "/images/{image_id}", image_id=record.id)
        if call(world, deployment, event, kill, None) is not None:
            world.deleted.add(record.id)

    return flow


def cleans(mode: str) -> KilledFlow:
    """Fill the buckets as they were 40 days ago, and run the clean-up with Lambda's retries, then on the next day."""

    def flow(world: World, deployment: Deployment, kill: Kill | None) -> None:
        world.clock.advance(-40 * 86400)
        acts.post(world, Process())
        for make in (acts.asynchronous_post, acts.hand_put, acts.landed):
            make(world)
        world.acknowledged.clear()
        _age_objects(timedelta(days=40))
        until = datetime.now(UTC) + timedelta(days=1)
        variables = {"CLEANUP_MODE": mode, "CLEANUP_MAX_AGE_DAYS": "30", "CLEANUP_UNTIL": f"{until:%Y-%m-%dT00:00:00Z}"}
        for current in ((kill, None, None), (None,)):
            invoke(world, deployment, "clean_up", scheduled(), *current, **variables)

    return flow


def _age_objects(age: timedelta) -> None:
    """Make all objects older: S3 dates an object by the time of its put, which the harness cannot choose."""
    buckets: Any = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets
    for bucket in buckets.values():
        for _, versions in bucket.keys.lists():
            for stored in versions:
                stored.last_modified -= age


def reconciles(world: World, deployment: Deployment, kill: Kill | None) -> None:
    """Reconcile a post that died, a photo whose event failed, an unused form, and a deletion that broke off."""
    world.clock.advance(-2 * 3600)
    acts.post(world, Process((Fault(3, Mode.BEFORE),)))
    acts.post(world, Process(), asynchronous=True)
    world.deliver(world.events.pop(0), Process((Fault(2, Mode.DOWN),)))
    acts.form(world, Purpose.PROCESS, Process())
    record = acts.post(world, Process())
    assert record
    acts.delete(world, Process((Fault(3, Mode.BEFORE),)), record)
    invoke(world, deployment, "reconcile_records", scheduled(), kill, None)


KILLED_FLOWS: dict[str, KilledFlow] = {
    "POST /images": posts("/images", photos.FIRST),
    "POST /images with a key": posts("/images", photos.FIRST, key="k"),
    "POST /images with renditions": posts("/images", photos.FIRST, options=photos.WITH_RENDITIONS),
    "POST /images, asynchronous": posts("/images", photos.FIRST, asynchronous=True),
    "POST /images, asynchronous, with a key": posts("/images", photos.FIRST, key="k", asynchronous=True),
    "POST /sanitize": posts("/sanitize", photos.PRIVATE),
    "POST /sanitize with a key": posts("/sanitize", photos.PRIVATE, key="k"),
    "POST /uploads, then the form": uses_a_form(Purpose.PROCESS),
    "POST /uploads to scrub, then the form": uses_a_form(Purpose.SANITIZE),
    "event of an asynchronous post": handles_an_asynchronous_post(),
    "event of an asynchronous post with renditions": handles_an_asynchronous_post(photos.WITH_RENDITIONS),
    "event of a form": handles_a_form(Purpose.PROCESS),
    "event of a form to scrub": handles_a_form(Purpose.SANITIZE),
    "event of a photo put into S3": handles_a_put("images", photos.FIRST),
    "event of a corrupt photo put into S3": handles_a_put("images", photos.CORRUPT),
    "event of a photo that overwrites one": handles_a_put("images", photos.FIRST, photos.SECOND),
    "event of a landing photo": handles_a_put("landing", photos.PRIVATE),
    "event of a landing photo that overwrites one": handles_a_put("landing", photos.PRIVATE, photos.PRIVATE_2),
    "event of a landing photo, LANDING_KEEP=false": handles_a_put("landing", photos.PRIVATE, keep=False),
    "event of a landing photo that overwrites one, LANDING_KEEP=false": handles_a_put(
        "landing", photos.PRIVATE, photos.PRIVATE_2, keep=False
    ),
    "DELETE of a post": deletes(lambda world: acts.post(world, Process())),
    "DELETE of a pending post": deletes(lambda world: acts.post(world, Process(), asynchronous=True)),
    "DELETE of an asynchronous post": deletes(acts.asynchronous_post),
    "DELETE of a scrubbed photo": deletes(lambda world: acts.scrub(world, Process())),
    "DELETE of a form": deletes(lambda world: acts.form(world, Purpose.PROCESS, Process())),
    "clean-up, expired": cleans("expired"),
    "clean-up, everything": cleans("everything"),
    "reconcile": reconciles,
}
