"""Which hosts are connected to: those of INGEST_HOSTS over HTTPS, and only at public addresses."""

from http.client import HTTPConnection
from urllib.parse import SplitResult

import pytest

from chalicelib.dog_api.download import Downloader, check_is_public
from chalicelib.errors import DogHostNotAllowed
from tests.dog_api.server import REQUESTED


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.1",
            "224.0.0.1",
        ),
        *("224.0.0.1", "::1", "::", "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "ff02::1"),
    ],
)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    with pytest.raises(DogHostNotAllowed, match="not public"):
        check_is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_a_public_address_is_accepted(address: str) -> None:
    check_is_public(address)


def test_a_host_whose_name_leads_to_this_machine_gets_no_request(url: str) -> None:
    class Rebound(Downloader):
        """Connects where the name of the host leads."""

        def _connection(self, parts: SplitResult, timeout: float) -> HTTPConnection:
            assert parts.hostname == "pictures.example.org"
            return HTTPConnection(url.removeprefix("http://"), timeout=timeout)

    REQUESTED.clear()
    downloader = Rebound(loopback=False, hosts={"pictures.example.org"})
    with pytest.raises(DogHostNotAllowed, match="not public"):
        downloader.get("https://pictures.example.org/bytes/5")
    assert REQUESTED == []
    assert Downloader(loopback=True).get(f"{url}/bytes/5")
    assert REQUESTED == ["/bytes/5"]


@pytest.mark.parametrize(
    "address",
    [
        "https://pictures.example.org:443/a.jpg",
        "https://user@pictures.example.org/a.jpg",
        "http://pictures.example.org/a.jpg",
        "https://more.pictures.example.org/a.jpg",
        "https://example.org/a.jpg",
    ],
)
def test_only_the_exact_host_over_https_is_allowed(address: str) -> None:
    with pytest.raises(DogHostNotAllowed):
        Downloader(loopback=False, hosts={"pictures.example.org"}).get(address)
