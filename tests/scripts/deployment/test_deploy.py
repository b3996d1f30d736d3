"""The whole deployment on the embedded AWS: done twice, read back, each function called from its zip, taken away."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scripts import destroy, doctor
from scripts.cleanup import scheduled_event
from scripts.deploy import deploy
from scripts.deployment import deployed_state, package, stage_file
from scripts.deployment.smoke import Door
from tests.scripts.deployment.conftest import Account, InstalledWheels, architecture
from tests.scripts.deployment.inventory import inventory

#: Whole deployments take minutes, and no stage is deployed from an older Python: doctor refuses it.
pytestmark = pytest.mark.skipif(sys.version_info < doctor.OLDEST, reason="packaging needs Python 3.12")

FUNCTIONS = (
    "",
    "-AlertPNG",
    "-FetchAndUploadDogImage",
    "-LogToDynamoDB",
    "-cleanup",
    "-dog_fetch",
    "-resize_image",
    "-sanitize_image",
)
DOG = {"image_url": "https://images.dog.ceo/a.png", "file_type": "png"}
BUCKETS = {f"darkroom-dev-{word}-123456789012" for word in ("images", "landing", "sanitized", "state")}


@dataclass
class Deployed:
    account: Account
    refusal: "subprocess.CompletedProcess[str]"
    first: dict[str, set[str]]
    second: dict[str, set[str]]
    url: str

    def client(self, service: str) -> Any:
        return self.account.target.client(service)

    def invoke(self, function: str, event: dict[str, Any]) -> tuple[str | None, Any]:
        answer = self.client("lambda").invoke(FunctionName=f"darkroom-dev{function}", Payload=json.dumps(event))
        return answer.get("FunctionError"), json.loads(answer["Payload"].read())


@pytest.fixture(scope="module")
def deployed(account: Account) -> Deployed:
    refusal = chalice_deploy(account)
    deploy(account.target, dependencies=InstalledWheels())
    first = inventory(account.target)
    # As from a fresh checkout, which knows nothing of the first time.
    deployed_state.local_file(account.target).unlink()
    url = deploy(account.target, dependencies=InstalledWheels(), smoke_test=False)
    return Deployed(account, refusal, first, inventory(account.target), url)


def chalice_deploy(account: Account) -> "subprocess.CompletedProcess[str]":
    command = [str(Path(sys.executable).with_name("chalice")), "deploy", "--stage", "dev"]
    return subprocess.run(
        command, cwd=account.target.project, env=account.environment(), capture_output=True, text=True
    )


def test_before_its_resources_a_plain_deploy_is_refused_with_what_to_run(deployed: Deployed) -> None:
    assert deployed.refusal.returncode != 0
    assert "Traceback" not in deployed.refusal.stderr
    assert "`python -m scripts.deployment.resources --stage dev`" in deployed.refusal.stderr


def test_everything_is_there_under_the_stage_s_name(deployed: Deployed) -> None:
    there = deployed.first
    assert there["buckets"] == BUCKETS
    assert there["tables"] == {"darkroom-dev-Images", "darkroom-dev-DogImageUploads"}
    functions = {f"darkroom-dev{name}" for name in FUNCTIONS}
    assert {arn.rpartition(":")[2] for arn in there["functions"]} == functions
    assert there["rules"] == {"darkroom-dev-cleanup-event", "darkroom-dev-dog_fetch-event"}
    assert there["logs"] > {f"/aws/lambda/{name}" for name in functions}
    assert there["machines"] == {"darkroom-dev-DogUploaderPipeline"}
    assert there["stacks"] == {"darkroom-dev", "darkroom-dev-monitoring"}
    assert {f"darkroom-dev-{name.lstrip('-') or 'api_handler'}-errors" for name in FUNCTIONS} < there["alarms"]
    assert there["dashboards"] == {"darkroom-dev"}


def test_a_second_deployment_makes_nothing_twice(deployed: Deployed) -> None:
    assert deployed.second == deployed.first
    assert len(deployed.second["apis"]) == 1


def test_each_function_has_a_role_of_its_own_with_its_own_policy(deployed: Deployed) -> None:
    roles, lambdas = deployed.client("iam"), deployed.client("lambda")
    for name in FUNCTIONS:
        arn = lambdas.get_function_configuration(FunctionName=f"darkroom-dev{name}")["Role"]
        role = arn.rpartition("/")[2]
        [policy] = roles.list_role_policies(RoleName=role)["PolicyNames"]
        document = roles.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
        path = stage_file.policy_file("dev", name.lstrip("-") or "api_handler")
        assert document == json.loads((deployed.account.target.project / ".chalice" / path).read_text())


def test_a_function_runs_as_its_configuration_says(deployed: Deployed) -> None:
    found = deployed.client("lambda").get_function_configuration(FunctionName="darkroom-dev-resize_image")
    assert (found["Timeout"], found["MemorySize"], found["Architectures"]) == (120, 1769, [architecture()])
    variables = found["Environment"]["Variables"]
    assert (variables["STAGE"], variables["IMAGES_BUCKET"]) == ("dev", "darkroom-dev-images-123456789012")
    assert "CLEANUP_UNTIL" in variables
    tags = deployed.client("lambda").list_tags(Resource=found["FunctionArn"])["Tags"]
    assert {"application": "darkroom", "stage": "dev"}.items() <= tags.items()


def test_what_cloudformation_and_chalice_do_not_tag_is_tagged(deployed: Deployed) -> None:
    target, tags = deployed.account.target, {"application": "darkroom", "stage": "dev"}
    names = [each for each in deployed.first["roles"] if "darkroom-dev" in each]
    found = [deployed.client("iam").list_role_tags(RoleName=name)["Tags"] for name in names]
    for rule in deployed.first["rules"]:
        arn = target.arn("events", f"rule/{rule}")
        found.append(deployed.client("events").list_tags_for_resource(ResourceARN=arn)["Tags"])
    assert len(found) == len(FUNCTIONS) + 3
    assert all(tags.items() <= {each["Key"]: each["Value"] for each in pairs}.items() for pairs in found)
    [api] = deployed.first["apis"]
    assert tags.items() <= deployed.client("apigateway").get_stage(restApiId=api, stageName="api")["tags"].items()


@pytest.mark.parametrize(
    ("bucket", "function", "rules"),
    [("images", "resize_image", [{"Name": "prefix", "Value": "uploads/"}]), ("landing", "sanitize_image", [])],
)
def test_a_bucket_calls_its_function(deployed: Deployed, bucket: str, function: str, rules: list[Any]) -> None:
    found = deployed.client("s3").get_bucket_notification_configuration(Bucket=f"darkroom-dev-{bucket}-123456789012")
    [notification] = found["LambdaFunctionConfigurations"]
    assert notification["LambdaFunctionArn"].endswith(f":darkroom-dev-{function}")
    assert [*notification.get("Filter", {}).get("Key", {}).get("FilterRules", [])] == rules


@pytest.mark.parametrize("name", ["resize_image", "sanitize_image", "cleanup", "dog_fetch"])
def test_an_event_whose_retries_are_used_up_goes_to_the_queue(deployed: Deployed, name: str) -> None:
    found = deployed.client("lambda").get_function_event_invoke_config(FunctionName=f"darkroom-dev-{name}")
    queue = "arn:aws:sqs:us-east-1:123456789012:darkroom-dev-dead-letters"
    assert (found["MaximumRetryAttempts"], found["DestinationConfig"]["OnFailure"]["Destination"]) == (2, queue)


def test_a_schedule_that_cannot_be_handed_over_goes_to_the_queue(deployed: Deployed) -> None:
    for name in ("cleanup", "dog_fetch"):
        [target] = deployed.client("events").list_targets_by_rule(Rule=f"darkroom-dev-{name}-event")["Targets"]
        assert target["DeadLetterConfig"]["Arn"].endswith(":darkroom-dev-dead-letters")


def test_what_moto_s_cloudformation_drops_is_made_by_the_embedded_aws(deployed: Deployed) -> None:
    s3, dynamodb = deployed.client("s3"), deployed.client("dynamodb")
    for bucket in BUCKETS:
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
        assert set(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values()) == {True}
    lifecycle = s3.get_bucket_lifecycle_configuration(Bucket="darkroom-dev-landing-123456789012")["Rules"]
    assert {rule["ID"] for rule in lifecycle} == {"end-parts", "end-old-versions", "end-originals"}
    ttl = dynamodb.describe_time_to_live(TableName="darkroom-dev-Images")["TimeToLiveDescription"]
    assert ttl["TimeToLiveStatus"] == "ENABLED"


def test_the_summary_says_where_it_is_and_what_to_paste(deployed: Deployed) -> None:
    text = deployed.account.said[-1]
    assert deployed.url in text
    assert "| curl -s --data-binary @-" in text
    assert "  a photo dropped into S3: processed" in deployed.account.said
    assert "  a photo dropped into landing: scrubbed" in deployed.account.said


def test_the_zip_stands_up_to_every_check(deployed: Deployed) -> None:
    [path] = (deployed.account.target.project / ".chalice" / "deployments").glob("*.zip")
    assert not list(package.findings(path, architecture()))


@pytest.mark.parametrize(
    ("function", "event", "expected"),
    [
        ("-cleanup", scheduled_event(dry_run=True), {"dry_run": True, "blocked_reason": ""}),
        ("-AlertPNG", {"logged_item": DOG | {"image_name": "html/a.png"}}, {"status": "alert", "image": "html/a.png"}),
        ("-LogToDynamoDB", DOG | {"uploaded_image": "html/a.png"}, {"status": "success"}),
    ],
)
def test_a_handler_answers_a_real_event_from_its_zip(
    deployed: Deployed, function: str, event: dict[str, Any], expected: dict[str, Any]
) -> None:
    error, answer = deployed.invoke(function, event)
    assert error is None, answer
    assert expected.items() <= answer.items()


def test_a_task_that_cannot_reach_its_api_fails_by_its_name(deployed: Deployed) -> None:
    error, answer = deployed.invoke("-FetchAndUploadDogImage", {})
    assert error
    assert answer["errorType"].startswith("Dog"), answer


def test_the_schedule_of_the_dogs_starts_the_workflow(deployed: Deployed) -> None:
    machine = "arn:aws:states:us-east-1:123456789012:stateMachine:darkroom-dev-DogUploaderPipeline"
    assert deployed.invoke("-dog_fetch", scheduled_event(dry_run=False)) == (None, None)
    [run] = deployed.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]
    assert run["name"].startswith("scheduled-")
    deployed.client("stepfunctions").stop_execution(executionArn=run["executionArn"])


def test_an_unsigned_call_is_let_in_by_the_public_paths_alone(deployed: Deployed) -> None:
    door = Door(deployed.account.target, deployed.url, {}, signed=False)
    assert door.ask("GET", "health") == (200, {"status": "ok", "stage": "dev", "version": "0.1.0"})
    assert door.ask("GET", "images")[0] == 401
    assert door.ask("GET", "nowhere")[0] == 403


def test_after_its_destruction_nothing_is_left(deployed: Deployed) -> None:
    target = deployed.account.target
    destroy.destroy(target)
    assert {kind: names for kind, names in inventory(target).items() if names} == {}
    assert "IMAGES_BUCKET" not in stage_file.environment(target)
    assert not deployed_state.local_file(target).exists()
    # Once more, as after a run that failed at its end.
    destroy.destroy(target)
