"""Fixtures for the embedded AWS: a tiny app behind the gateway, moto's server, and the settings of a stage."""

import hashlib
import http.client
import os
from collections.abc import Iterator
from dataclasses import replace
from typing import cast

import pytest
from chalice.app import Chalice, CORSConfig, Request, Response
from chalice.config import Config

from chalicelib.settings import Settings
from scripts.embedded.gateway import Gateway
from scripts.embedded.server import AwsServer


def tiny_app() -> Chalice:
    """Return an app whose answers say what it received."""
    app = Chalice("tiny", configure_logs=False)
    app.api.cors = CORSConfig(allow_origin="https://example.test", expose_headers=["X-Request-Id"])

    @app.route("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.route("/digest", methods=["POST"], content_types=["text/plain", "application/octet-stream"])
    def digest() -> dict[str, str | int]:
        request = cast("Request", app.current_request)
        body = cast("bytes", request.raw_body)
        encoding = request.headers.get("transfer-encoding", "")
        return {"sha256": hashlib.sha256(body).hexdigest(), "size": len(body), "encoding": encoding}

    @app.route("/nothing", methods=["DELETE"])
    def nothing() -> Response:
        return Response(body="", status_code=204)

    return app


def config_of(app: Chalice) -> Config:
    """Return the configuration of an app as stage `local`."""
    params = {"chalice_app": app, "app_name": "tiny"}
    functions = {"api_handler": {"lambda_timeout": 29}, "fail": {"lambda_timeout": 7, "lambda_memory_size": 256}}
    return Config("local", user_provided_params=params, config_from_disk={"lambda_functions": functions})


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    app = tiny_app()
    gateway = Gateway(app, config_of(app))
    yield gateway
    gateway.stop()


@pytest.fixture(scope="module")
def server() -> Iterator[AwsServer]:
    """Return moto's server on a free port, empty before and after the module."""
    server = AwsServer()
    # moto's Step Functions call the other services at this port.
    with pytest.MonkeyPatch.context() as environ:
        environ.setenv("MOTO_PORT", str(server.port))
        reset(server)
        yield server
        reset(server)
    server.stop()


def reset(server: AwsServer) -> None:
    """Delete everything that moto holds."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("POST", "/moto-api/reset")
    assert connection.getresponse().status == 200
    connection.close()


@pytest.fixture(scope="module")
def served(server: AwsServer) -> Settings:
    """Return the settings of the stage, on moto's server."""
    return replace(Settings.from_environ(os.environ), endpoint_url=server.url)
