"""The hosts of INGEST_HOSTS: plain names with a dot, and neither addresses nor ports."""

import pytest

from chalicelib.environment import SettingsError
from chalicelib.settings import Settings
from tests.test_settings import NEEDED


def hosts_of(text: str) -> tuple[str, ...]:
    return Settings.from_environ(NEEDED | {"INGEST_HOSTS": text}).ingest_hosts


def test_a_list_with_commas_is_read_in_its_order_and_each_host_once() -> None:
    assert hosts_of("b.example.org, a-1.example,b.example.org") == ("b.example.org", "a-1.example")
    assert hosts_of("") == ()


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "127.0.0.1", "169.254.169.254", "[::1]", "0x7f.1", "2130706433"),
        *("a.example:443", "https://a.example", "a.example/x", "user@a.example", "*.example", "A.example"),
        *("-a.example", "a-.example", "a..example", ".example", "a.example.", "a_b.example", "ü.example", "a.1"),
        *(f"{'a' * 64}.example", f"{'a.' * 125}example"),
    ],
)
def test_what_is_not_the_plain_name_of_a_host_is_refused(host: str) -> None:
    with pytest.raises(SettingsError, match="INGEST_HOSTS must name hosts such as"):
        hosts_of(f"a.example,{host}")
