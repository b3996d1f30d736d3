"""A call of a deployed API becomes API Gateway's event, and the function's result becomes the answer."""

import base64
import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest

from scripts.embedded import moto_patches
from scripts.embedded.delivery import Delivery
from scripts.embedded.functions import Event, Function, Functions, register_functions
from scripts.embedded.server import AwsServer

#: Only a server that hangs takes this long.
SECONDS = 240.0


@dataclass
class Api:
    """An API of one function, deployed to moto as stage `api`."""

    port: int
    id: str
    client: Any
    events: list[Event] = field(default_factory=list)
    result: Any = None

    def handle(self, event: Event, _context: Any) -> Any:
        self.events.append(event)
        if isinstance(self.result, Exception):
            raise self.result
        return self.result

    def call(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, Any, bytes]:
        """Send a request; return status, headers and body."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        connection.request(method, f"/execute-api/{self.id}/api{path}", body, named)
        response = connection.getresponse()
        answer = response.status, response.headers, response.read()
        connection.close()
        return answer


@pytest.fixture(scope="module")
def deployed(server: AwsServer) -> Iterator[Api]:
    clients: Any = {name: boto3.client(name, endpoint_url=server.url) for name in ("apigateway", "lambda", "iam")}
    api = Api(server.port, "", clients["apigateway"])
    functions = Functions([Function("api", api.handle)])
    delivery = Delivery(functions.invoke, print, ())
    clients["iam"].create_role(RoleName="role", AssumeRolePolicyDocument="{}")
    register_functions(functions, clients["lambda"], "role")
    api.id = create_api(api.client, "/images/{image_id}", "POST")
    with moto_patches.installed(functions, delivery):
        yield api
    assert delivery.close(SECONDS)


def create_api(client: Any, path: str, method: str) -> str:
    api = client.create_rest_api(name="darkroom")["id"]
    [parent] = [each["id"] for each in client.get_resources(restApiId=api)["items"]]
    for part in path.strip("/").split("/"):
        parent = client.create_resource(restApiId=api, parentId=parent, pathPart=part)["id"]
    of = {"restApiId": api, "resourceId": parent, "httpMethod": method}
    client.put_method(**of, authorizationType="NONE")
    arn = "arn:aws:lambda:us-east-1:123456789012:function:api"
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"
    client.put_integration(**of, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    client.create_deployment(restApiId=api, stageName="api")
    return str(api)


@pytest.fixture
def api(deployed: Api) -> Api:
    """The API with nothing called yet; its function answers 200."""
    deployed.events.clear()
    deployed.result = {"statusCode": 200, "body": "ok", "headers": {}}
    return deployed


def test_the_function_receives_api_gateway_s_event(api: Api) -> None:
    status, _, body = api.call("POST", "/images/7?width=1&width=2", b"text", Content_Type="text/plain", X_Mine="yes")
    assert (status, body) == (200, b"ok")
    [event] = api.events
    assert event["pathParameters"] == {"image_id": "7"}
    assert event["multiValueQueryStringParameters"] == {"width": ["1", "2"]}
    assert (event["body"], event["isBase64Encoded"]) == ("text", False)
    assert (event["headers"]["content-type"], event["headers"]["x-mine"]) == ("text/plain", "yes")
    context = event["requestContext"]
    assert (context["httpMethod"], context["resourcePath"]) == ("POST", "/images/{image_id}")
    assert (context["stage"], context["identity"]["sourceIp"]) == ("api", "127.0.0.1")
    assert context["requestId"]


@pytest.mark.parametrize(
    "kind", ["image/jpeg", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", ""]
)
def test_a_body_arrives_whole_if_its_media_type_is_binary_and_spoiled_if_not(api: Api, kind: str) -> None:
    """A request without a Content-Type has JSON for API Gateway."""
    sent = {"Content_Type": kind} if kind else {}
    named = (kind.partition(";")[0] or "application/json").replace("/", "~1")
    api.call("POST", "/images/7", b"\xff\xd8\xff", **sent)
    operations = [{"op": "add", "path": f"/binaryMediaTypes/{named}"}]
    api.client.update_rest_api(restApiId=api.id, patchOperations=operations)
    api.call("POST", "/images/7", b"\xff\xd8\xff", **sent)
    spoiled, whole = api.events
    assert (spoiled["body"], spoiled["isBase64Encoded"]) == ("\ufffd\ufffd\ufffd", False)
    assert (base64.b64decode(whole["body"]), whole["isBase64Encoded"]) == (b"\xff\xd8\xff", True)


def test_a_signed_request_names_the_caller_by_its_access_key(api: Api) -> None:
    api.call("POST", "/images/7", Authorization="AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260301/us-east-1/x/y")
    api.call("POST", "/images/7", Authorization="Bearer token")
    signed, other = (event["requestContext"]["identity"]["userArn"] for event in api.events)
    assert signed == "arn:aws:iam::123456789012:user/AKIDEXAMPLE"
    assert other is None


def test_the_answer_has_the_function_s_status_headers_and_body(api: Api) -> None:
    api.result = {
        "statusCode": 201,
        "headers": {"X-One": "1"},
        "multiValueHeaders": {"X-Many": ["a"]},
        "body": base64.b64encode(b"\x89PNG").decode(),
        "isBase64Encoded": True,
    }
    status, headers, body = api.call("POST", "/images/7")
    assert (status, body) == (201, b"\x89PNG")
    assert (headers["X-One"], headers["X-Many"], headers["Content-Length"]) == ("1", "a", "4")


@pytest.mark.parametrize(("method", "path"), [("POST", "/nowhere"), ("GET", "/images/7"), ("POST", "/")])
def test_an_unknown_path_or_method_is_refused_as_api_gateway_does(api: Api, method: str, path: str) -> None:
    status, _, body = api.call(method, path)
    assert (status, json.loads(body)) == (403, {"message": "Missing Authentication Token"})
    assert api.events == []


@pytest.mark.parametrize(
    ("result", "reason"),
    [(KeyError("width"), "KeyError: 'width'"), ({"no": "status"}, "The function returned no statusCode.")],
)
def test_a_function_that_fails_is_a_502_with_the_reason(api: Api, result: Any, reason: str) -> None:
    api.result = result
    status, _, body = api.call("POST", "/images/7")
    assert (status, json.loads(body)) == (502, {"message": "Internal server error", "reason": reason})


def test_an_api_key_of_the_stage_s_usage_plan_has_its_id_in_the_event(api: Api) -> None:
    keys = [api.client.create_api_key(name=name, enabled=True, value=name * 20) for name in ("a", "b")]
    plan = api.client.create_usage_plan(name="clients", apiStages=[{"apiId": api.id, "stage": "api"}])["id"]
    api.client.create_usage_plan_key(usagePlanId=plan, keyId=keys[0]["id"], keyType="API_KEY")
    for value in ("a" * 20, "b" * 20, ""):
        api.call("POST", "/images/7", X_Api_Key=value)
    found = [event["requestContext"]["identity"]["apiKeyId"] for event in api.events]
    assert found == [keys[0]["id"], None, None]
