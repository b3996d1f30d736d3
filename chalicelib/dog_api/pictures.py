"""Ask the dog API for pictures, make S3 keys from their addresses, and check the downloaded bytes."""

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from chalicelib.dog_api.download import Downloader
from chalicelib.errors import (
    DogApiMalformed,
    DogHostNotAllowed,
    DogImageEmpty,
    DogImageMislabelled,
    DogImageNotAnImage,
    DogImageTooLarge,
    ImageRejected,
    ImageTooLarge,
    InvalidRequest,
)
from chalicelib.imaging.formats import ImageFormat
from chalicelib.keys import DOG_PICTURES

#: The maximum number of addresses in one response of the API.
MOST = 50
#: The limit for a JSON response of the API in bytes. Fifty addresses need about 5,000.
_MAX_JSON_BYTES = 1_000_000
#: The maximum length of a breed or a name in bytes.
_MAX_NAME = 200
_EXTENSIONS = {known.suffix: known for known in ImageFormat} | {
    ".jpeg": ImageFormat.JPEG,
    ".jfif": ImageFormat.JPEG,
    ".tif": ImageFormat.TIFF,
    ".heif": ImageFormat.HEIC,
}


@dataclass(frozen=True)
class DogPicture:
    """One picture of the API, or of another host, which has no breed. Pictures of different breeds can share a name."""

    url: str
    breed: str
    name: str

    @property
    def key(self) -> str:
        """Return the key of the stored object."""
        return f"{DOG_PICTURES}{self.breed}-{self.name}" if self.breed else f"{DOG_PICTURES}{self.name}"


def random_picture(downloader: Downloader, api_url: str) -> DogPicture:
    """Ask the API for a random picture. Raises DogApiMalformed, or an error of the downloader."""
    return read_address(_read_message(downloader, f"{api_url}/api/breeds/image/random"))


def random_addresses(downloader: Downloader, api_url: str, count: int, breed: str | None) -> list[object]:
    """Ask the API for at most `count` random addresses, of all breeds or of one (`hound`, `hound/afghan`).

    The addresses are not checked yet: pass each to read_address().
    Raises DogApiMalformed, or an error of the downloader. Raises InvalidRequest for a breed that the API does not know.
    """
    path = f"breed/{breed}/images/random" if breed else "breeds/image/random"
    try:
        addresses = _read_message(downloader, f"{api_url}/api/{path}/{min(count, MOST)}")
    except DogApiMalformed as error:
        if breed and error.actual == HTTPStatus.NOT_FOUND:
            raise InvalidRequest(f"The dog API has no breed {breed!r}.", code="bad_option") from error
        raise
    if not isinstance(addresses, list):
        raise DogApiMalformed("The dog API did not return a list of addresses.")
    return addresses


def read_address(address: object) -> DogPicture:
    """Return the picture at `.../breeds/<breed>/<name>`. Raises DogApiMalformed for any other address."""
    if not isinstance(address, str) or not address.isprintable():
        raise DogApiMalformed("It is not an address.")
    try:
        parts = [unquote(part, errors="strict") for part in urlsplit(address).path.split("/")]
    except ValueError as error:
        raise DogApiMalformed("The address is not a valid URL.") from error
    if len(parts) < 4 or parts[-3] != "breeds" or not all(_is_name(part) for part in parts[-2:]):
        raise DogApiMalformed("The address does not end in /breeds/<breed>/<name>.")
    return DogPicture(address, parts[-2], parts[-1])


def read_any_address(address: object, hosts: Collection[str]) -> DogPicture:
    """Return the picture at `.../breeds/<breed>/<name>`, or at any path of one of `hosts`.

    Raises DogApiMalformed for a text that is no address, and DogHostNotAllowed for that of another host.
    A picture without a breed has a digest of its address in its name, because other paths may end in the same name.
    """
    try:
        return read_address(address)
    except DogApiMalformed as error:
        if not isinstance(address, str) or not _is_https(address):
            raise DogApiMalformed("It is not an address that begins with https://.") from error
        if urlsplit(address).hostname not in hosts:
            raise DogHostNotAllowed(
                "The host is not one of INGEST_HOSTS, and the address does not end in /breeds/<breed>/<name>."
            ) from error
    name = unquote(urlsplit(address).path.rsplit("/", 1)[-1])
    digest = hashlib.sha256(address.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    full_name = f"{digest}-{name}"
    return DogPicture(address, "", full_name if _is_name(name) and _is_name(full_name) else digest)


def _is_https(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return address.isprintable() and parts.scheme == "https" and bool(parts.hostname)


def check_picture(picture: DogPicture, data: bytes, max_pixels: int) -> ImageFormat:
    """Return the format of the bytes.

    Raises DogImageEmpty or DogImageNotAnImage. Raises DogImageTooLarge if there are too many pixels, and
    DogImageMislabelled if the extension belongs to another format.
    """
    from chalicelib.imaging.codec import probe  # imported here: only one task of the workflow needs Pillow

    if not data:
        raise DogImageEmpty(f"{picture.name} is empty.")
    try:
        image_format = probe(data, max_pixels)
    except ImageTooLarge as error:
        raise DogImageTooLarge(error.detail, limit=error.limit, actual=error.actual) from error
    except ImageRejected as error:
        raise DogImageNotAnImage(f"{picture.name} is not an image: {error.detail}") from error
    extension = PurePosixPath(picture.name).suffix.lower()
    if extension and _EXTENSIONS.get(extension) is not image_format:
        raise DogImageMislabelled(f"The bytes of {picture.name} are {image_format.name}.")
    return image_format


def _read_message(downloader: Downloader, url: str) -> object:
    try:
        response = json.loads(downloader.get(url, _MAX_JSON_BYTES))
    except (ValueError, RecursionError) as error:
        raise DogApiMalformed("The response of the dog API is not JSON.") from error
    except DogImageTooLarge as error:
        raise DogApiMalformed("The response of the dog API is too long.") from error
    if not isinstance(response, dict) or "message" not in response:
        raise DogApiMalformed("The response of the dog API has no `message`.")
    return response["message"]


def _is_name(text: str) -> bool:
    """Return whether a text is safe as part of a key: no slash, no backslash, and no dot at its start."""
    return 1 <= len(text.encode()) <= _MAX_NAME and text.isprintable() and text[0] != "." and not set(text) & set("/\\")
