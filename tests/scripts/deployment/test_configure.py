"""The settings that Chalice has no option for, as moto stores them."""

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from botocore.stub import Stubber
from moto import mock_aws

from chalicelib.settings import Auth, Settings
from scripts.deployment import configure, deployed_state, gateway_settings
from scripts.deployment.target import DeployError, Target
from tests.scripts.targets import copy_project, moto_target

QUEUE = "arn:aws:sqs:us-east-1:123456789012:darkroom-dev-dead-letters"
RULE = "darkroom-dev-cleanup-event"
FUNCTION = "darkroom-dev-cleanup"
ARN = f"arn:aws:lambda:us-east-1:123456789012:function:{FUNCTION}"


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Target]:
    with mock_aws():
        yield moto_target(copy_project(tmp_path))


@pytest.fixture
def api_id(target: Target) -> str:
    """A deployed API with one method."""
    client = target.client("apigateway")
    api_id = str(client.create_rest_api(name="darkroom")["id"])
    root = client.get_resources(restApiId=api_id)["items"][0]["id"]
    method = {"restApiId": api_id, "resourceId": root, "httpMethod": "GET"}
    client.put_method(**method, authorizationType="NONE")
    client.put_integration(**method, type="MOCK")
    client.create_deployment(restApiId=api_id, stageName="api")
    return api_id


def create_function(target: Target) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("app.py", "")
    role = target.client("iam").create_role(RoleName=FUNCTION, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    code = {"ZipFile": archive.getvalue()}
    client = target.client("lambda")
    client.create_function(FunctionName=FUNCTION, Runtime="python3.13", Role=role, Handler="app.cleanup", Code=code)


def create_rule(target: Target) -> None:
    target.client("events").put_rule(Name=RULE, ScheduleExpression="rate(1 hour)")
    target.client("events").put_targets(Rule=RULE, Targets=[{"Id": "1", "Arn": ARN}])


def write_state(target: Target, *records: dict[str, str]) -> None:
    path = deployed_state.local_file(target)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"resources": records}))


def test_an_event_source_has_the_name_of_its_function() -> None:
    names = {
        "cleanup-event": "cloudwatch_event",
        "resize_image-s3event": "s3_event",
        "cleanup": "lambda_function",
        "rest_api": "rest_api",
    }
    deployed = [{"name": name, "resource_type": kind} for name, kind in names.items()]
    assert configure.event_handlers(deployed) == ["cleanup", "resize_image"]


def test_a_state_file_without_an_api_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(DeployError, match="run `make deploy` again"):
        configure.rest_api_id({"cleanup": {}})


def test_an_event_is_retried_twice_and_then_goes_to_the_queue(target: Target) -> None:
    create_function(target)
    configure.set_failure_destination(target, FUNCTION, QUEUE)
    found = target.client("lambda").get_function_event_invoke_config(FunctionName=FUNCTION)
    assert found["DestinationConfig"]["OnFailure"] == {"Destination": QUEUE}
    assert (found["MaximumRetryAttempts"], found["MaximumEventAgeInSeconds"]) == (2, 6 * 3600)


def test_a_rule_keeps_its_target_and_gets_the_queue(target: Target) -> None:
    create_rule(target)
    for _ in range(2):
        configure.set_rule_dead_letter_queue(target, RULE, QUEUE)
    [found] = target.client("events").list_targets_by_rule(Rule=RULE)["Targets"]
    assert (found["Id"], found["Arn"]) == ("1", ARN)
    assert found["DeadLetterConfig"] == {"Arn": QUEUE}
    assert found["RetryPolicy"] == {"MaximumRetryAttempts": 24, "MaximumEventAgeInSeconds": 6 * 3600}


def test_a_target_that_eventbridge_rejects_is_an_error(target: Target) -> None:
    with Stubber(target.client("events")) as events:
        events.add_response("list_targets_by_rule", {"Targets": [{"Id": "1", "Arn": ARN}]})
        failure = {"TargetId": "1", "ErrorCode": "ManagedRuleException"}
        events.add_response("put_targets", {"FailedEntryCount": 1, "FailedEntries": [failure]})
        with pytest.raises(DeployError, match="ManagedRuleException"):
            configure.set_rule_dead_letter_queue(target, RULE, QUEUE)


def test_only_the_usage_plan_of_the_stage_is_deleted(target: Target, api_id: str) -> None:
    client = target.client("apigateway")
    gateway_settings.ensure_usage_plan(client, api_id, "api", target.name, target.tags)
    client.create_usage_plan(name="another's")

    configure.delete_usage_plan(target)

    assert [each["name"] for each in client.get_usage_plans()["items"]] == ["another's"]


@pytest.mark.parametrize(("auth", "plans"), [(Auth.API_KEY, ["darkroom-dev"]), (Auth.IAM, [])])
def test_all_settings_can_be_applied_twice(
    target: Target, settings: Settings, api_id: str, auth: Auth, plans: list[str]
) -> None:
    create_function(target)
    create_rule(target)
    url = f"https://{api_id}.execute-api.us-east-1.amazonaws.com/api/"
    write_state(
        target,
        {"name": "cleanup-event", "resource_type": "cloudwatch_event", "rule_name": RULE},
        {"name": "rest_api", "resource_type": "rest_api", "rest_api_id": api_id, "rest_api_url": url},
    )
    settings = replace(settings, auth=auth, throttle_rate=7, throttle_burst=9)
    for _ in range(2):
        assert configure.apply_settings(target, settings, {"DeadLettersArn": QUEUE}) == url
    assert [each["name"] for each in target.client("apigateway").get_usage_plans()["items"]] == plans
    machines = target.client("stepfunctions").list_state_machines()["stateMachines"]
    found = [each["stateMachineArn"].rpartition(":")[2] for each in machines]
    assert sorted(found) == [settings.dog_pipeline.rpartition(":")[2], "darkroom-test-IngestDogs"]
    stage = target.client("apigateway").get_stage(restApiId=api_id, stageName="api")
    assert stage["methodSettings"]["*/*"]["throttlingRateLimit"] == 7
