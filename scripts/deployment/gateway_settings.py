"""Set what Chalice cannot set in API Gateway, or overwrites in each deployment.

These are the gateway responses, which API Gateway sends without calling the app, throttling, and the usage plan.
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from chalicelib import problem_details
from chalicelib.settings import Auth

#: Status, error code and detail of each gateway response, by AWS's name of its type.
#: No detail mentions the log: these responses carry API Gateway's request id, and the functions log Lambda's.
RESPONSES: dict[str, tuple[int, str, str]] = {
    "ACCESS_DENIED": (403, "forbidden", "You may not do this."),
    "BAD_REQUEST_BODY": (400, "bad_request", "The body is not valid. See GET /openapi.json."),
    "BAD_REQUEST_PARAMETERS": (400, "bad_request", "The parameters are not valid. See GET /openapi.json."),
    "DEFAULT_4XX": (400, "bad_request", "The request is not valid."),
    "DEFAULT_5XX": (500, "internal_error", "Something failed in the service. Try again in a moment."),
    "EXPIRED_TOKEN": (401, "unauthorized", "The token has expired. Send a new one."),
    "INTEGRATION_FAILURE": (504, "timed_out", "The service did not respond. Try again in a moment."),
    "INTEGRATION_TIMEOUT": (
        504,
        "timed_out",
        "The request took longer than API Gateway waits. Send the header Prefer: respond-async.",
    ),
    "INVALID_API_KEY": (403, "forbidden", "The key in X-Api-Key is missing or unknown."),
    "INVALID_SIGNATURE": (403, "forbidden", "The signature does not match the request."),
    "MISSING_AUTHENTICATION_TOKEN": (404, "route_not_found", "There is no such route."),
    "QUOTA_EXCEEDED": (429, "too_many_requests", "The quota of this API key is used up."),
    "REQUEST_TOO_LARGE": (413, "body_too_large", "The body is too large. Upload a large photo with POST /uploads."),
    "RESOURCE_NOT_FOUND": (404, "route_not_found", "There is no such route."),
    "THROTTLED": (429, "too_many_requests", "This stage gets more requests than its limit. Try again in a moment."),
    "UNAUTHORIZED": (401, "unauthorized", "The header Authorization has no valid ID token."),
    "UNSUPPORTED_MEDIA_TYPE": (415, "unsupported_media_type", "This Content-Type is not supported."),
    "WAF_FILTERED": (403, "forbidden", "The firewall rejected the request."),
}
#: With IAM, API Gateway sends the same response for an unsigned request and for an unknown path.
_UNSIGNED = (401, "unauthorized", "The header Authorization has no signature, or there is no such route.")


def pass_bodies_as_bytes(client: Any, api_id: str) -> None:
    """Let API Gateway pass each body on as it is: as text, it would replace every byte that is not UTF-8.

    Chalice writes the app's own list in each deployment. `*/*` cannot be in that list: with it, Chalice answers 400 to
    a request without an Accept header.
    """
    client.update_rest_api(restApiId=api_id, patchOperations=[{"op": "add", "path": "/binaryMediaTypes/*~1*"}])


def put_gateway_responses(client: Any, api_id: str, stage: str, auth: Auth, origin: str, *, xray: bool) -> None:
    """Write each gateway response as problem+json with the headers of every response, and deploy them.

    `client` is boto3's for API Gateway. `origin` is the one that CORS allows. `xray` is the stage's setting.
    """
    for kind, (status, code, detail) in responses_for(auth).items():
        client.put_gateway_response(
            restApiId=api_id,
            responseType=kind,
            statusCode=str(status),
            responseParameters=_headers(origin, status),
            responseTemplates={"application/json": _problem(status, code, detail)},
        )
    # API Gateway sends a changed response only after the API is deployed again. Chalice passes X-Ray's flag with its
    # own deployment, and one without the flag would turn the traces off.
    client.create_deployment(restApiId=api_id, stageName=stage, description="gateway responses", tracingEnabled=xray)


def responses_for(auth: Auth) -> dict[str, tuple[int, str, str]]:
    """Return the gateway responses of a stage with this kind of access."""
    return RESPONSES | {"MISSING_AUTHENTICATION_TOKEN": _UNSIGNED} if auth is Auth.IAM else RESPONSES


def set_throttling(client: Any, api_id: str, stage: str, rate: int, burst: int) -> None:
    """Limit a stage to `rate` requests a second, with bursts of up to `burst` requests."""
    limits = {"throttling/rateLimit": rate, "throttling/burstLimit": burst}
    operations = [{"op": "replace", "path": f"/*/*/{name}", "value": str(limit)} for name, limit in limits.items()]
    client.update_stage(restApiId=api_id, stageName=stage, patchOperations=operations)


def ensure_usage_plan(client: Any, api_id: str, stage: str, name: str, tags: Mapping[str, str]) -> str:
    """Find or create the usage plan and add the stage to it; return its id. Without a plan, no API key is valid."""
    pages = client.get_paginator("get_usage_plans").paginate()
    plan = next((each for page in pages for each in page["items"] if each["name"] == name), None)
    if plan is None:
        api_stage = {"apiId": api_id, "stage": stage}
        return str(client.create_usage_plan(name=name, apiStages=[api_stage], tags=tags)["id"])
    stages = [(each["apiId"], each["stage"]) for each in plan.get("apiStages", [])]
    if (api_id, stage) not in stages:
        operations = [{"op": "add", "path": "/apiStages", "value": f"{api_id}:{stage}"}]
        client.update_usage_plan(usagePlanId=plan["id"], patchOperations=operations)
    return str(plan["id"])


def _headers(origin: str, status: int) -> dict[str, str]:
    fixed = {
        "Content-Type": problem_details.MEDIA_TYPE,
        "X-Content-Type-Options": "nosniff",
        "Access-Control-Allow-Origin": origin,
    }
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        fixed["Retry-After"] = "1"
    headers = {f"gatewayresponse.header.{name}": f"'{value}'" for name, value in fixed.items()}
    return headers | {"gatewayresponse.header.X-Request-Id": "context.requestId"}


def _problem(status: int, code: str, detail: str) -> str:
    return json.dumps(problem_details.body(status, code, detail, request_id="$context.requestId"))
