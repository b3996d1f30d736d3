"""What a killed deployment left: the next run takes its API over, and a deletion finds all of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from scripts.deployment import deployed_state, stage_file, unrecorded
from scripts.deployment.target import Target
from tests.scripts.targets import copy_project, moto_target

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:{}/invocations"


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Target]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield moto_target(copy_project(tmp_path))


def make_api(target: Target, function: str, name: str = "darkroom") -> str:
    """Make an API as ImportRestApi does, whose GET invokes a function; return its id."""
    client = target.client("apigateway")
    api_id = str(client.create_rest_api(name=name)["id"])
    [root] = client.get_resources(restApiId=api_id)["items"]
    method: dict[str, Any] = {"restApiId": api_id, "resourceId": root["id"], "httpMethod": "GET"}
    client.put_method(**method, authorizationType="NONE")
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION.format(function)}"
    client.put_integration(**method, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    return api_id


def apis(target: Target) -> set[str]:
    return {api["id"] for api in target.client("apigateway").get_rest_apis()["items"]}


def recorded_api(target: Target) -> str | None:
    return deployed_state.resources(target).get("rest_api", {}).get("rest_api_id")


def test_the_api_of_the_stage_is_taken_over_and_no_other(target: Target) -> None:
    others = [("darkroom-staging", "darkroom"), ("darkroom-dev", "another"), ("darkroom-dev2", "darkroom-dev")]
    for function, name in others:
        make_api(target, function, name)
    unrecorded.adopt_api(target)
    assert recorded_api(target) is None

    # An API from before has the name of the app.
    earlier = make_api(target, "darkroom-dev")
    unrecorded.adopt_api(target)
    assert recorded_api(target) == earlier

    target.client("apigateway").delete_rest_api(restApiId=earlier)
    mine = make_api(target, "darkroom-dev", "darkroom-dev")
    unrecorded.adopt_api(target)
    assert recorded_api(target) == mine


@pytest.mark.parametrize("exists", [True, False])
def test_a_recorded_api_stays_if_it_exists(target: Target, *, exists: bool) -> None:
    recorded, newer = make_api(target, "darkroom-dev"), make_api(target, "darkroom-dev")
    deployed_state.add(target, [{"name": "rest_api", "rest_api_id": recorded if exists else "deleted-by-hand"}])
    unrecorded.adopt_api(target)
    assert recorded_api(target) in ([recorded] if exists else [recorded, newer])


def test_a_deletion_takes_the_apis_that_nobody_recorded(target: Target) -> None:
    recorded, left = make_api(target, "darkroom-dev"), make_api(target, "darkroom-dev")
    other = make_api(target, "darkroom-staging")
    deployed_state.add(target, [{"name": "rest_api", "rest_api_id": recorded}])
    unrecorded.delete_other_apis(target)
    assert apis(target) == {recorded, other}
    assert left not in apis(target)


def test_a_deletion_knows_every_function_role_and_rule_by_its_name(target: Target) -> None:
    api = {"name": "rest_api", "resource_type": "rest_api", "rest_api_id": "one"}
    deployed_state.add(target, [api, {"name": "cleanup", "resource_type": "lambda_function", "lambda_arn": "known"}])
    unrecorded.record_names(target)
    found = deployed_state.resources(target)
    handlers = set(stage_file.read(target)["lambda_functions"])
    assert {name for name, each in found.items() if each["resource_type"] == "lambda_function"} == handlers
    assert {name for name, each in found.items() if each["resource_type"] == "iam_role"} == {
        f"{handler}_role" for handler in handlers
    }
    assert found["rest_api"] == api
    assert found["cleanup"]["lambda_arn"] == "known"
    assert found["reconcile-event"]["rule_name"] == "darkroom-dev-reconcile-event"
    assert found["api_handler"]["lambda_arn"].endswith(":function:darkroom-dev")
