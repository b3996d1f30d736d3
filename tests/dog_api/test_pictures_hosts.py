"""Addresses on hosts of INGEST_HOSTS become pictures, with a breed or without."""

import re

import pytest

from chalicelib.dog_api.pictures import DogPicture, read_address, read_any_address
from chalicelib.errors import DogApiMalformed, DogHostNotAllowed

ADDRESS = "https://images.dog.ceo/breeds/hound-afghan/n02088094_1003.jpg"
HOSTS = ("pictures.example.org",)


def test_an_address_of_the_dog_api_has_its_breed_on_any_host() -> None:
    address = "https://pictures.example.org/breeds/pug/a.jpg"
    assert read_any_address(address, HOSTS) == DogPicture(address, "pug", "a.jpg")
    assert read_any_address(ADDRESS, ()) == read_address(ADDRESS)


def test_another_path_has_no_breed_and_a_key_of_its_own() -> None:
    pictures = [read_any_address(f"https://pictures.example.org/{path}", HOSTS) for path in ("x/a.jpg", "y/a.jpg")]
    assert [each.breed for each in pictures] == ["", ""]
    assert len({each.key for each in pictures}) == 2
    assert all(re.fullmatch("html/[0-9a-f]{16}-a.jpg", each.key) for each in pictures)


@pytest.mark.parametrize("path", ["", "x/", "x/..", "x/%2e%2e", "x/a%2fb", "x/a%5cb", "x/a%0ab", "x/" + "n" * 190])
def test_a_path_without_a_usable_name_gets_a_digest(path: str) -> None:
    picture = read_any_address(f"https://pictures.example.org/{path}", HOSTS)
    assert re.fullmatch("html/[0-9a-f]{16}", picture.key)


@pytest.mark.parametrize(
    "address",
    [
        "http://pictures.example.org/a.jpg",
        "https://[pictures.example.org/a.jpg",
        "https://pictures.example.org/a\n.jpg",
        "pictures.example.org/a.jpg",
        None,
    ],
)
def test_a_text_that_is_no_https_address_is_refused(address: object) -> None:
    with pytest.raises(DogApiMalformed, match=r"^It is not an address that begins with https://\.$"):
        read_any_address(address, HOSTS)


@pytest.mark.parametrize("host", ["other.example.org", "images.dog.ceo", "pictures.example.org.evil.example"])
def test_another_path_elsewhere_is_refused_with_the_setting_that_names_hosts(host: str) -> None:
    with pytest.raises(DogHostNotAllowed, match="The host is not one of INGEST_HOSTS"):
        read_any_address(f"https://{host}/a.jpg", HOSTS)
