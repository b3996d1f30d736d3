"""Objects that a test puts into S3, with the delivery of their events."""

from chalicelib.backends import Backends
from chalicelib.flows import resize, sanitize
from chalicelib.records import ImageRecord
from tests import stage


def put_and_resize(backends: Backends, key: str, data: bytes, request_id: str = "delivery") -> ImageRecord:
    """Put an object into the images bucket, handle its event, and return its record."""
    stage.put(backends.settings.images_bucket, key, data)
    resize.handle(backends, backends.settings.images_bucket, key, request_id)
    return backends.catalog.newest_from(["system"], key)


def put_and_sanitize(backends: Backends, key: str, data: bytes, request_id: str = "delivery") -> ImageRecord:
    """Put an object into the landing bucket, handle its event, and return its record."""
    stage.put(backends.settings.landing_bucket, key, data)
    sanitize.handle(backends, backends.settings.landing_bucket, key, request_id)
    return backends.catalog.newest_from(["system"], key)
