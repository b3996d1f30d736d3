"""Authentication: keys that the app checks, callers that API Gateway has checked, and images of other callers."""

import base64
import http.client
import importlib.util
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from chalice.deploy.swagger import SwaggerGenerator
from chalice.local import LambdaContext
from chalice.test import Client
from moto import mock_aws

from chalicelib import backends
from chalicelib.records import shown_owner
from chalicelib.rest.access import PUBLIC
from chalicelib.settings import Settings
from scripts.embedded import local_stage
from scripts.embedded.gateway import Gateway
from tests import stage
from tests.conftest import ROOT
from tests.flows.photos import photo
from tests.scripts.embedded.conftest import config_of

ANN, BOB = {"X-Api-Key": "a" * 20}, {"X-Api-Key": "b" * 20}
KEYS = f"ann:{ANN['X-Api-Key']},bob:{BOB['X-Api-Key']}"
POOL = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Pool"
TEXT = {"Content-Type": "text/plain"}
NAMES = {"api_handler_arn": "arn:aws:lambda:us-east-1:123456789012:function:a", "api_handler_name": "a"}


@contextmanager
def served(**environ: str) -> Iterator[Any]:
    """Import app.py again, with the environment of a stage."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environ.items():
            patch.setenv(name, value)
        spec = importlib.util.spec_from_file_location("app_of_a_stage", ROOT / "app.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        backends.current.cache_clear()
        yield module
    backends.current.cache_clear()


@pytest.fixture(scope="module", autouse=True)
def _stored() -> Iterator[None]:
    """Create the buckets and tables in one moto for all tests of this file. Each test makes its own images."""
    with mock_aws():
        settings = Settings.from_environ(os.environ)
        local_stage.create_buckets(settings, stage.s3())
        local_stage.create_tables(settings, stage.dynamodb())
        yield


@pytest.fixture(scope="module")
def keyed() -> Iterator[Any]:
    with served(AUTH="api_key", API_KEYS=KEYS) as module:
        yield module.app


@pytest.fixture
def client(keyed: Any) -> Client:
    return Client(keyed, stage_name="test", project_dir=str(ROOT))


def post(client: Client, headers: dict[str, str]) -> Any:
    return client.http.post("/images", headers=TEXT | headers, body=base64.b64encode(photo((20, 20)))).json_body


def test_every_route_except_the_public_ones_needs_credentials(client: Client, keyed: Any) -> None:
    for path, methods in keyed.routes.items():
        for method in methods:
            response = client.http.request(method, path.replace("{image_id}", "0" * 32).replace("{name}", "page.css"))
            if path in PUBLIC:
                assert response.status_code == 200
            else:
                assert (response.status_code, response.json_body["code"]) == (401, "unauthorized")
                assert response.headers["Content-Type"] == "application/problem+json"
                assert response.headers["WWW-Authenticate"]
                assert response.json_body["request_id"] == response.headers["X-Request-Id"]


@pytest.mark.parametrize("key", ["c" * 20, "a" * 19, "a" * 21, "é" * 20])
def test_an_unknown_key_is_forbidden(client: Client, key: str) -> None:
    response = client.http.get("/images", headers={"X-Api-Key": key})

    assert (response.status_code, response.json_body["code"]) == (403, "forbidden")


def test_an_image_of_another_caller_looks_like_a_missing_image(client: Client) -> None:
    image = post(client, ANN)
    path = f"/images/{image['id']}"
    assert image["owner"] == shown_owner("test", "ann")

    for method, url in (("GET", path), ("GET", f"{path}/content"), ("DELETE", path)):
        anns, missing = (
            client.http.request(method, each, headers=BOB) for each in (url, url.replace(image["id"], "0" * 32))
        )
        assert anns.status_code == missing.status_code == 404
        problem = {name: str(value).replace(image["id"], "0" * 32) for name, value in anns.json_body.items()}
        expected = {name: str(value) for name, value in missing.json_body.items()}
        assert {**problem, "request_id": ""} == {**expected, "request_id": ""}
    assert image["id"] not in {each["id"] for each in client.http.get("/images", headers=BOB).json_body["items"]}
    assert image["id"] in {each["id"] for each in client.http.get("/images", headers=ANN).json_body["items"]}
    assert client.http.get(path, headers=ANN).status_code == 200
    assert client.http.delete(path, headers=ANN).status_code == 204


def test_no_caller_sees_an_image_that_was_put_into_s3_by_hand(client: Client) -> None:
    bucket = backends.current().settings.images_bucket
    stage.put(bucket, "uploads/by-hand.jpg", photo((20, 20)))
    client.lambda_.invoke("resize_image", client.events.generate_s3_event(bucket, "uploads/by-hand.jpg"))

    assert client.http.get("/images?key=uploads/by-hand.jpg", headers=ANN).status_code == 404
    assert "system" not in {each["owner"] for each in client.http.get("/images", headers=ANN).json_body["items"]}


def test_an_upload_belongs_to_the_caller_who_created_it(client: Client) -> None:
    body = json.dumps({"content_type": "image/jpeg", "size": 9}).encode()
    upload = client.http.post("/uploads", headers={"Content-Type": "application/json"} | ANN, body=body).json_body

    assert client.http.get(f"/images/{upload['id']}", headers=BOB).status_code == 404
    assert client.http.get(f"/images/{upload['id']}", headers=ANN).json_body["status"] == "pending"


def test_the_same_idempotency_key_of_two_callers_makes_two_images(client: Client) -> None:
    first, second = (post(client, caller | {"Idempotency-Key": "same"}) for caller in (ANN, BOB))

    assert first["id"] != second["id"]


def test_the_local_server_needs_a_key(keyed: Any) -> None:
    gateway = Gateway(keyed, config_of(keyed))
    try:
        connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=240)
        answers = []
        for path, headers in (("/health", {}), ("/images", {}), ("/images", {"X-Api-Key": "c" * 20}), ("/images", ANN)):
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            answers.append((response.status, response.headers["Content-Type"], json.load(response).get("code")))
        connection.close()
    finally:
        gateway.stop()

    problem = "application/problem+json"
    assert answers[1:3] == [(401, problem, "unauthorized"), (403, problem, "forbidden")]
    assert [status for status, _, _ in answers] == [200, 401, 403, 200]


def test_an_image_of_a_signed_request_belongs_to_the_callers_arn() -> None:
    ann, bob = ({"userArn": f"arn:aws:iam::123456789012:user/{name}"} for name in ("ann", "bob"))
    with served(AUTH="iam") as module:
        image = json.loads(called(module.app, "POST", "/images", {"identity": ann}, photo((20, 20)))["body"])
        path = {"image_id": image["id"]}
        mine, anothers, unsigned = (
            called(module.app, "GET", "/images/{image_id}", context, path=path)
            for context in ({"identity": ann}, {"identity": bob}, {"identity": {"userArn": None}})
        )

    assert image["owner"] == shown_owner("test", ann["userArn"])
    assert [each["statusCode"] for each in (mine, anothers, unsigned)] == [200, 404, 401]


@pytest.mark.parametrize(
    ("environ", "context", "owner"),
    [
        ({"AUTH": "cognito", "COGNITO_USER_POOL_ARN": POOL}, {"authorizer": {"claims": {"sub": "5-a"}}}, "5-a"),
        ({"AUTH": "api_key"}, {"identity": {"apiKeyId": "k3yid"}}, "k3yid"),
        ({"AUTH": "none"}, {"identity": {"userArn": "arn:aws:iam::1:user/x"}}, "anonymous"),
    ],
    ids=["cognito", "api_key", "none"],
)
def test_the_owner_is_the_caller_that_api_gateway_has_checked(
    environ: dict[str, str], context: dict[str, Any], owner: str
) -> None:
    with served(**environ) as module:
        answer = called(module.app, "POST", "/images", context, photo((20, 20)))

    assert json.loads(answer["body"])["owner"] == shown_owner("test", owner)


@pytest.mark.parametrize(
    ("environ", "scheme", "definition"),
    [
        ({"AUTH": "iam"}, "sigv4", {"x-amazon-apigateway-authtype": "awsSigv4"}),
        (
            {"AUTH": "cognito", "COGNITO_USER_POOL_ARN": POOL},
            "cognito",
            {"x-amazon-apigateway-authorizer": {"type": "cognito_user_pools", "providerARNs": [POOL]}},
        ),
        ({"AUTH": "api_key"}, "api_key", {"name": "x-api-key"}),
    ],
    ids=["iam", "cognito", "api_key"],
)
def test_api_gateway_authorizes_every_route_except_the_public_ones(
    environ: dict[str, str], scheme: str, definition: dict[str, Any]
) -> None:
    with served(**environ) as module:
        swagger = SwaggerGenerator("us-east-1", NAMES).generate_swagger(module.app)
        described = json.loads(called(module.app, "GET", "/openapi.json", {})["body"])

    for path, methods in swagger["paths"].items():
        security = {method: entry.get("security") for method, entry in methods.items() if method != "options"}
        assert set(map(str, security.values())) == {str(None if path in PUBLIC else [{scheme: []}])}
    assert definition.items() <= swagger["securityDefinitions"][scheme].items()
    assert described["security"] == [{scheme: []}]
    assert set(described["components"]["securitySchemes"]) == {scheme}


def called(
    app: Any, method: str, route: str, context: dict[str, Any], body: bytes = b"", path: dict[str, str] | None = None
) -> Any:
    """Call the app as Lambda does behind API Gateway, with the given request context."""
    event = {
        "requestContext": {"httpMethod": method, "resourcePath": route} | context,
        "headers": {"content-type": "image/jpeg"},
        "multiValueQueryStringParameters": None,
        "pathParameters": path or {},
        "stageVariables": None,
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }
    return app(event, LambdaContext("darkroom-test", 128, 29_000))


@pytest.mark.parametrize(
    ("auth", "header", "scheme"),
    [
        ("iam", "Authorization", "AWS4-HMAC-SHA256"),
        ("cognito", "Authorization", "Bearer"),
        ("api_key", "X-Api-Key", "ApiKey"),
    ],
)
def test_a_401_names_the_header_and_the_scheme_of_the_stage(auth: str, header: str, scheme: str) -> None:
    with served(AUTH=auth, API_KEYS=KEYS, COGNITO_USER_POOL_ARN=POOL) as module:
        answer = called(module.app, "GET", "/images", {}, b"")
    assert answer["statusCode"] == 401
    assert f"in the header {header}." in json.loads(answer["body"])["detail"]
    assert answer["headers"]["WWW-Authenticate"] == f'{scheme} realm="darkroom"'
