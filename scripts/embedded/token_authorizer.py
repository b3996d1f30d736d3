"""Ask for a token at every protected route of the local API.

It does not import what checks the token: only a stage with users needs that.
"""

from typing import TYPE_CHECKING, Any

from chalice.app import Chalice

if TYPE_CHECKING:
    from scripts.embedded.tokens import Verifier

#: API Gateway's types of the two answers; scripts/deployment/gateway_settings.py has their texts.
UNAUTHORIZED, EXPIRED = "UNAUTHORIZED", "EXPIRED_TOKEN"


class TokenRefused(Exception):
    """Raised for a request without a valid ID token; `response` is the type of API Gateway's answer."""

    def __init__(self, response: str) -> None:
        super().__init__(response)
        self.response = response


class TokenAuthorizer:
    """Takes the place of Chalice's local authorizer, which reads a token without checking it."""

    def __init__(self, app: Chalice, verifier: "Verifier") -> None:
        self._routes, self._verifier = app.routes, verifier

    def authorize(self, _path: str, event: dict[str, Any], context: Any) -> tuple[dict[str, Any], Any]:
        """Put the claims of the caller into the event of a protected route. Raises TokenRefused."""
        request = event["requestContext"]
        route = self._routes.get(request["resourcePath"], {}).get(request["httpMethod"])
        if route and route.authorizer:
            request["authorizer"] = {"claims": self._verifier.claims(event["headers"].get("authorization"))}
        return event, context
