"""API Gateway for the APIs that were deployed to the embedded AWS.

/execute-api/<api>/<stage>/<path> invokes the function that the API names for the path.
"""

import base64
import json
import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

import boto3
from botocore.config import Config
from chalice.local import RouteMatcher

from chalicelib.settings import Auth
from scripts.embedded.functions import ACCOUNT, REGION
from scripts.embedded.token_authorizer import TokenRefused
from scripts.project import HOST

Environ = dict[str, Any]
#: The login with which the embedded AWS calls itself. The tests of the policies leave its calls out.
_NAME = "embedded"
_OWN = {"aws_access_key_id": _NAME, "aws_secret_access_key": _NAME}
_SIGNED = re.compile(r"AWS4-HMAC-SHA256 Credential=([^/,]+)/")
_FUNCTION = re.compile(r":function:([^/:]+)")


def handle(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer one call of a deployed API. This is a WSGI application."""
    _, _, api, stage, path = environ["PATH_INFO"].split("/", 4)
    port = environ["SERVER_PORT"]
    gateway = _client("apigateway", port)
    functions = _functions(gateway, api)
    matched = _match(list(functions), f"/{path}?{environ.get('QUERY_STRING', '')}")
    method = environ["REQUEST_METHOD"]
    if matched is None or method not in functions[matched.route]:
        # API Gateway answers an unknown path or method with this text.
        return _send(start_response, HTTPStatus.FORBIDDEN, {}, b'{"message": "Missing Authentication Token"}')
    event = _event(environ, matched, stage, binary_types(gateway, api))
    key = environ.get("HTTP_X_API_KEY", "")
    event["requestContext"]["identity"]["apiKeyId"] = api_key_id(gateway, api, stage, key)
    function = functions[matched.route][method]
    if claims := _claims(environ.get("HTTP_AUTHORIZATION"), function, port):
        event["requestContext"]["authorizer"] = {"claims": claims}
    result = _client("lambda", port).invoke(FunctionName=function, Payload=json.dumps(event))
    payload = json.loads(result["Payload"].read())
    if "FunctionError" in result or "statusCode" not in payload:
        return _send(start_response, HTTPStatus.BAD_GATEWAY, {}, _server_error(payload))
    answer = _respond(start_response, payload)
    return [] if method == "HEAD" else answer


@cache
def _client(service: str, port: str) -> Any:
    """Return a client of the server that received the call; it waits the 15 minutes that a function may run."""
    patient = Config(read_timeout=900, retries={"total_max_attempts": 1})
    # boto3-stubs accepts only a literal service name.
    factory: Any = boto3.client
    login = _OWN if service == "cognito-idp" else {}
    return factory(service, region_name=REGION, endpoint_url=f"http://{HOST}:{port}", config=patient, **login)


def _functions(client: Any, api: str) -> dict[str, dict[str, str]]:
    """Read an API's routes; return the name of the function for each path and method."""
    routes = {}
    for resource in client.get_resources(restApiId=api, limit=500, embed=["methods"])["items"]:
        uris = {
            name: method.get("methodIntegration", {}).get("uri") or ""
            for name, method in resource.get("resourceMethods", {}).items()
        }
        routes[resource["path"]] = {name: found[1] for name, uri in uris.items() if (found := _FUNCTION.search(uri))}
    return {path: methods for path, methods in routes.items() if methods}


def _match(paths: list[str], url: str) -> Any:
    try:
        return RouteMatcher(paths).match_route(url)
    except ValueError:
        return None


def binary_types(client: Any, api: str) -> frozenset[str]:
    """Return the media types of an API whose bodies become base64."""
    return frozenset(client.get_rest_api(restApiId=api).get("binaryMediaTypes", []))


def _event(environ: Environ, matched: Any, stage: str, binary: frozenset[str]) -> dict[str, Any]:
    """Build the event that API Gateway sends to the function. Bytes of a type that is not binary are spoiled."""
    headers = {key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")}
    media = environ.get("CONTENT_TYPE", "")
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    is_text = not body or not binary & {"*/*", media.partition(";")[0].strip().lower() or "application/json"}
    context = {
        "httpMethod": environ["REQUEST_METHOD"],
        "resourcePath": matched.route,
        "path": environ["PATH_INFO"],
        "stage": stage,
        "requestId": str(uuid.uuid4()),
        "identity": {"sourceIp": environ.get("REMOTE_ADDR", HOST), "userArn": _user(environ)},
    }
    return {
        "requestContext": context,
        "headers": headers | ({"content-type": media} if media else {}),
        "pathParameters": matched.captured,
        "multiValueQueryStringParameters": matched.query_params or None,
        "stageVariables": {},
        "body": body.decode(errors="replace") if is_text else base64.b64encode(body).decode(),
        "isBase64Encoded": not is_text,
    }


def _user(environ: Environ) -> str | None:
    """Return the ARN of the caller from the access key id of the signature; the signature is not checked."""
    signed = _SIGNED.match(environ.get("HTTP_AUTHORIZATION", ""))
    return f"arn:aws:iam::{ACCOUNT}:user/{signed[1]}" if signed else None


def api_key_id(client: Any, api: str, stage: str, sent: str) -> str | None:
    """Return the id of the API key that was sent, or None if no usage plan of the stage has it."""
    plans = client.get_usage_plans()["items"] if sent else []
    of_stage = [
        plan["id"] for plan in plans if (api, stage) in {(each["apiId"], each["stage"]) for each in plan["apiStages"]}
    ]
    keys = [key for plan in of_stage for key in client.get_usage_plan_keys(usagePlanId=plan)["items"]]
    return next((str(key["id"]) for key in keys if key["value"] == sent), None)


def _claims(authorization: str | None, function: str, port: str) -> dict[str, str] | None:
    """Return the claims of a good token, if the function has AUTH=cognito.

    moto drops the authorizer of an API, so a request without claims goes on to the app, which refuses it.
    """
    configuration = _client("lambda", port).get_function_configuration(FunctionName=function)
    variables = configuration.get("Environment", {}).get("Variables", {})
    if variables.get("AUTH") != Auth.COGNITO:
        return None
    # Imported late: only a stage with users checks tokens.
    from scripts.embedded.tokens import verifier_of

    arn = variables.get("COGNITO_USER_POOL_ARN") or variables["USER_POOL_ARN"]
    try:
        return verifier_of(arn, _client("cognito-idp", port)).claims(authorization)
    except TokenRefused:
        return None


def _respond(start_response: Callable[..., Any], payload: Mapping[str, Any]) -> Iterable[bytes]:
    headers = [(name, str(value)) for name, value in payload.get("headers", {}).items()]
    headers += [(name, str(each)) for name, values in payload.get("multiValueHeaders", {}).items() for each in values]
    text = payload.get("body") or ""
    body = base64.b64decode(text) if payload.get("isBase64Encoded") else text.encode()
    return _send(start_response, HTTPStatus(payload["statusCode"]), dict(headers), body)


def _server_error(payload: Mapping[str, Any]) -> bytes:
    """Return API Gateway's text, and the reason. On AWS, only the function's log has the reason."""
    error = f"{payload['errorType']}: {payload.get('errorMessage', '')}" if "errorType" in payload else ""
    reason = error or "The function returned no statusCode."
    return json.dumps({"message": "Internal server error", "reason": reason}).encode()


def _send(
    start_response: Callable[..., Any], status: HTTPStatus, headers: Mapping[str, str], body: bytes
) -> Iterable[bytes]:
    start_response(f"{status.value} {status.phrase}", [*headers.items(), ("Content-Length", str(len(body)))])
    return [body]
