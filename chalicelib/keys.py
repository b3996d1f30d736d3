"""The folders of the buckets, the ids of images, and the ids in keys."""

import hashlib
import secrets

#: The folder of the images bucket whose objects are resized.
UPLOADS = "uploads/"
#: The folder of the images bucket with the renditions of images.
RENDITIONS = "renditions/"
#: The key prefix of dog pictures in their bucket.
DOG_PICTURES = "html/"
#: The folder of the images bucket with the fonts that people bring.
FONTS = "fonts/"
#: The folder of the images bucket with the logos that people bring.
LOGOS = "logos/"
#: The folders of the images bucket with what people bring for good. Nothing there is ever cleaned up.
BROUGHT = (LOGOS, FONTS)


def new_id() -> str:
    """Return an id that nobody can guess: 128 random bits in hexadecimal."""
    return secrets.token_hex(16)


def derived_id(*parts: str) -> str:
    """Return the same id for the same parts, so that a repeated event or request finds its record."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def id_in_key(key: str) -> str | None:
    """Return the id in a key of the form `uploads/<id>/<name>`, or None if the key has another form."""
    return _id_below(UPLOADS, key)


def id_of_rendition(key: str) -> str | None:
    """Return the id in a key of the form `renditions/<id>/<name>`, or None if the key has another form."""
    return _id_below(RENDITIONS, key)


def _id_below(folder: str, key: str) -> str | None:
    parts = key.split("/")
    return parts[1] if len(parts) == 3 and key.startswith(folder) and is_id(parts[1]) else None


def is_id(text: str) -> bool:
    """Return whether the text has the form of an id."""
    return len(text) == 32 and set(text) <= set("0123456789abcdef")
