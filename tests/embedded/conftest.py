"""What the tests of the embedded AWS share: a tiny app behind the gateway, and settings of a stage."""

import hashlib
import http.client
from collections.abc import Iterator

import pytest
from chalice.app import Chalice, CORSConfig, Response
from chalice.config import Config

from chalicelib.settings import Settings
from scripts.embedded.gateway import Gateway
from scripts.embedded.server import AwsServer

ENVIRON = {
    "STAGE": "local",
    "IMAGES_BUCKET": "darkroom-local-images",
    "LANDING_BUCKET": "darkroom-local-landing",
    "DESTINATION_BUCKET": "darkroom-local-sanitized",
    "IMAGES_TABLE": "darkroom-local-Images",
    "DDB_TABLE": "darkroom-local-DogImageUploads",
}


def tiny_app() -> Chalice:
    """Build an app that says what reached it."""
    app = Chalice("tiny", configure_logs=False)
    app.api.cors = CORSConfig(allow_origin="https://example.test", expose_headers=["X-Request-Id"])

    @app.route("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.route("/digest", methods=["POST"], content_types=["text/plain", "application/octet-stream"])
    def digest() -> dict[str, str | int]:
        body = app.current_request.raw_body
        encoding = app.current_request.headers.get("transfer-encoding", "")
        return {"sha256": hashlib.sha256(body).hexdigest(), "size": len(body), "encoding": encoding}

    @app.route("/nothing", methods=["DELETE"])
    def nothing() -> Response:
        return Response(body="", status_code=204)

    return app


def config_of(app: Chalice) -> Config:
    """Configure an app as stage local of a project would."""
    params = {"chalice_app": app, "app_name": "tiny"}
    functions = {"api_handler": {"lambda_timeout": 29}, "fail": {"lambda_timeout": 7, "lambda_memory_size": 256}}
    return Config("local", user_provided_params=params, config_from_disk={"lambda_functions": functions})


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    app = tiny_app()
    gateway = Gateway(app, config_of(app))
    yield gateway
    gateway.stop()


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "local")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


@pytest.fixture(scope="module")
def server() -> Iterator[AwsServer]:
    server = AwsServer()
    yield server
    server.stop()


@pytest.fixture
def aws(server: AwsServer, credentials: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsServer]:
    """moto's server on a free port, empty before and after."""
    # moto's Step Functions call the other services through this port.
    monkeypatch.setenv("MOTO_PORT", str(server.port))
    reset(server)
    yield server
    reset(server)


def reset(server: AwsServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("POST", "/moto-api/reset")
    assert connection.getresponse().status == 200
    connection.close()


@pytest.fixture
def settings(aws: AwsServer) -> Settings:
    return Settings.from_environ(ENVIRON | {"AWS_ENDPOINT_URL": aws.url})
