"""Dog pictures as the API names them: which there are, what they are called here, and whether the bytes are one."""

import json
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from chalicelib.dog_api.download import Downloader
from chalicelib.errors import (
    DogApiMalformed,
    DogImageEmpty,
    DogImageMislabelled,
    DogImageNotAnImage,
    DogImageTooLarge,
    ImageRejected,
    ImageTooLarge,
)
from chalicelib.imaging.codec import probe
from chalicelib.imaging.formats import ImageFormat

#: Where dog pictures lie in their bucket.
PREFIX = "html/"
#: The most addresses that the API gives in one answer.
MOST = 50
#: Bytes of an answer of the API; fifty addresses have some five thousand.
_ANSWER_BYTES = 1_000_000
_MAX_NAME = 200
_EXTENSIONS = {known.suffix: known for known in ImageFormat} | {
    ".jpeg": ImageFormat.JPEG,
    ".jfif": ImageFormat.JPEG,
    ".tif": ImageFormat.TIFF,
    ".heif": ImageFormat.HEIC,
}


@dataclass(frozen=True)
class DogPicture:
    """One picture of the API: its address, its breed and its name, which other breeds may have as well."""

    url: str
    breed: str
    name: str

    @property
    def key(self) -> str:
        """Name the object that it is stored as."""
        return f"{PREFIX}{self.breed}-{self.name}"


def random_picture(downloader: Downloader, api_url: str) -> DogPicture:
    """Ask the API for a picture; raises DogApiMalformed, or what the downloader does."""
    return read_address(_message(downloader, f"{api_url}/api/breeds/image/random"))


def random_addresses(downloader: Downloader, api_url: str, count: int, breed: str | None) -> list[object]:
    """Ask the API for at most `count` addresses, of one breed (`hound`, `hound/afghan`) where one is named.

    Whether each is an address `read_address` tells. Raises DogApiMalformed, or what the downloader does.
    """
    path = f"breed/{breed}/images/random" if breed else "breeds/image/random"
    addresses = _message(downloader, f"{api_url}/api/{path}/{min(count, MOST)}")
    if not isinstance(addresses, list):
        raise DogApiMalformed("The dog API gave no list of addresses.")
    return addresses


def read_address(address: object) -> DogPicture:
    """Read breed and name out of `.../breeds/<breed>/<name>`; raises DogApiMalformed for any other address."""
    if not isinstance(address, str) or not address.isprintable():
        raise DogApiMalformed("The dog API gave no address of a picture.")
    try:
        parts = [unquote(part, errors="strict") for part in urlsplit(address).path.split("/")]
    except ValueError as error:
        raise DogApiMalformed("The dog API gave an address that cannot be read.") from error
    if len(parts) < 4 or parts[-3] != "breeds" or not all(_is_name(part) for part in parts[-2:]):
        raise DogApiMalformed("The dog API gave an address that is not /breeds/<breed>/<name>.")
    return DogPicture(address, parts[-2], parts[-1])


def check_picture(picture: DogPicture, data: bytes, max_pixels: int) -> ImageFormat:
    """Tell the true format of the bytes.

    Raises DogImageEmpty, DogImageNotAnImage, DogImageTooLarge by its pixels, or DogImageMislabelled.
    """
    if not data:
        raise DogImageEmpty(f"{picture.name} is empty.")
    try:
        image_format = probe(data, max_pixels)
    except ImageTooLarge as error:
        raise DogImageTooLarge(error.detail, limit=error.limit, actual=error.actual) from error
    except ImageRejected as error:
        raise DogImageNotAnImage(f"{picture.name} is no image: {error.detail}") from error
    extension = PurePosixPath(picture.name).suffix.lower()
    if extension and _EXTENSIONS.get(extension) is not image_format:
        raise DogImageMislabelled(f"{picture.name} is {image_format.name} by its bytes.")
    return image_format


def _message(downloader: Downloader, url: str) -> object:
    try:
        answer = json.loads(downloader.get(url, _ANSWER_BYTES))
    except (ValueError, RecursionError) as error:
        raise DogApiMalformed("The dog API did not answer in JSON.") from error
    except DogImageTooLarge as error:
        raise DogApiMalformed("The dog API's answer is far too long.") from error
    if not isinstance(answer, dict) or "message" not in answer:
        raise DogApiMalformed("The dog API's answer has no message.")
    return answer["message"]


def _is_name(text: str) -> bool:
    """Tell whether a text can be part of a key: one level of a path, no way up, no hidden file."""
    return 1 <= len(text.encode()) <= _MAX_NAME and text.isprintable() and text[0] != "." and not set(text) & set("/\\")
