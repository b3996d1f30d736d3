"""The stub answers as dog.ceo does; the service's own client reads the answers."""

import json
from collections.abc import Iterator

import pytest

from chalicelib.dog_api.download import Downloader
from chalicelib.dog_api.pictures import check_picture, random_addresses, random_picture, read_address
from chalicelib.errors import DogApiMalformed, InvalidRequest
from scripts.embedded.stub_dog_api import BREEDS, StubDogApi

DOWNLOADER = Downloader(loopback=True)


@pytest.fixture(scope="module")
def api() -> Iterator[StubDogApi]:
    api = StubDogApi()
    yield api
    api.stop()


def test_every_fifth_picture_is_a_png_by_its_bytes(api: StubDogApi) -> None:
    pictures = [random_picture(DOWNLOADER, api.url) for _ in range(10)]
    formats = [check_picture(each, DOWNLOADER.get(each.url), 1_000_000).name for each in pictures]
    assert sorted(formats) == ["JPEG"] * 8 + ["PNG"] * 2
    assert formats[:5] == formats[5:]


def test_names_repeat_between_breeds_but_keys_do_not(api: StubDogApi) -> None:
    pictures = [read_address(each) for each in random_addresses(DOWNLOADER, api.url, 50, None)]
    assert len(pictures) == 50
    assert len({each.key for each in pictures}) > len({each.name for each in pictures})


@pytest.mark.parametrize(
    ("breed", "found"), [("hound", {"hound-afghan", "hound-basset"}), ("retriever/golden", {"retriever-golden"})]
)
def test_a_breed_has_its_own_pictures(api: StubDogApi, breed: str, found: set[str]) -> None:
    assert {read_address(each).breed for each in random_addresses(DOWNLOADER, api.url, 8, breed)} == found


def test_all_breeds_are_listed(api: StubDogApi) -> None:
    assert set(json.loads(DOWNLOADER.get(f"{api.url}/api/breeds/list/all"))["message"]) == set(BREEDS)


def test_an_unknown_breed_or_picture_is_a_404(api: StubDogApi) -> None:
    with pytest.raises(InvalidRequest, match="no breed 'cat'"):
        random_addresses(DOWNLOADER, api.url, 1, "cat")
    with pytest.raises(DogApiMalformed, match="404"):
        DOWNLOADER.get(read_address(f"{api.url}/breeds/pug/none.jpg").url)
