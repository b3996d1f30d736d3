"""A protected route of the local API needs a token, and a public one does not."""

from typing import Any

import pytest
from chalice.app import Chalice, CustomAuthorizer

from scripts.deployment import gateway_settings
from scripts.embedded.token_authorizer import EXPIRED, UNAUTHORIZED, TokenAuthorizer, TokenRefused
from tests.scripts.embedded.test_tokens import VERIFIER, signed


def event(path: str, method: str = "GET", **headers: str) -> dict[str, Any]:
    return {"requestContext": {"resourcePath": path, "httpMethod": method}, "headers": headers}


@pytest.fixture
def authorizer() -> TokenAuthorizer:
    app = Chalice("tiny", configure_logs=False)
    app.route("/open")(lambda: "open")
    app.route("/closed", authorizer=CustomAuthorizer("any", authorizer_uri=""))(lambda: "closed")
    return TokenAuthorizer(app, VERIFIER)


def test_a_protected_route_gets_the_claims_of_the_caller(authorizer: TokenAuthorizer) -> None:
    found, context = authorizer.authorize("/closed", event("/closed", authorization=signed()), "context")

    assert found["requestContext"]["authorizer"]["claims"]["sub"] == "5-a"
    assert context == "context"


@pytest.mark.parametrize("headers", [{}, {"authorization": "nonsense"}, {"x-api-key": "k" * 20}])
def test_a_protected_route_without_a_token_is_refused(authorizer: TokenAuthorizer, headers: dict[str, str]) -> None:
    with pytest.raises(TokenRefused, match=UNAUTHORIZED):
        authorizer.authorize("/closed", event("/closed", **headers), None)


@pytest.mark.parametrize("path", ["/open", "/unknown"])
def test_another_route_ignores_the_header(authorizer: TokenAuthorizer, path: str) -> None:
    assert authorizer.authorize(path, event(path, authorization="nonsense"), None)[0] == event(
        path, authorization="nonsense"
    )


def test_a_method_that_the_route_does_not_have_is_not_checked(authorizer: TokenAuthorizer) -> None:
    assert "authorizer" not in authorizer.authorize("/closed", event("/closed", "PUT"), None)[0]["requestContext"]


@pytest.mark.parametrize("response", [UNAUTHORIZED, EXPIRED])
def test_each_refusal_has_an_answer_of_api_gateway(response: str) -> None:
    assert gateway_settings.RESPONSES[response][:2] == (401, "unauthorized")
