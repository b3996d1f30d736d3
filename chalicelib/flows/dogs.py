"""The dog workflow: start it on schedule, run its three tasks, and list the uploads."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from chalicelib.backends import Backends
from chalicelib.dog_api.pictures import check_picture, random_picture
from chalicelib.dog_records import UNEXPECTED_TYPES, DogUpload
from chalicelib.errors import BackendUnavailable, DarkroomError, ImageNotFound, InvalidRequest
from chalicelib.imaging.formats import ImageFormat
from chalicelib.records import timestamp
from chalicelib.settings import SCHEDULE_OFF
from chalicelib.telemetry import count
from chalicelib.telemetry import log as logger

#: How often the workflow retries a task after a transient error.
RETRIES = 6


def start(backends: Backends, scheduled_time: str) -> bool:
    """Start the workflow for a time of the schedule. Return False if it is off, or was started for this time before.

    The execution's name and input depend only on the time, so a duplicate event starts no second execution. Raises
    InvalidRequest if the text is not a time.
    """
    if backends.settings.dog_schedule == SCHEDULE_OFF:
        logger.info("the dog workflow is switched off")
        return False
    time = _parse_time(scheduled_time).strftime("%Y-%m-%dT%H:%M:%SZ")
    name = f"scheduled-{time.replace(':', '-')}"
    started = backends.messaging.start(backends.settings.dog_pipeline, name, {"scheduled_time": time})
    logger.info("workflow started" if started else "workflow was started before", extra={"execution": name})
    return started


def fetch(backends: Backends, run: str = "") -> dict[str, str]:
    """Fetch a random dog picture and store it with the id of the run in its object metadata.

    A stored picture is not overwritten, because a row may describe it. Raises DogFault or BackendUnavailable.
    """
    settings = backends.settings
    picture = random_picture(backends.downloader, settings.dog_api_url)
    data = backends.downloader.get(picture.url)
    image_format = check_picture(picture, data, settings.limits.input_pixels)
    if not backends.storage.exists(settings.dog_bucket, picture.key):
        backends.storage.put(settings.dog_bucket, picture.key, data, image_format.media_type, _run_metadata(run))
    return {
        "status": "success",
        "uploaded_image": picture.key,
        "image_url": backends.storage.address(settings.dog_bucket, picture.key),
        "file_type": file_type(image_format),
        "breed": picture.breed,
    }


def log(backends: Backends, event: Mapping[str, Any]) -> dict[str, Any]:
    """Write the row of a stored picture with its counts, and return the row that is in the table.

    Raises BackendUnavailable. The last attempt first deletes the picture if it has no row.
    """
    run = str(event.get("alert_id") or hashlib.sha256(event["uploaded_image"].encode()).hexdigest())
    upload = _upload(backends, event, run)
    try:
        row = backends.dogs.record(upload, run)
    except BackendUnavailable:
        if int(event.get("retry_count", RETRIES)) >= RETRIES:
            _delete_without_row(backends, upload.image_name, run)
        raise
    if row is upload and row.unexpected_type:
        _count_unexpected(row)
    return {"status": "success", "logged_item": asdict(_try_expiring(backends, row))}


def _upload(backends: Backends, event: Mapping[str, Any], run: str) -> DogUpload:
    is_alerting = event["file_type"] == file_type(ImageFormat.PNG)
    return DogUpload(
        image_name=event["uploaded_image"],
        image_url=event["image_url"],
        upload_timestamp=timestamp(backends.now()),
        file_type=event["file_type"],
        alert_triggered=is_alerting,
        alert_id=run if is_alerting else "",
        breed=str(event.get("breed", "")),
        unexpected_type=event["file_type"] in UNEXPECTED_TYPES,
    )


def _count_unexpected(row: DogUpload) -> None:
    logger.warning("unexpected type of a dog picture", extra={"key": row.image_name, "file_type": row.file_type})
    count("UnexpectedDogType", reason=row.file_type)


def _try_expiring(backends: Backends, row: DogUpload) -> DogUpload:
    """Expire the row if its picture is missing. An error is only logged: the alert must not wait for S3."""
    try:
        return expire_if_missing(backends, row)
    except BackendUnavailable:
        logger.exception("cannot check whether a dog picture exists", extra={"key": row.image_name})
        return row


def expire_if_missing(backends: Backends, row: DogUpload) -> DogUpload:
    """Expire a row whose picture does not exist, and return the updated row. Raises BackendUnavailable.

    The clean-up expires the rows of the pictures that it deletes, but it may have run before the row was written.
    """
    if backends.storage.exists(backends.settings.dog_bucket, row.image_name):
        return row
    backends.dogs.expire(row.image_name)
    return replace(row, expired=True)


def alert(event: Mapping[str, Any]) -> dict[str, str]:
    """Return the content of the alert for a logged row."""
    return {"status": "alert", "message": "PNG detected", "image": str(event["logged_item"]["image_name"])}


def list_newest(backends: Backends, limit: int, before: str | None) -> tuple[list[DogUpload], str | None]:
    """List the uploads, newest first, with the position of the next page, or None on the last page."""
    return backends.dogs.newest(limit, before)


def file_type(image_format: ImageFormat) -> str:
    """Return the name of a format as it is stored in the rows: `png`, `jpeg` and so on."""
    return image_format.name.lower()


def _run_metadata(run: str) -> dict[str, str]:
    """Return the object metadata that names a run. S3 accepts only ASCII there."""
    return {"run": quote(run)}


def _delete_without_row(backends: Backends, key: str, run: str) -> None:
    """Delete the picture if this run wrote it and it has no row. An error is logged, not raised.

    If the table cannot be read, the picture stays, because there may be a row: a picture without a row is harmless, and
    the clean-up deletes it later. A row without a picture is not harmless.
    """
    bucket = backends.settings.dog_bucket
    try:
        head = backends.storage.head(bucket, key)
        if not _has_row(backends, key) and _run_metadata(run).items() <= head.metadata.items():
            backends.storage.delete_objects(bucket, [(key, head.version_id)])
    except DarkroomError:
        # The caller raises the original error.
        logger.exception("a dog picture may have no row", extra={"key": key})


def _has_row(backends: Backends, key: str) -> bool:
    try:
        return backends.dogs.find(key) is not None
    except ImageNotFound:
        # The table itself does not exist.
        return False


def _parse_time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidRequest(f"{text[:40]!r} is not an ISO 8601 time.", code="bad_option") from error
