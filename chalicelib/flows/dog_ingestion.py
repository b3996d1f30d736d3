"""Ingest a dog picture of an address: fetch, normalise, store and record it, unless that was done before."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol, TypeVar

from chalicelib.backends import Backends
from chalicelib.dog_api.pictures import DogPicture, check_picture, read_any_address
from chalicelib.dog_records import DogUpload
from chalicelib.errors import BackendUnavailable, DarkroomError, DogApiUnavailable
from chalicelib.flows.dogs import RETRIES, expire_if_missing, file_type
from chalicelib.imaging.formats import ImageFormat
from chalicelib.records import timestamp

QUALITY = 92
#: Bytes of a reason. 500 results fit into the 256 KB that an execution may return.
MAX_REASON = 200
_SUFFIXES = ("", ImageFormat.JPEG.suffix, ImageFormat.PNG.suffix)
Answer = TypeVar("Answer")


class Attempt(Protocol):
    """Calls a function, and may call it again after a transient error."""

    def __call__(self, call: Callable[[], Answer], /) -> Answer:
        """Return the answer of the call."""


def once(call: Callable[[], Answer], /) -> Answer:
    """Call once. The state machine of the ingestion retries the whole task."""
    return call()


def handle(backends: Backends, event: Mapping[str, Any]) -> dict[str, str]:
    """Ingest the picture of one item of an execution. Return its `outcome`, and the `reason` of a failure.

    Raises a transient error, which the state machine retries. That of the last retry is the outcome.
    """
    address = event["address"]
    try:
        picture = read_any_address(address, backends.settings.ingest_hosts)
        return {"outcome": ingest(backends, picture, str(event["run"]))[0]}
    except DarkroomError as error:
        is_transient = isinstance(error, BackendUnavailable | DogApiUnavailable)
        if is_transient and int(event.get("retry_count", 0)) < RETRIES:
            raise
        reason = error.detail.encode("ascii", "backslashreplace")
        return {"outcome": "failed", "reason": reason[:MAX_REASON].decode()}


def ingest(backends: Backends, picture: DogPicture, run: str, attempt: Attempt = once) -> tuple[str, str]:
    """Ingest one picture. Return `stored` or `skipped`, and the key. Raises DarkroomError.

    The row comes last. After a crash before it, the next run stores and records the picture again.
    """
    bucket = backends.settings.dog_bucket
    if _is_stored(backends, picture, attempt):
        return "skipped", picture.key
    data = attempt(lambda: backends.downloader.get(picture.url))
    key, image_format, normal = normalise(backends, picture, data)
    attempt(lambda: backends.storage.put(bucket, key, normal, image_format.media_type))
    row = _build_row(backends, picture, key, image_format)
    written = attempt(lambda: backends.dogs.record(row, run))
    attempt(lambda: expire_if_missing(backends, written))
    return "stored", key


def normalise(backends: Backends, picture: DogPicture, data: bytes) -> tuple[str, ImageFormat, bytes]:
    """Return key, format and bytes of a picture that is upright, in sRGB and without metadata.

    The format is PNG if the source is PNG or has transparency, else JPEG.
    """
    # Imported here: only this task needs all of Pillow's formats.
    from chalicelib.imaging.codec import decode
    from chalicelib.imaging.encoding import Encoding, encode
    from chalicelib.imaging.operations import orient
    from chalicelib.imaging.views import whole_view

    limits = backends.settings.limits
    source = check_picture(picture, data, limits.input_pixels)
    decoded = decode(data, limits.input_pixels, whole_view)
    is_png = source is ImageFormat.PNG or decoded.image.mode in ("LA", "RGBA")
    image_format = ImageFormat.PNG if is_png else ImageFormat.JPEG
    image = orient(decoded.image, decoded.orientation)
    normal = encode(image, Encoding(image_format, QUALITY), limits.output_pixels)
    # A picture that keeps its format keeps its key, so that the workflow and the ingestion use the same keys.
    key = picture.key if source is image_format else picture.key + image_format.suffix
    return key, image_format, normal


def _is_stored(backends: Backends, picture: DogPicture, attempt: Attempt) -> bool:
    """Return True if an earlier run stored and recorded the picture, with its own suffix or another."""
    return any(attempt(partial(_is_ingested, backends, picture.key + suffix)) for suffix in _SUFFIXES)


def _is_ingested(backends: Backends, key: str) -> bool:
    row = backends.dogs.find(key)
    return row is not None and not row.expired and backends.storage.exists(backends.settings.dog_bucket, key)


def _build_row(backends: Backends, picture: DogPicture, key: str, image_format: ImageFormat) -> DogUpload:
    """Return the row of a picture. Its alert_id is empty, since bulk ingestion sends no alerts."""
    return DogUpload(
        image_name=key,
        image_url=backends.storage.address(backends.settings.dog_bucket, key),
        upload_timestamp=timestamp(backends.now()),
        file_type=file_type(image_format),
        alert_triggered=image_format is ImageFormat.PNG,
        breed=picture.breed,
    )
