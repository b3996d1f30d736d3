"""Read one object that people put into the images bucket for recipes. What is wrong with it is the caller's error."""

from chalicelib.backends import Backends
from chalicelib.errors import ImageNotFound, ImageTooLarge, InvalidRequest, ObjectArchived


def read_object(backends: Backends, kind: str, folder: str, name: str, limit: int) -> bytes:
    """Return the bytes of an object below a folder; `kind` is what the messages call it. Raises InvalidRequest."""
    try:
        return backends.storage.get(backends.settings.images_bucket, folder + name, limit).data
    except ImageNotFound as error:
        raise InvalidRequest(f"There is no {kind} {name!r} below {folder}.", code="bad_option") from error
    except ImageTooLarge as error:
        detail = f"The {kind} {name!r} has {error.actual} bytes; {error.limit} are allowed."
        raise InvalidRequest(detail, code="out_of_range", limit=error.limit, actual=error.actual) from error
    except ObjectArchived as error:
        raise InvalidRequest(f"The {kind} {name!r} is archived. Restore it.", code="bad_option") from error
