"""The options of a photo that was put into S3 without the API: those of its metadata, and the preset of its folder."""

from collections.abc import Collection
from dataclasses import replace
from email.errors import HeaderParseError
from email.header import decode_header, make_header

from chalicelib.backends import Backends
from chalicelib.errors import ImageNotFound
from chalicelib.flows.object_created import ObjectCreated
from chalicelib.imaging import recipe as recipes
from chalicelib.keys import UPLOADS, id_in_key

#: Stands for a value that is not UTF-8. The recipe refuses it.
_DAMAGED = "\ufffd"


def with_options(backends: Backends, event: ObjectCreated) -> ObjectCreated:
    """Return the event with the options of its object.

    An upload of the API has no others than those in its record. An object that is gone has none.
    """
    options = _read_metadata(backends, event, recipes.OPTION_NAMES)
    return event if options is None else replace(event, options=_preset_of_folder(event.key) | options)


def with_keep(backends: Backends, event: ObjectCreated) -> ObjectCreated:
    """Return the event with what a scrub of its object shall keep, if its metadata says so."""
    options = _read_metadata(backends, event, ("keep",))
    return event if options is None else replace(event, options=options)


def _read_metadata(backends: Backends, event: ObjectCreated, names: Collection[str]) -> dict[str, str] | None:
    """Return the named options in the metadata of an object; None for an upload of the API or an object that is gone.

    Other names are those of the tools that wrote the object.
    """
    if id_in_key(event.key) or event.key.endswith("/") or not event.etag:
        return None
    try:
        metadata = backends.storage.head(event.bucket, event.key, event.version_id).metadata
    except ImageNotFound:
        return None
    given = {name.replace("-", "_"): decode_metadata(value) for name, value in metadata.items()}
    # Empty fields of a form are left out, too.
    return {name: value for name, value in given.items() if name in names and value}


def decode_metadata(value: str) -> str:
    """Return a value of S3's metadata as text, with U+FFFD for what is not UTF-8.

    S3 answers non-ASCII values in the form of RFC 2047, and botocore reads bytes of a header as Latin-1.
    """
    try:
        if value.startswith("=?") and value.endswith("?="):
            return str(make_header(decode_header(value))) or _DAMAGED
        return value.encode("latin-1").decode("utf-8")
    except (ValueError, LookupError, HeaderParseError):
        return _DAMAGED


def _preset_of_folder(key: str) -> dict[str, str]:
    """Return the preset that the first folder below uploads/ names: `web` for `uploads/web/2026/a.jpg`."""
    folder, _, name = key.removeprefix(UPLOADS).partition("/")
    return {"preset": folder} if name and folder in recipes.PRESETS else {}
