"""What is recorded of a stage after its stacks are created, and the stack's parameters."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from moto import mock_aws

from scripts.deployment import deployed_state, resources, stage_file
from scripts.deployment.target import DeployError, Target
from tests.scripts.deployment import template
from tests.scripts.targets import copy_project, moto_target

RULE = "darkroom-dev-cleanup-event"
OUTPUTS = {
    "ImagesBucket": "photos",
    "LandingBucket": "landing",
    "DestinationBucket": "clean",
    "StateBucket": "state",
    "ImagesTable": "Images",
    "DdbTable": "Dogs",
    "AlarmsTopicArn": "arn:aws:sns:us-east-1:123456789012:darkroom-dev-alarms",
    "ImagesTopicArn": "arn:aws:sns:us-east-1:123456789012:darkroom-dev-images",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield copy_project(tmp_path)


@pytest.fixture
def target(project: Path) -> Target:
    return stage(project, "dev")


def stage(project: Path, name: str) -> Target:
    target = moto_target(project, name)
    target.client("s3").create_bucket(Bucket=OUTPUTS["StateBucket"])
    return target


def test_recording_adds_names_policies_and_24_hours_of_emptying(target: Target) -> None:
    before = stage_file.environment(target)
    resources.record(target, OUTPUTS)
    variables = stage_file.environment(target)
    assert before.items() < variables.items()
    assert (variables["IMAGES_BUCKET"], variables["DESTINATION_BUCKET"]) == ("photos", "clean")
    until = datetime.fromisoformat(variables["CLEANUP_UNTIL"])
    assert timedelta(hours=23) < until - datetime.now(UTC) <= timedelta(hours=24)
    config = stage_file.read(target)
    for function, entry in config["stages"]["dev"]["lambda_functions"].items():
        policy = json.loads((target.project / ".chalice" / entry["iam_policy_file"]).read_text())
        assert "${" not in json.dumps(policy), function
    assert set(config["stages"]["dev"]["lambda_functions"]) == set(config["lambda_functions"])


@pytest.mark.parametrize("enabled", [True, False])
def test_a_disabled_clean_up_may_not_empty_the_buckets(target: Target, *, enabled: bool) -> None:
    resources.record(target, OUTPUTS)
    events = target.client("events")
    events.put_rule(Name=RULE, ScheduleExpression="rate(1 hour)", State="ENABLED" if enabled else "DISABLED")
    resources.record(target, OUTPUTS)
    assert ("CLEANUP_UNTIL" in stage_file.environment(target)) is enabled


def test_the_clean_up_of_prod_may_never_empty_the_buckets(project: Path) -> None:
    prod = stage(project, "prod")
    resources.record(prod, OUTPUTS)
    assert "CLEANUP_UNTIL" not in stage_file.environment(prod)


def test_recording_downloads_the_state_file(target: Target) -> None:
    path = deployed_state.local_file(target)
    path.parent.mkdir()
    path.write_text(json.dumps({"resources": [{"name": "rest_api", "rest_api_id": "one"}]}))
    deployed_state.upload(target, OUTPUTS["StateBucket"])
    path.unlink()
    resources.record(target, OUTPUTS)
    assert deployed_state.resources(target)["rest_api"]["rest_api_id"] == "one"


def test_a_function_without_a_policy_is_an_error(target: Target) -> None:
    path = target.project / ".chalice" / "config.json"
    config = json.loads(path.read_text())
    config["lambda_functions"]["nobody"] = {}
    path.write_text(json.dumps(config))
    with pytest.raises(DeployError, match="the policy of nobody"):
        resources.record(target, OUTPUTS)


def test_policies_of_functions_that_no_longer_exist_are_deleted(target: Target) -> None:
    old = target.project / ".chalice" / "policies" / "dev" / "old.json"
    old.parent.mkdir()
    old.write_text("{}")
    resources.record(target, OUTPUTS)
    assert not old.exists()


def test_the_expected_names_are_those_of_the_template(target: Target) -> None:
    names = resources.expected_names(target)
    buckets = template.of_type("resources.yaml", "AWS::S3::Bucket")
    assert names["IMAGES_BUCKET"] == name_of(buckets["ImagesBucket"]["BucketName"])
    assert names["LANDING_BUCKET"] == name_of(buckets["LandingBucket"]["BucketName"])
    assert names["DESTINATION_BUCKET"] == name_of(buckets["SanitizedBucket"]["BucketName"])
    tables = template.of_type("resources.yaml", "AWS::DynamoDB::Table")
    assert names["IMAGES_TABLE"] == name_of(tables["ImagesTable"]["TableName"])
    assert names["DDB_TABLE"] == name_of(tables["DogsTable"]["TableName"])
    topics = template.of_type("resources.yaml", "AWS::SNS::Topic")
    for variable, topic in (("ALARMS_TOPIC_ARN", "AlarmsTopic"), ("IMAGES_TOPIC_ARN", "ImagesTopic")):
        assert names[variable].rpartition(":")[2] == name_of(topics[topic]["TopicName"])


def name_of(sub: object) -> str:
    return template.resolve(sub, Stage="dev").replace("${AWS::AccountId}", "123456789012")


def test_the_stack_has_the_parameters_of_the_template_from_the_settings(target: Target) -> None:
    parameters = resources.parameters(target)
    assert set(parameters) == set(template.read("resources.yaml")["Parameters"])
    assert (parameters["LogDays"], parameters["OldVersionDays"]) == ("7", "1")
