"""AUTH=cognito on the stage `local`: real tokens of the embedded Cognito, over the local gateway."""

import base64
import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import jwt
import pytest
from chalice.local import LocalGateway
from cryptography.hazmat.primitives.asymmetric import rsa
from moto.cognitoidp.models import cognitoidp_backends
from moto.core import DEFAULT_ACCOUNT_ID

from chalicelib.records import shown_owner
from chalicelib.rest.access import PUBLIC
from scripts import users
from scripts.embedded import local_stage, local_users
from scripts.embedded.gateway import Gateway
from scripts.embedded.server import AwsServer
from scripts.embedded.tokens import verifier_of
from tests.flows.photos import photo
from tests.rest.test_access import served
from tests.scripts.embedded.conftest import config_of, server

__all__ = ["server"]

PASSWORD = "Only-for-tests-1"
#: Only a server that hangs takes this long.
SECONDS = 240.0


@dataclass
class Stage:
    """The app behind the local gateway, and a way to sign in."""

    app: Any
    port: int
    pool: users.Pool
    subs: dict[str, str] = field(default_factory=dict)

    def sign_in(self, name: str) -> str:
        email = f"{name}@example.com"
        if name not in self.subs:
            users.add(self.pool, email, PASSWORD)
        token = users.token(self.pool, email, PASSWORD)
        self.subs[name] = jwt.decode(token, options={"verify_signature": False})["sub"]
        return token

    def ask(self, method: str, path: str, token: str | None = None, body: bytes = b"") -> tuple[int, Any, Any]:
        """Send a request; return status, headers and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        headers = {"Authorization": token} if token is not None else {}
        connection.request(method, path, body or None, headers | ({"Content-Type": "image/jpeg"} if body else {}))
        response = connection.getresponse()
        content = response.read()
        connection.close()
        is_json = content and "json" in response.headers.get("Content-Type", "")
        return response.status, response.headers, json.loads(content) if is_json else content


@pytest.fixture(scope="module")
def local(server: AwsServer) -> Iterator[Stage]:
    cognito: Any = boto3.client("cognito-idp", endpoint_url=server.url)
    arn = local_users.create(cognito, "local", "http://127.0.0.1:1/", {})
    environ = {"STAGE": "local", "AUTH": "cognito", "COGNITO_USER_POOL_ARN": arn, "AWS_ENDPOINT_URL": server.url}
    with served(**environ) as module:
        local_stage.create_buckets(module.SETTINGS)
        local_stage.create_tables(module.SETTINGS)
        gateway = Gateway(module.app, config_of(module.app), verifier=verifier_of(arn, cognito))
        yield Stage(module.app, gateway.port, users.Pool(cognito, arn.rpartition("/")[2], "local"))
        gateway.stop()


def test_an_image_belongs_to_the_sub_of_the_user_and_no_other_user_sees_it(local: Stage) -> None:
    ann, bob = local.sign_in("ann"), local.sign_in("bob")
    status, _, image = local.ask("POST", "/images", ann, photo((20, 20)))
    path = f"/images/{image['id']}"

    assert (status, image["owner"]) == (200, shown_owner("local", local.subs["ann"]))
    for method, url in (("GET", path), ("GET", f"{path}/content"), ("DELETE", path)):
        assert local.ask(method, url, bob)[0] == 404
    assert image["id"] not in [each["id"] for each in local.ask("GET", "/images", bob)[2]["items"]]
    assert image["id"] in [each["id"] for each in local.ask("GET", "/images", f"Bearer {ann}")[2]["items"]]
    # The owner is the user and not the token.
    again = local.sign_in("ann")
    assert again != ann
    assert local.ask("GET", path, again)[0] == 200
    assert local.ask("DELETE", path, ann)[0] == 204


def test_every_route_except_the_public_ones_needs_a_token(local: Stage) -> None:
    asked = [(route, method) for route, methods in local.app.routes.items() for method in methods]
    assert len(asked) > 10
    for route, method in asked:
        for token in (None, "nonsense"):
            status, headers, body = local.ask(
                method, route.replace("{image_id}", "0" * 32).replace("{name}", "page.css"), token
            )
            if route in PUBLIC:
                assert status == 200
                continue
            assert (status, headers["Content-Type"]) == (401, "application/problem+json")
            assert headers["Access-Control-Allow-Origin"]
            # An answer to HEAD has no body.
            assert method == "HEAD" or (body["code"], body["request_id"]) == ("unauthorized", headers["X-Request-Id"])


def test_a_preflight_needs_no_token(local: Stage) -> None:
    assert local.ask("OPTIONS", "/images")[0] == 200


def access_token(local: Stage) -> str:
    """Return the access token that Cognito issues beside the ID token."""
    [client] = local.pool.client.list_user_pool_clients(UserPoolId=local.pool.id)["UserPoolClients"]
    answer = local.pool.client.admin_initiate_auth(
        UserPoolId=local.pool.id,
        ClientId=client["ClientId"],
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "ann@example.com", "PASSWORD": PASSWORD},
    )
    return str(answer["AuthenticationResult"]["AccessToken"])


def bad_tokens(local: Stage) -> dict[str, str]:
    good = local.sign_in("ann")
    head, body, signature = good.split(".")
    claims = jwt.decode(good, options={"verify_signature": False})
    unsigned = segment({"alg": "none", "kid": "dummy", "typ": "JWT"})
    others_key = rsa.generate_private_key(65537, 2048)
    return {
        "access token": access_token(local),
        "alg none": f"{unsigned}.{body}.",
        "cut": f"{head}.{body}",
        "another key": jwt.encode(claims, others_key, "RS256", headers={"kid": "dummy"}),
        "another body": f"{head}.{segment(claims | {'sub': 'x'})}.{signature}",
        "another pool": foreign_token(local),
    }


def foreign_token(local: Stage) -> str:
    """Return a good token of another pool of the same Cognito."""
    arn = local_users.create(local.pool.client, "foreign", "http://127.0.0.1:1/", {})
    pool = users.Pool(local.pool.client, arn.rpartition("/")[2], "foreign")
    users.add(pool, "ann@example.com", PASSWORD)
    return users.token(pool, "ann@example.com", PASSWORD)


def test_a_token_that_is_not_a_good_id_token_of_this_pool_is_a_401(local: Stage) -> None:
    answers = {name: local.ask("GET", "/images", token) for name, token in bad_tokens(local).items()}

    assert {name: (status, body["code"]) for name, (status, _, body) in answers.items()} == dict.fromkeys(
        answers, (401, "unauthorized")
    )
    assert local.ask("GET", "/images", local.sign_in("ann"))[0] == 200


def test_an_expired_token_is_a_401_that_says_so(local: Stage) -> None:
    local.sign_in("ann")
    # The server runs in this process, so its pool can sign a token that has expired.
    pool = cognitoidp_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].user_pools[local.pool.id]
    expired, _ = pool.create_jwt(next(iter(pool.clients)), "ann@example.com", "id", expires_in=-1)
    fresh, _ = pool.create_jwt(next(iter(pool.clients)), "ann@example.com", "id", expires_in=600)

    status, _, problem = local.ask("GET", "/images", expired)
    assert (status, problem["code"]) == (401, "unauthorized")
    assert "expired" in problem["detail"]
    assert local.ask("GET", "/images", fresh)[0] == 200


def test_chalices_own_server_admits_no_token_since_it_checks_none(local: Stage) -> None:
    gateway = LocalGateway(local.app, config_of(local.app))
    unsigned = f"{segment({'alg': 'none'})}.{segment({'sub': 'x', 'cognito:username': 'x'})}."
    for token in (local.sign_in("ann"), unsigned):
        with pytest.warns(UserWarning, match="is not a supported in local mode"):
            answer = gateway.handle_request("GET", "/images", {"Authorization": token}, None)
        assert answer["statusCode"] == 401


def segment(document: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()
