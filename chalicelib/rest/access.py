"""Who calls: what API Gateway has made sure of, or the app itself where there is no gateway that checks keys."""

import hmac
from collections.abc import Callable, Mapping
from typing import Any

from chalice.app import Authorizer, CognitoUserPoolAuthorizer, IAMAuthorizer, Request, Response

from chalicelib import telemetry
from chalicelib.errors import NotAllowed
from chalicelib.records import ANONYMOUS
from chalicelib.rest.problems import problem_from_error
from chalicelib.settings import Auth, Settings

#: Paths that anybody may call on every stage.
PUBLIC = frozenset({"/", "/web/{name}", "/health", "/openapi.json"})
#: Where the caller is noted in a request's context, beside what API Gateway writes there.
_CALLER = "darkroom.caller"


def route_authorization(settings: Settings) -> dict[str, Any]:
    """Tell what a route that is not public demands of API Gateway, in the words of Chalice's route()."""
    if settings.auth is Auth.API_KEY:
        return {"api_key_required": True}
    authorizer: Authorizer | None = None
    if settings.auth is Auth.IAM:
        authorizer = IAMAuthorizer()
    elif settings.auth is Auth.COGNITO:
        authorizer = CognitoUserPoolAuthorizer("cognito", provider_arns=[settings.cognito_user_pool_arn])
    return {"authorizer": authorizer} if authorizer else {}


def authenticate(request: Request, settings: Settings, get_response: Callable[[Request], Response]) -> Response:
    """Let a request through with its caller noted, or answer 401 or 403; a route cannot forget to ask.

    Its line in the log comes first: of a call that is timed out, which API Gateway answers, there may be no other.
    """
    telemetry.log.info("request", extra={"method": request.method, "route": request.path})
    if request.context.get("resourcePath") not in PUBLIC:
        try:
            request.context[_CALLER] = identify(request, settings)
        except NotAllowed as error:
            return problem_from_error(error)
    return get_response(request)


def caller(request: Request) -> str:
    """Name who calls, as authenticate() found; the owner of what the request makes."""
    return str(request.context.get(_CALLER, ANONYMOUS))


def identify(request: Request, settings: Settings) -> str:
    """Name who calls: the IAM ARN, the `sub` of a user, or a key's id; raises NotAllowed when there is none."""
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
        raise NotAllowed("This stage asks who calls, and the request does not say.", code="unauthorized")
    return str(found)


def _owner_of_key(sent: str | None, known: Mapping[str, str]) -> str | None:
    """Find the owner of a key; every key is compared in the same time, so that none can be guessed by the clock."""
    if not sent:
        return None
    given = sent.encode("utf-8", "surrogatepass")
    found = [owner for owner, key in known.items() if hmac.compare_digest(key.encode(), given)]
    if not found:
        raise NotAllowed("The key in X-Api-Key is not known here.")
    return found[0]
