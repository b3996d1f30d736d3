"""The options of a photo that was put into S3 without the API: those of its metadata, and the preset of its folder."""

from dataclasses import replace

from chalicelib.backends import Backends
from chalicelib.errors import ImageNotFound
from chalicelib.flows.object_created import ObjectCreated
from chalicelib.imaging import recipe as recipes
from chalicelib.records import UPLOADS, id_in_key


def with_options(backends: Backends, event: ObjectCreated) -> ObjectCreated:
    """Return the event with the options of its object.

    An upload of the API has no others than those in its record. An object that is gone has none.
    """
    if id_in_key(event.key) or event.key.endswith("/") or not event.etag:
        return event
    try:
        metadata = backends.storage.head(event.bucket, event.key, event.version_id).metadata
    except ImageNotFound:
        return event
    given = {name.replace("-", "_"): value for name, value in metadata.items()}
    options = {name: value for name, value in given.items() if name in recipes.OPTION_NAMES}
    return replace(event, options=_preset_of_folder(event.key) | options)


def _preset_of_folder(key: str) -> dict[str, str]:
    """Return the preset that the first folder below uploads/ names: `web` for `uploads/web/2026/a.jpg`."""
    folder, _, name = key.removeprefix(UPLOADS).partition("/")
    return {"preset": folder} if name and folder in recipes.PRESETS else {}
