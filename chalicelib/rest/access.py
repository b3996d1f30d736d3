"""Authentication: who calls, as API Gateway has checked it.

On a laptop no gateway checks API keys, so the app checks them itself. `make run` checks tokens as API Gateway does.
"""

import hmac
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from chalice.app import Authorizer, CognitoUserPoolAuthorizer, CustomAuthorizer, IAMAuthorizer, Request, Response

from chalicelib import telemetry
from chalicelib.errors import NotAllowed
from chalicelib.records import ANONYMOUS
from chalicelib.rest.problems import problem_from_error
from chalicelib.settings import LOCAL, Auth, Settings

#: Routes that everybody may call on every stage.
PUBLIC = frozenset({"/", "/web/{name}", "/health", "/openapi.json"})
#: The key of a request's context under which authenticate() stores the caller, beside API Gateway's own keys.
_CALLER = "darkroom.caller"
#: Where a stage looks for credentials.
_CREDENTIALS = {
    Auth.IAM: "Sign it by AWS Signature Version 4, in the header Authorization.",
    Auth.COGNITO: "Send an ID token in the header Authorization.",
    Auth.API_KEY: "Send an API key in the header X-Api-Key.",
}
#: The challenge of a 401 (RFC 9110, 11.6.1). There is no registered scheme for keys or for AWS's signatures.
_CHALLENGES = {Auth.IAM: "AWS4-HMAC-SHA256", Auth.COGNITO: "Bearer", Auth.API_KEY: "ApiKey"}


def route_authorization(settings: Settings) -> dict[str, Any]:
    """Return the arguments of Chalice's route() with which API Gateway authorizes the callers of a route."""
    if settings.auth is Auth.API_KEY:
        return {"api_key_required": True}
    authorizer: Authorizer | None = None
    if settings.auth is Auth.IAM:
        authorizer = IAMAuthorizer()
    elif settings.auth is Auth.COGNITO and settings.stage == LOCAL:
        # `chalice local` would believe any token of a Cognito authorizer, unsigned ones too. It knows no other kind of
        # authorizer and passes no claims on, so the app refuses each request there. `make run` checks the token.
        authorizer = CustomAuthorizer("cognito", authorizer_uri=settings.cognito_user_pool_arn)
    elif settings.auth is Auth.COGNITO:
        authorizer = CognitoUserPoolAuthorizer("cognito", provider_arns=[settings.cognito_user_pool_arn])
    return {"authorizer": authorizer} if authorizer else {}


def authenticate(request: Request, settings: Settings, get_response: Callable[[Request], Response]) -> Response:
    """Store the caller in the request's context and call the route, or answer 401 or 403.

    As middleware it runs before every route, so that no route can forget it. It writes the log line of the request
    first: if the function times out, there may be no other line.
    """
    telemetry.log.info("request", extra={"method": request.method, "route": request.path})
    if request.context.get("resourcePath") not in PUBLIC:
        try:
            request.context[_CALLER] = identify(request, settings)
        except NotAllowed as error:
            refused = problem_from_error(error)
            if refused.status_code == HTTPStatus.UNAUTHORIZED:
                refused.headers["WWW-Authenticate"] = f'{_CHALLENGES[settings.auth]} realm="darkroom"'
            return refused
    return get_response(request)


def caller(request: Request) -> str:
    """Return the caller that authenticate() stored. The caller owns what the request creates."""
    return str(request.context.get(_CALLER, ANONYMOUS))


def identify(request: Request, settings: Settings) -> str:
    """Return the caller's IAM ARN, Cognito `sub` or API key id. Raises NotAllowed if the request has none."""
    if settings.auth is Auth.NONE:
        return ANONYMOUS
    identity: Mapping[str, Any] = request.context.get("identity") or {}
    if settings.auth is Auth.IAM:
        found = identity.get("userArn")
    elif settings.auth is Auth.COGNITO:
        found = ((request.context.get("authorizer") or {}).get("claims") or {}).get("sub")
    else:
        found = identity.get("apiKeyId") or _owner_of_key(request.headers.get("x-api-key"), settings.api_keys)
    if not found:
        raise NotAllowed(f"The request has no credentials. {_CREDENTIALS[settings.auth]}", code="unauthorized")
    return str(found)


def _owner_of_key(key: str | None, known: Mapping[str, str]) -> str | None:
    """Return the owner of an API key. Raises NotAllowed if the key is not known."""
    if not key:
        return None
    sent = key.encode("utf-8", "surrogatepass")
    # Constant time, and no early return: response times must not help to guess a key.
    owners = [owner for owner, each in known.items() if hmac.compare_digest(each.encode(), sent)]
    if not owners:
        raise NotAllowed("The key in X-Api-Key is not valid on this stage.")
    return owners[0]
