"""Gateway responses, throttling and usage plans, as moto stores them."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import boto3
import pytest
from moto import mock_aws

from app import OPENAPI
from chalicelib.settings import Auth
from scripts.deployment import gateway_settings
from scripts.embedded.deployed.execute_api import api_key_id

TAGS = {"application": "darkroom", "stage": "dev"}


class Api(NamedTuple):
    """An API as Chalice creates it: deployed, with one method."""

    client: Any
    id: str


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    with mock_aws():
        client = boto3.client("apigateway")
        api_id = client.create_rest_api(name="darkroom")["id"]
        root = client.get_resources(restApiId=api_id)["items"][0]["id"]
        where = {"restApiId": api_id, "resourceId": root, "httpMethod": "GET"}
        client.put_method(**where, authorizationType="NONE")
        client.put_integration(**where, type="MOCK")
        client.create_deployment(restApiId=api_id, stageName="api")
        yield Api(client, api_id)


def test_every_gateway_response_is_problem_json(api: Api) -> None:
    gateway_settings.put_gateway_responses(api.client, api.id, "api", Auth.COGNITO, "https://example.test", xray=False)

    codes = json.loads(OPENAPI.read_text())["components"]["schemas"]["Code"]["enum"]
    stored = {each["responseType"]: each for each in api.client.get_gateway_responses(restApiId=api.id)["items"]}
    assert {kind: each["statusCode"] for kind, each in stored.items()} == {
        kind: str(status) for kind, (status, _, _) in gateway_settings.RESPONSES.items()
    }
    for each in stored.values():
        problem = json.loads(each["responseTemplates"]["application/json"])
        assert set(problem) == {"type", "title", "status", "detail", "code", "request_id"}
        assert problem["code"] in codes
        assert str(problem["status"]) == each["statusCode"]
        headers = each["responseParameters"]
        assert headers["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
        assert headers["gatewayresponse.header.Access-Control-Allow-Origin"] == "'https://example.test'"
        assert headers["gatewayresponse.header.X-Request-Id"] == "context.requestId"


def test_gateway_responses_are_deployed(api: Api) -> None:
    before = api.client.get_stage(restApiId=api.id, stageName="api")["deploymentId"]

    gateway_settings.put_gateway_responses(api.client, api.id, "api", Auth.NONE, "*", xray=False)

    assert api.client.get_stage(restApiId=api.id, stageName="api")["deploymentId"] != before


def test_with_iam_an_unknown_route_is_a_401_like_an_unsigned_request() -> None:
    for auth, status in ((Auth.IAM, 401), (Auth.COGNITO, 404), (Auth.API_KEY, 404), (Auth.NONE, 404)):
        assert gateway_settings.responses_for(auth)["MISSING_AUTHENTICATION_TOKEN"][0] == status


def test_the_limits_of_a_stage_can_be_set_and_changed(api: Api) -> None:
    for rate, burst in ((50, 100), (7, 9)):
        gateway_settings.set_throttling(api.client, api.id, "api", rate, burst)

        settings = api.client.get_stage(restApiId=api.id, stageName="api")["methodSettings"]["*/*"]
        assert (settings["throttlingRateLimit"], settings["throttlingBurstLimit"]) == (rate, burst)


def test_a_usage_plan_is_created_once_and_has_the_stage(api: Api) -> None:
    first, second = (
        gateway_settings.ensure_usage_plan(api.client, api.id, "api", "darkroom-dev", TAGS) for _ in range(2)
    )

    assert first == second
    plan = api.client.get_usage_plan(usagePlanId=first)
    assert [(each["apiId"], each["stage"]) for each in plan["apiStages"]] == [(api.id, "api")]
    assert plan["tags"] == TAGS


def test_an_existing_plan_gets_the_new_api_too(api: Api) -> None:
    earlier = api.client.create_usage_plan(name="darkroom-staging")["id"]

    assert gateway_settings.ensure_usage_plan(api.client, api.id, "api", "darkroom-staging", TAGS) == earlier
    assert len(api.client.get_usage_plan(usagePlanId=earlier)["apiStages"]) == 1


def test_the_embedded_gateway_accepts_only_a_key_of_the_plan(api: Api) -> None:
    plan = gateway_settings.ensure_usage_plan(api.client, api.id, "api", "darkroom-dev", TAGS)
    keys = [api.client.create_api_key(name=name, enabled=True) for name in ("ann", "bob")]
    api.client.create_usage_plan_key(usagePlanId=plan, keyType="API_KEY", keyId=keys[0]["id"])

    found = [api_key_id(api.client, api.id, "api", sent) for sent in (keys[0]["value"], keys[1]["value"], "")]
    assert found == [keys[0]["id"], None, None]


@pytest.mark.parametrize("xray", [True, False])
def test_the_second_deployment_keeps_the_traces_as_the_stage_has_them(api: Api, *, xray: bool) -> None:
    deployed: list[dict[str, Any]] = []
    api.client.meta.events.register(
        "provide-client-params.api-gateway.CreateDeployment", lambda params, **_: deployed.append(dict(params))
    )
    gateway_settings.put_gateway_responses(api.client, api.id, "api", Auth.IAM, "*", xray=xray)
    assert [each["tracingEnabled"] for each in deployed] == [xray]


def test_every_body_is_passed_as_bytes() -> None:
    operations: list[dict[str, Any]] = []

    class Gateway:
        def update_rest_api(self, **arguments: Any) -> None:
            assert arguments["restApiId"] == "abc"
            operations.extend(arguments["patchOperations"])

    gateway_settings.pass_bodies_as_bytes(Gateway(), "abc")

    assert operations == [{"op": "add", "path": "/binaryMediaTypes/*~1*"}]
