"""The dogs' workflow: its start by the clock, its three tasks, and the list of what it stored."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from chalicelib.aws.dog_uploads import DogUpload
from chalicelib.backends import Backends
from chalicelib.dog_api.pictures import check_picture, random_picture
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


def fetch(backends: Backends, run: str = "") -> dict[str, str]:
    """Fetch a random dog and store it; raises DogFault in one of its kinds, or BackendUnavailable.

    A picture that lies there already stays: it may have a row. One that is written says by which run.
    """
    settings = backends.settings
    picture = random_picture(backends.downloader, settings.dog_api_url)
    data = backends.downloader.get(picture.url)
    image_format = check_picture(picture, data, settings.limits.input_pixels)
    if not backends.storage.exists(settings.dog_bucket, picture.key):
        backends.storage.put(settings.dog_bucket, picture.key, data, image_format.media_type, _mark(run))
    return {
        "status": "success",
        "uploaded_image": picture.key,
        "image_url": backends.storage.address(settings.dog_bucket, picture.key),
        "file_type": file_type(image_format),
    }


def log(backends: Backends, event: Mapping[str, Any]) -> dict[str, Any]:
    """Record what was stored; the row that stands is the answer, whichever attempt wrote it.

    When no attempt is left the picture is taken back, so that none lies there without a row. Raises BackendUnavailable.
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
        row = backends.dogs.record(upload, run)
    except BackendUnavailable:
        if int(event.get("retry_count", RETRIES)) >= RETRIES:
            _take_back(backends, upload.image_name, run)
        raise
    return {"status": "success", "logged_item": asdict(_followed(backends, row))}


def _followed(backends: Backends, row: DogUpload) -> DogUpload:
    """Follow the picture if that can be asked: the row stands, and its alert must not wait for S3."""
    try:
        return expire_if_missing(backends, row)
    except BackendUnavailable:
        logger.exception("it is not known whether a dog is still there", extra={"key": row.image_name})
        return row


def expire_if_missing(backends: Backends, row: DogUpload) -> DogUpload:
    """Expire a row whose picture is gone: the clean-up, which finds the row of what it takes, may have come before it.

    Raises BackendUnavailable.
    """
    if backends.storage.exists(backends.settings.dog_bucket, row.image_name):
        return row
    backends.dogs.expire(row.image_name)
    return replace(row, expired=True)


def alert(event: Mapping[str, Any]) -> dict[str, str]:
    """Say what the alert is about."""
    return {"status": "alert", "message": "PNG detected", "image": str(event["logged_item"]["image_name"])}


def list_newest(backends: Backends, limit: int, before: str | None) -> tuple[list[DogUpload], str | None]:
    """List the uploads, newest first, and the position to go on from."""
    return backends.dogs.newest(limit, before)


def file_type(image_format: ImageFormat) -> str:
    """Name a format as the rows do."""
    return image_format.name.lower()


def _mark(run: str) -> dict[str, str]:
    """Write a run as an object's metadata, which S3 takes in ASCII alone."""
    return {"run": quote(run)}


def _take_back(backends: Backends, key: str, run: str) -> None:
    """Delete the picture if this run wrote it and no row names it.

    Where the table does not answer there may be a row, whose answer was lost, or another run's: a picture without a row
    is harmless, and the clean-up takes it; a row without a picture is not.
    """
    bucket = backends.settings.dog_bucket
    try:
        if not _has_row(backends, key) and _mark(run).items() <= backends.storage.metadata(bucket, key).items():
            backends.storage.delete(bucket, [key])
    except DarkroomError:
        # It is told here; the fault that led here is the one that is raised.
        logger.exception("a dog may be left without a row", extra={"key": key})


def _has_row(backends: Backends, key: str) -> bool:
    try:
        return backends.dogs.find(key) is not None
    except ImageNotFound:
        # There is no table at all.
        return False


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidRequest(f"{text[:40]!r} is no instant.", code="bad_option") from error
