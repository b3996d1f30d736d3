"""Tokens are checked as API Gateway's authorizer checks them: real ones of the embedded Cognito, and forged ones."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from scripts import users
from scripts.embedded import local_users
from scripts.embedded.server import AwsServer
from scripts.embedded.token_authorizer import EXPIRED, UNAUTHORIZED, TokenRefused
from scripts.embedded.tokens import Verifier, verifier_of

PASSWORD = "Only-for-tests-1"
ISSUER = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Pool"
KEY = rsa.generate_private_key(65537, 2048)
PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
OTHER_KEY = rsa.generate_private_key(65537, 2048)


def public_key(key_id: str) -> jwt.PyJWK:
    known = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
    return jwt.PyJWK(known | {"kid": key_id, "alg": "RS256", "use": "sig"})


VERIFIER = Verifier(ISSUER, {"page", "phone"}, {"one": public_key("one")})


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    whole = {"iss": ISSUER, "aud": "page", "sub": "5-a", "token_use": "id", "iat": now, "exp": now + 3600}
    return {name: value for name, value in (whole | changes).items() if value is not None}


def signed(key: Any = KEY, algorithm: str = "RS256", key_id: str = "one", **changes: Any) -> str:
    return jwt.encode(claims(**changes), key, algorithm, headers={"kid": key_id})


def refusal(token: str | None) -> str:
    with pytest.raises(TokenRefused) as refused:
        VERIFIER.claims(token)
    return refused.value.response


@pytest.mark.parametrize("prefix", ["", "Bearer "])
def test_the_claims_of_a_good_token_are_returned_as_text(prefix: str) -> None:
    found = VERIFIER.claims(prefix + signed(exp=4102444800))
    assert (found["sub"], found["aud"], found["exp"]) == ("5-a", "page", "4102444800")


def test_a_token_of_any_client_of_the_pool_is_good() -> None:
    assert VERIFIER.claims(signed(aud="phone"))["aud"] == "phone"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": ISSUER + "2"},
        {"iss": "https://cognito-idp.us-east-1.amazonaws.com.example.com/us-east-1_Pool"},
        {"aud": "another"},
        {"aud": None, "client_id": "page", "token_use": "access"},
        {"token_use": "access"},
        {"token_use": "ID"},
        {"nbf": 4102444800},
        {"iat": 4102444800, "exp": 4102448400},
        *({name: None} for name in ("iss", "aud", "sub", "token_use", "iat", "exp")),
    ],
    ids=str,
)
def test_a_token_with_wrong_claims_is_refused(changes: dict[str, Any]) -> None:
    assert refusal(signed(**changes)) == UNAUTHORIZED


def test_an_expired_token_has_an_answer_of_its_own() -> None:
    assert refusal(signed(exp=int(time.time()) - 1)) == EXPIRED


def test_a_token_that_another_key_signed_is_refused() -> None:
    assert refusal(signed(OTHER_KEY)) == UNAUTHORIZED
    assert refusal(signed(OTHER_KEY, exp=1)) == UNAUTHORIZED


def test_a_token_that_names_an_unknown_key_is_refused() -> None:
    assert refusal(signed(key_id="two")) == UNAUTHORIZED
    assert refusal(jwt.encode(claims(), KEY, "RS256")) == UNAUTHORIZED


def test_a_token_with_changed_claims_is_refused() -> None:
    head, _, signature = signed().split(".")
    body = segment(claims(sub="5-b"))
    assert refusal(f"{head}.{body}.{signature}") == UNAUTHORIZED


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE"])
def test_an_unsigned_token_is_refused(algorithm: str) -> None:
    head = segment({"alg": algorithm, "kid": "one", "typ": "JWT"})
    assert refusal(f"{head}.{segment(claims())}.") == UNAUTHORIZED
    assert refusal(f"{head}.{segment(claims())}.{signed().rpartition('.')[2]}") == UNAUTHORIZED


def test_a_token_signed_with_the_public_key_as_a_secret_is_refused() -> None:
    text = f"{segment({'alg': 'HS256', 'kid': 'one', 'typ': 'JWT'})}.{segment(claims())}"
    secret = base64.urlsafe_b64encode(hmac.new(PUBLIC, text.encode(), hashlib.sha256).digest()).rstrip(b"=").decode()
    assert refusal(f"{text}.{secret}") == UNAUTHORIZED


def test_another_algorithm_of_the_same_key_is_refused() -> None:
    assert refusal(signed(algorithm="RS512")) == UNAUTHORIZED
    assert refusal(signed(algorithm="PS256")) == UNAUTHORIZED


@pytest.mark.parametrize("text", [None, "", "Bearer", "Bearer ", "a.b", "a.b.c", "..", "é.é.é", "\udc80", "Basic YTpi"])
def test_what_is_no_token_is_refused(text: str | None) -> None:
    assert refusal(text) == UNAUTHORIZED


@given(st.text())
def test_any_other_text_is_refused_too(text: str) -> None:
    assert refusal(text) == UNAUTHORIZED


@given(st.integers(0, 2000), st.characters(codec="ascii"))
def test_a_token_with_a_changed_character_is_refused_or_the_same(at: int, character: str) -> None:
    token = signed(exp=4102444800, iat=1, sub="5-a")
    changed = token[: at % len(token)] + character + token[at % len(token) + 1 :]
    try:
        assert VERIFIER.claims(changed) == VERIFIER.claims(token)
    except TokenRefused:
        assert changed != token


@pytest.fixture(scope="module")
def cognito(server: AwsServer) -> Iterator[Any]:
    client = boto3.client("cognito-idp", endpoint_url=server.url)
    yield client
    client.close()


def test_a_token_of_the_embedded_cognito_is_good_in_its_own_pool_only(cognito: Any) -> None:
    arns = [local_users.create(cognito, name, "http://127.0.0.1:1/", {}) for name in ("local", "other")]
    pools = [
        users.Pool(cognito, arn.rpartition("/")[2], name) for arn, name in zip(arns, ("local", "other"), strict=True)
    ]
    verifiers = [verifier_of(arn, cognito) for arn in arns]
    for pool in pools:
        users.add(pool, "ann@example.com", PASSWORD)
    tokens = [users.token(pool, "ann@example.com", PASSWORD) for pool in pools]

    for own, verifier in enumerate(verifiers):
        assert verifier.claims(tokens[own])["email"] == "ann@example.com"
        with pytest.raises(TokenRefused):
            verifier.claims(tokens[1 - own])
    # moto signs for all pools with one key, so the issuer and the client tell them apart, each alone.
    for mixed in (
        replace(verifiers[0], issuer=verifiers[1].issuer),
        replace(verifiers[0], clients=verifiers[1].clients),
    ):
        for token in tokens:
            with pytest.raises(TokenRefused):
                mixed.claims(token)


def segment(document: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()
