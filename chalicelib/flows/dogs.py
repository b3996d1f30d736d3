"""The dogs' workflow: its start by the clock, its three tasks, and the list of what it stored."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from chalicelib.aws.dogs import DogUpload
from chalicelib.backends import Backends
from chalicelib.dog_pictures import check_picture, random_picture
from chalicelib.errors import BackendUnavailable, DarkroomError, ImageNotFound, InvalidRequest
from chalicelib.imaging.formats import ImageFormat
from chalicelib.records import timestamp
from chalicelib.telemetry import log as logger

OFF = "off"
#: Times that the workflow runs a task again after a transient fault.
RETRIES = 6


def start(backends: Backends, scheduled_time: str) -> bool:
    """Start the workflow for an instant of the schedule; False when it was started before, or is switched off.

    The name and the input come from that instant alone, so that a doubled event starts one execution.
    """
    if backends.settings.dog_schedule == OFF:
        logger.info("dogs are switched off")
        return False
    instant = _instant(scheduled_time).strftime("%Y-%m-%dT%H:%M:%SZ")
    name = f"scheduled-{instant.replace(':', '-')}"
    started = backends.messaging.start(backends.settings.dog_pipeline, name, {"scheduled_time": instant})
    logger.info("workflow started" if started else "workflow was started before", extra={"execution": name})
    return started


def fetch(backends: Backends) -> dict[str, str]:
    """Fetch a random dog and store it; raises DogFault in one of its kinds, or BackendUnavailable."""
    settings = backends.settings
    picture = random_picture(backends.downloader, settings.dog_api_url)
    data = backends.downloader.get(picture.url)
    image_format = check_picture(picture, data, settings.limits.input_pixels)
    if not _is_stored(backends, picture.key, data):
        backends.storage.put(settings.dog_bucket, picture.key, data, image_format.media_type)
    return {
        "status": "success",
        "uploaded_image": picture.key,
        "image_url": backends.storage.address(settings.dog_bucket, picture.key),
        "file_type": file_type(image_format),
    }


def log(backends: Backends, event: Mapping[str, Any]) -> dict[str, Any]:
    """Record what was stored; the row that stands is the answer, whichever attempt wrote it.

    When no attempt is left the picture is taken back, so that none lies there without a row.
    """
    run = str(event.get("alert_id") or hashlib.sha256(event["uploaded_image"].encode()).hexdigest())
    is_alerting = event["file_type"] == file_type(ImageFormat.PNG)
    upload = DogUpload(
        image_name=event["uploaded_image"],
        image_url=event["image_url"],
        upload_timestamp=timestamp(backends.now()),
        file_type=event["file_type"],
        alert_triggered=is_alerting,
        alert_id=run if is_alerting else "",
    )
    try:
        return {"status": "success", "logged_item": asdict(backends.dogs.record(upload, run))}
    except BackendUnavailable:
        if int(event.get("retry_count", RETRIES)) >= RETRIES:
            _take_back(backends, event)
        raise


def alert(event: Mapping[str, Any]) -> dict[str, str]:
    """Say what the alert is about."""
    return {"status": "alert", "message": "PNG detected", "image": str(event["logged_item"]["image_name"])}


def list_newest(backends: Backends, limit: int, before: str | None) -> tuple[list[DogUpload], str | None]:
    """List the uploads, newest first, and the position to go on from."""
    return backends.dogs.newest(limit, before)


def file_type(image_format: ImageFormat) -> str:
    """Name a format as the rows do."""
    return image_format.name.lower()


def _is_stored(backends: Backends, key: str, data: bytes) -> bool:
    """Tell whether these very bytes lie there, from an earlier execution that met the same picture."""
    try:
        _, etag = backends.storage.size(backends.settings.dog_bucket, key)
    except ImageNotFound:
        return False
    return etag == hashlib.md5(data, usedforsecurity=False).hexdigest()


def _take_back(backends: Backends, event: Mapping[str, Any]) -> None:
    """Delete the picture if this execution wrote it: one that lay there before may have a row."""
    bucket, key = backends.settings.dog_bucket, str(event["uploaded_image"])
    try:
        began = datetime.fromisoformat(event["started_at"])
        if backends.storage.modified_at(bucket, key) >= began.replace(microsecond=0):
            backends.storage.delete(bucket, [key])
    except (DarkroomError, KeyError, ValueError):
        # It is told here; the fault that led here is the one that is raised.
        logger.exception("a dog is left without a row", extra={"key": key})


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidRequest(f"{text[:40]!r} is no instant.", code="bad_option") from error
