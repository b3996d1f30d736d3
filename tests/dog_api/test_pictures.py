"""Addresses of the dog API become keys, and only images with the right name pass the check."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from chalicelib.dog_api import pictures
from chalicelib.dog_api.pictures import (
    DogPicture,
    check_picture,
    random_addresses,
    random_picture,
    read_address,
)
from chalicelib.errors import (
    DogApiMalformed,
    DogApiUnavailable,
    DogImageEmpty,
    DogImageMislabelled,
    DogImageNotAnImage,
    DogImageTooLarge,
    InvalidRequest,
)
from chalicelib.imaging.formats import ImageFormat
from tests.pictures import bomb_png, photo

API = "https://dog.ceo"
ADDRESS = "https://images.dog.ceo/breeds/hound-afghan/n02088094_1003.jpg"
_LIMIT = 1_000_000


@dataclass
class Responses:
    """A downloader with fixed responses, which respects the limit as the real one does."""

    bodies: dict[str, bytes]
    requested: list[str] = field(default_factory=list)

    def get(self, url: str, limit: int) -> bytes:
        self.requested.append(url)
        if url not in self.bodies:
            raise DogApiUnavailable("There is no response.")
        if len(self.bodies[url]) > limit:
            raise DogImageTooLarge("The response is too long.", limit=limit)
        return self.bodies[url]


def _serving(path: str, body: bytes) -> Any:
    return Responses({API + path: body})


def _message(message: object) -> bytes:
    return json.dumps({"message": message, "status": "success"}).encode()


def test_a_random_picture_is_read_from_the_response() -> None:
    downloader = _serving("/api/breeds/image/random", _message(ADDRESS))
    assert random_picture(downloader, API) == DogPicture(ADDRESS, "hound-afghan", "n02088094_1003.jpg")


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"[]",
        b'"text"',
        b'{"status": "success"}',
        b"[" * 100_000,
        b"\xff\xfe",
        _message(None),
        _message(["a list"]),
        b" " * 1_000_001 + _message(ADDRESS),
    ],
    ids=["HTML", "list", "text", "no message", "nested", "not UTF-8", "null", "list as message", "too long"],
)
def test_another_response_is_malformed(body: bytes) -> None:
    with pytest.raises(DogApiMalformed):
        random_picture(_serving("/api/breeds/image/random", body), API)


def test_an_error_of_the_downloader_passes() -> None:
    with pytest.raises(DogApiUnavailable):
        random_picture(_serving("/elsewhere", b""), API)


@pytest.mark.parametrize(
    ("count", "breed", "path"),
    [
        (7, None, "/api/breeds/image/random/7"),
        (7, "hound", "/api/breed/hound/images/random/7"),
        (7, "hound/afghan", "/api/breed/hound/afghan/images/random/7"),
        (5_000, None, f"/api/breeds/image/random/{pictures.MOST}"),
    ],
)
def test_random_addresses_are_requested_by_count_and_breed(count: int, breed: str | None, path: str) -> None:
    downloader = _serving(path, _message([ADDRESS, 5]))
    assert random_addresses(downloader, API, count, breed) == [ADDRESS, 5]


def test_a_message_that_is_not_a_list_of_addresses_is_malformed() -> None:
    with pytest.raises(DogApiMalformed):
        random_addresses(_serving("/api/breeds/image/random/3", _message("Breed not found")), API, 3, None)


def test_the_key_consists_of_breed_and_name() -> None:
    assert read_address(ADDRESS).key == "html/hound-afghan-n02088094_1003.jpg"


def test_escapes_in_an_address_are_decoded_once() -> None:
    address = "https://images.dog.ceo/breeds/pug/my%20dog%2520+%C3%A9.jpg?size=1#top"
    assert read_address(address) == DogPicture(address, "pug", "my dog%20+é.jpg")


@pytest.mark.parametrize(
    "address",
    [
        None,
        5,
        ["https://images.dog.ceo/breeds/pug/a.jpg"],
        "",
        "https://images.dog.ceo/a.jpg",
        "https://images.dog.ceo/pug/a.jpg",
        "https://images.dog.ceo/breeds/pug/a.jpg/more",
        "https://images.dog.ceo/breeds/pug/",
        "https://images.dog.ceo/breeds//a.jpg",
        "https://images.dog.ceo/breeds/../a.jpg",
        "https://images.dog.ceo/breeds/pug/..",
        "https://images.dog.ceo/breeds/pug/.hidden.jpg",
        "https://images.dog.ceo/breeds/pug/..%2fa.jpg",
        "https://images.dog.ceo/breeds/pug/a%5cb.jpg",
        "https://images.dog.ceo/breeds/pug/a%00.jpg",
        "https://images.dog.ceo/breeds/pug/a%0a.jpg",
        "https://images.dog.ceo/breeds/pug/a\n.jpg",
        "https://images.dog.ceo/breeds/pug/%ff.jpg",
        "https://[::1/breeds/pug/a.jpg",
        "https://images.dog.ceo/breeds/pug/" + "n" * 201,
        "https://images.dog.ceo/breeds/pug/" + "%C3%A9" * 101,
    ],
)
def test_another_address_is_malformed(address: object) -> None:
    with pytest.raises(DogApiMalformed):
        read_address(address)


def test_a_name_of_exactly_the_limit_is_allowed() -> None:
    assert len(read_address("https://images.dog.ceo/breeds/pug/" + "n" * 200).name) == 200


def _picture(name: str) -> DogPicture:
    return DogPicture(f"https://images.dog.ceo/breeds/pug/{name}", "pug", name)


@pytest.mark.parametrize(
    ("name", "pillow_name"),
    [
        ("a.jpg", "JPEG"),
        ("a.jpeg", "JPEG"),
        ("a.JFIF", "JPEG"),
        ("a.png", "PNG"),
        ("a.b.webp", "WEBP"),
        ("a.tif", "TIFF"),
        ("a.tiff", "TIFF"),
        ("without-extension", "PNG"),
    ],
)
def test_the_format_is_that_of_the_bytes(name: str, pillow_name: str) -> None:
    assert check_picture(_picture(name), photo(pillow_name=pillow_name), _LIMIT) is ImageFormat[pillow_name]


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("a.jpg", b"", DogImageEmpty),
        ("a.jpg", b"<!DOCTYPE html><html>not found</html>", DogImageNotAnImage),
        ("a.jpg", b"\xff\xd8\xff and nothing more", DogImageNotAnImage),
        ("a.jpg", photo(pillow_name="PNG"), DogImageMislabelled),
        ("a.png", photo(), DogImageMislabelled),
        ("a.html", photo(), DogImageMislabelled),
        ("a.png", bomb_png(30_000, 30_000), DogImageTooLarge),
    ],
)
def test_other_bytes_are_rejected_by_their_own_error(name: str, data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        check_picture(_picture(name), data, _LIMIT)


def test_a_picture_with_too_many_pixels_says_how_many_are_allowed() -> None:
    with pytest.raises(DogImageTooLarge) as raised:
        check_picture(_picture("a.png"), photo(100, 100, "PNG"), 10_000)
    assert (raised.value.limit, raised.value.actual) == (8_000, 10_000)


@dataclass
class _Refusing:
    """A downloader whose every answer has one status."""

    status: int

    def get(self, _url: str, _limit: int) -> bytes:
        raise DogApiMalformed(f"dog.ceo returned status {self.status}.", actual=self.status)


def test_a_breed_that_the_api_does_not_know_is_named() -> None:
    downloader: Any = _Refusing(404)
    with pytest.raises(InvalidRequest, match="The dog API has no breed 'nosuch'"):
        random_addresses(downloader, API, 3, "nosuch")


@pytest.mark.parametrize(("status", "breed"), [(403, "hound"), (404, None)])
def test_another_refusal_does_not_blame_the_breed(status: int, breed: str | None) -> None:
    downloader: Any = _Refusing(status)
    with pytest.raises(DogApiMalformed, match=str(status)):
        random_addresses(downloader, API, 3, breed)
