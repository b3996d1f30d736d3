"""Downloads from a server on this machine: hosts, redirects, size limits and time-outs."""

import pytest

from chalicelib.dog_api.download import Downloader
from chalicelib.errors import DogApiMalformed, DogApiUnavailable, DogHostNotAllowed, DogImageTooLarge
from tests.dog_api.server import ENDED, PAUSE, PIECES, SLOW


def local(timeout: float = 240.0, deadline: float = 240.0) -> Downloader:
    return Downloader(loopback=True, timeout=timeout, deadline=deadline)


def test_a_body_of_exactly_the_limit_is_downloaded(url: str) -> None:
    assert len(local().get(f"{url}/bytes/200000", 200_000)) == 200_000


def test_a_body_over_the_limit_is_rejected(url: str) -> None:
    with pytest.raises(DogImageTooLarge) as raised:
        local().get(f"{url}/bytes/200001", 200_000)
    assert raised.value.limit == 200_000


def test_three_redirects_are_followed_and_a_fourth_is_an_error(url: str) -> None:
    assert local().get(f"{url}/hop/2") == b"xxx"
    with pytest.raises(DogApiMalformed, match="redirects"):
        local().get(f"{url}/hop/3")


def test_a_redirect_to_another_host_is_not_followed(url: str) -> None:
    with pytest.raises(DogHostNotAllowed):
        local().get(f"{url}/away")


@pytest.mark.parametrize(("path", "error"), [("429", DogApiUnavailable), ("500", DogApiUnavailable)])
def test_a_429_and_a_5xx_are_transient_errors(url: str, path: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        local().get(f"{url}/{path}")


def test_another_status_is_a_permanent_error(url: str) -> None:
    with pytest.raises(DogApiMalformed, match="404") as raised:
        local().get(f"{url}/404")
    assert raised.value.actual == 404


def test_a_body_that_is_cut_short_is_a_transient_error(url: str) -> None:
    with pytest.raises(DogApiUnavailable):
        local().get(f"{url}/short")


def test_a_server_that_sends_nothing_is_a_transient_error(url: str) -> None:
    with pytest.raises(DogApiUnavailable):
        local(timeout=0.2).get(f"{url}/silent")


@pytest.mark.parametrize("what", SLOW)
def test_a_slow_download_stops_at_the_deadline(url: str, what: str) -> None:
    with pytest.raises(DogApiUnavailable):
        local(deadline=1.5).get(f"{url}/slowly/{what}/{PAUSE}")
    assert f"/slowly/{what}/{PAUSE}" not in ENDED


@pytest.mark.parametrize("what", SLOW)
def test_a_slow_download_within_the_deadline_is_complete(url: str, what: str) -> None:
    got = {"body": b"a" * PIECES, "chunk-size": b"abc", "trailers": b"abc"}
    assert local().get(f"{url}/slowly/{what}/0") == got.get(what, b"")


def test_a_refused_connection_is_a_transient_error() -> None:
    with pytest.raises(DogApiUnavailable):
        local().get("http://127.0.0.1:1/")


@pytest.mark.parametrize(
    "address",
    [
        "http://dog.ceo/x",
        "https://dog.ceo:8443/x",
        "https://dog.ceo@evil.example/x",
        "https://evil.example@dog.ceo/x",
        "https://dog.ceo\\@evil.example/x",
        "https://dog.ceo.evil.example/x",
        "https://dog.ceo./x",
        "https://images.dog.ceo\n.evil.example/x",
        "https://dog.\nceo/x",
        "https://[::1/x",
        "https://user:password@dog.ceo/x",
        "https://dog.ceo:443@evil.example/x",
        "https://dog.ceo:443/x",
        "https://dog.ceo%40evil.example/x",
        "https://dog.ceo#@evil.example/x\\",
        "https://\uff44og.ceo/x",
        "https://dog\u3002ceo/x",
        "https://xn--dog-ceo.example/x",
        "https:dog.ceo/x",
        "//dog.ceo/x",
        "file:///etc/passwd",
        "http://127.0.0.1:80/x",
        "http://169.254.169.254/latest",
        "",
    ],
)
def test_a_deployed_stage_connects_to_no_other_address(address: str) -> None:
    with pytest.raises(DogHostNotAllowed):
        Downloader(loopback=False).get(address)


@pytest.mark.parametrize(
    "address",
    [
        "http://dog.ceo/x",
        "https://127.0.0.1/x",
        "http://user@127.0.0.1/x",
        "http://127.0.0.1:80@evil.example/x",
        "http://127.0.0.1:/x",
        "http://127.0.0.1:080/x",
        "http://127.0.0.2/x",
        "http://localhost.evil.example/x",
    ],
)
def test_the_local_stage_connects_to_no_other_address(address: str) -> None:
    with pytest.raises(DogHostNotAllowed):
        local().get(address)


@pytest.mark.parametrize("address", ["https://dog.ceo/x", "https://DOG.CEO/x", "https://Images.Dog.ceo/a%20b?c=d#e"])
def test_the_hosts_of_the_dog_api_are_allowed_in_any_case(address: str) -> None:
    """The deadline has passed, so that the test opens no connection."""
    with pytest.raises(DogApiUnavailable, match="took more than"):
        Downloader(loopback=False, deadline=-1).get(address)
