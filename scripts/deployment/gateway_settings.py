"""What Chalice cannot set of API Gateway, or overwrites each time: its own answers, throttling, a usage plan."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from chalicelib import problem_details
from chalicelib.settings import Auth

#: What each of the gateway's own answers becomes: status, code, and the sentence for people. None points to the log:
#: the id that they carry is API Gateway's, and the functions log Lambda's.
ANSWERS: dict[str, tuple[int, str, str]] = {
    "ACCESS_DENIED": (403, "forbidden", "The caller may not do this."),
    "BAD_REQUEST_BODY": (400, "bad_request", "The body is not one that this call reads."),
    "BAD_REQUEST_PARAMETERS": (400, "bad_request", "The parameters are not those of this call."),
    "DEFAULT_4XX": (400, "bad_request", "The request cannot be served."),
    "DEFAULT_5XX": (500, "internal_error", "Something went wrong here; try again in a moment."),
    "EXPIRED_TOKEN": (401, "unauthorized", "The token has expired."),
    "INTEGRATION_FAILURE": (504, "timed_out", "The function did not answer; try again in a moment."),
    "INTEGRATION_TIMEOUT": (
        504,
        "timed_out",
        "The answer took longer than the gateway waits; Prefer: respond-async needs no waiting.",
    ),
    "INVALID_API_KEY": (403, "forbidden", "The key in X-Api-Key is missing or not known here."),
    "INVALID_SIGNATURE": (403, "forbidden", "The signature does not match the request."),
    "MISSING_AUTHENTICATION_TOKEN": (404, "route_not_found", "There is no such route."),
    "QUOTA_EXCEEDED": (429, "too_many_requests", "The quota of this key is used up."),
    "REQUEST_TOO_LARGE": (413, "body_too_large", "The body is too large; send a larger photo through POST /uploads."),
    "RESOURCE_NOT_FOUND": (404, "route_not_found", "There is no such route."),
    "THROTTLED": (
        429,
        "too_many_requests",
        "More requests came than this stage lets through; try again in a moment.",
    ),
    "UNAUTHORIZED": (401, "unauthorized", "This stage asks who calls, and the request does not say."),
    "UNSUPPORTED_MEDIA_TYPE": (415, "unsupported_media_type", "This Content-Type is not read here."),
    "WAF_FILTERED": (403, "forbidden", "The request was filtered."),
}
#: Under IAM the gateway says the same of an unsigned request as of a path that it does not know.
_UNSIGNED = (401, "unauthorized", "The request is not signed, or there is no such route.")


def gateway_responses(client: Any, api_id: str, stage: str, auth: Auth, origin: str) -> None:
    """Write each of the gateway's own answers as a problem with the headers of all others, and deploy them.

    `client` is boto3's of API Gateway, `origin` the one that CORS allows.
    """
    for kind, answer in answers(auth).items():
        status, code, detail = answer
        client.put_gateway_response(
            restApiId=api_id,
            responseType=kind,
            statusCode=str(status),
            responseParameters=_headers(origin, status),
            responseTemplates={"application/json": _problem(status, code, detail)},
        )
    # A changed answer is not given before the API is deployed again.
    client.create_deployment(restApiId=api_id, stageName=stage, description="the gateway's own answers")


def answers(auth: Auth) -> dict[str, tuple[int, str, str]]:
    """Tell what each of the gateway's own answers becomes on a stage."""
    return ANSWERS | {"MISSING_AUTHENTICATION_TOKEN": _UNSIGNED} if auth is Auth.IAM else ANSWERS


def throttle(client: Any, api_id: str, stage: str, rate: int, burst: int) -> None:
    """Let through at most `rate` requests a second to a stage, and `burst` at once."""
    limits = {"throttling/rateLimit": rate, "throttling/burstLimit": burst}
    operations = [{"op": "replace", "path": f"/*/*/{name}", "value": str(limit)} for name, limit in limits.items()]
    client.update_stage(restApiId=api_id, stageName=stage, patchOperations=operations)


def usage_plan(client: Any, api_id: str, stage: str, name: str, tags: Mapping[str, str]) -> str:
    """Find or make the usage plan by which API keys open a stage, and return its id: without one, no key does."""
    pages = client.get_paginator("get_usage_plans").paginate()
    plan = next((each for page in pages for each in page["items"] if each["name"] == name), None)
    here = {"apiId": api_id, "stage": stage}
    if plan is None:
        return str(client.create_usage_plan(name=name, apiStages=[here], tags=tags)["id"])
    known = [(each["apiId"], each["stage"]) for each in plan.get("apiStages", [])]
    if (api_id, stage) not in known:
        added = [{"op": "add", "path": "/apiStages", "value": f"{api_id}:{stage}"}]
        client.update_usage_plan(usagePlanId=plan["id"], patchOperations=added)
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
