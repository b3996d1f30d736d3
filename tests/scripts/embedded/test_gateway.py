"""The gateway serves the app on loopback, with one request for each thread, and frees its port."""

import hashlib
import http.client
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from scripts.embedded.gateway import Gateway
from scripts.embedded.ports import PortError, check_port, port_errors
from tests.scripts.embedded.conftest import config_of, tiny_app

#: Only a server that hangs takes this long.
SECONDS = 240.0


def test_fifty_requests_at_once_each_get_their_own_answer(gateway: Gateway) -> None:
    def post(number: int) -> tuple[str, str]:
        body = f"{number}-".encode() * 1000
        connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=SECONDS)
        connection.request("POST", "/digest", body=body, headers={"Content-Type": "text/plain"})
        answer = json.load(connection.getresponse())
        connection.close()
        return answer["sha256"], hashlib.sha256(body).hexdigest()

    with ThreadPoolExecutor(50) as pool:
        pairs = list(pool.map(post, range(50)))
    assert all(actual == expected for actual, expected in pairs)
    assert len(set(pairs)) == 50


def test_a_stopped_gateway_leaves_its_port_free() -> None:
    app = tiny_app()
    gateway = Gateway(app, config_of(app))
    with pytest.raises(PortError, match="PORT="):
        check_port(gateway.port, "PORT")
    other = tiny_app()
    with pytest.raises(PortError, match=f"port {gateway.port} is in use .* PORT="), port_errors(gateway.port, "PORT"):
        Gateway(other, config_of(other), gateway.port)
    gateway.stop()
    check_port(gateway.port, "PORT")
