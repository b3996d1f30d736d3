"""Deploy a stage to the embedded AWS twice, read it back, invoke each function from its zip, and destroy it."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts import destroy, doctor
from scripts.cleanup import scheduled_event
from scripts.deploy import deploy
from scripts.deployment import deployed_state, package, stage_file
from scripts.deployment.smoke import ApiClient
from tests.privilege import deployer
from tests.privilege.recorded_calls import denied, moved
from tests.scripts.account_inventory import inventory
from tests.scripts.embedded_account import Deployment, InstalledWheels, embedded_account
from tests.scripts.targets import architecture, copy_project

# The doctor refuses to deploy with an older Python.
pytestmark = pytest.mark.skipif(sys.version_info < doctor.OLDEST, reason="packaging needs Python 3.12")

FUNCTIONS = (
    *("", "-AlertPNG", "-FetchAndUploadDogImage", "-IngestDog", "-LogToDynamoDB"),
    *("-cleanup", "-dog_fetch", "-reconcile"),
    *("-resize_image", "-sanitize_image"),
)
SCHEDULES = ("cleanup", "dog_fetch", "reconcile")
TEST_EVENT = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "darkroom-dev-images-123456789012"}
POLICY = json.dumps(deployer.policy())
DOG = {"image_url": "https://images.dog.ceo/a.png", "file_type": "png"}
BUCKETS = {f"darkroom-dev-{word}-123456789012" for word in ("images", "landing", "sanitized", "state")}


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with embedded_account(copy_project(tmp_path_factory.mktemp("project"))) as account:
        refused = account.chalice_deploy()
        account.recorder.take()
        deploy(account.target, dependencies=InstalledWheels())
        requests = account.recorder.take()
        first = inventory(account.target)
        # As after a SIGKILL behind ImportRestApi, in a new checkout: no state file has the API.
        deployed_state.local_file(account.target).unlink()
        deployed_state.upload(account.target, f"darkroom-dev-state-{account.target.account}")
        account.recorder.take()
        url = deploy(account.target, dependencies=InstalledWheels(), smoke_test=False)
        requests += account.recorder.take()
        yield Deployment(account, refused, first, inventory(account.target), url, requests)


def test_a_deployment_leaves_the_tracked_configuration_as_it_was(deployment: Deployment, tmp_path: Path) -> None:
    path = Path(".chalice", "config.json")
    assert (deployment.account.target.project / path).read_text() == (copy_project(tmp_path) / path).read_text()


def test_the_deployer_s_policy_allows_every_call_with_its_arn(deployment: Deployment) -> None:
    services = {request.service for request in deployment.requests}
    assert services >= {"cloudformation", "s3", "lambda", "iam", "apigateway", "events", "states", "logs"}
    assert denied(deployment.requests, POLICY) == []
    # The same calls on another stage are refused, so the ARNs count.
    assert len(denied(moved(deployment.requests, "dev", "prod"), POLICY)) > 150


def test_all_that_a_run_changes_outside_cloudformation_is_under_its_claim(deployment: Deployment) -> None:
    requests = list(enumerate(deployment.requests))
    claims = [at for at, each in requests if (each.method, each.path.rpartition("/")[2]) == ("PUT", "dev.json")]
    changes = [at for at, each in requests if each.service == "states" and "Describe" not in each.target]
    changes += [at for at, each in requests if each.service == "apigateway" and each.method != "GET"]
    first, first_end, second, second_end = claims
    assert len(changes) > 20
    assert [at for at in changes if not (first < at < first_end or second < at < second_end)] == []


def test_plain_chalice_deploy_before_the_resources_says_what_to_run_first(deployment: Deployment) -> None:
    assert deployment.refused.returncode != 0
    assert "Traceback" not in deployment.refused.stderr
    assert "`python -m scripts.deployment.resources --stage dev`" in deployment.refused.stderr


def test_every_resource_exists_and_has_the_name_of_the_stage(deployment: Deployment) -> None:
    found = deployment.first
    assert found["buckets"] == BUCKETS
    assert found["tables"] == {"darkroom-dev-Images", "darkroom-dev-DogImageUploads"}
    functions = {f"darkroom-dev{name}" for name in FUNCTIONS}
    assert {arn.rpartition(":")[2] for arn in found["functions"]} == functions
    assert found["rules"] == {f"darkroom-dev-{name}-event" for name in SCHEDULES}
    assert found["logs"] > {f"/aws/lambda/{name}" for name in functions}
    assert found["machines"] == {"darkroom-dev-DogUploaderPipeline", "darkroom-dev-IngestDogs"}
    assert found["stacks"] == {"darkroom-dev", "darkroom-dev-monitoring"}
    assert {"darkroom-dev-uploader-key-old", *(f"darkroom-dev-{name}-missing" for name in SCHEDULES)} < found["alarms"]
    assert not found["dashboards"]
    assert found["users"] == found["secrets"] == {f"darkroom-dev-uploader-{name}" for name in ("backend", "partner")}


def test_a_second_deployment_creates_no_second_resource(deployment: Deployment) -> None:
    assert deployment.second == deployment.first
    assert len(deployment.second["apis"]) == 1


def test_each_function_has_its_own_role_with_its_own_policy(deployment: Deployment) -> None:
    roles, lambdas = deployment.client("iam"), deployment.client("lambda")
    for name in FUNCTIONS:
        arn = lambdas.get_function_configuration(FunctionName=f"darkroom-dev{name}")["Role"]
        role = arn.rpartition("/")[2]
        [policy] = roles.list_role_policies(RoleName=role)["PolicyNames"]
        document = roles.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
        path = stage_file.policy_file("dev", name.lstrip("-") or "api_handler")
        assert document == json.loads((deployment.account.target.project / ".chalice" / path).read_text())


def test_the_reviewers_have_a_role_that_reads_this_stage_and_its_api(deployment: Deployment) -> None:
    [api], name = deployment.first["apis"], "darkroom-dev-reviewer"
    policy = deployment.client("iam").get_role_policy(RoleName=name, PolicyName="reviewer")["PolicyDocument"]
    assert {f"arn:aws:apigateway:us-east-1::/restapis/{api}{end}" for end in ("", "/*")} == {
        arn for each in policy["Statement"] for arn in each["Resource"] if "apigateway" in arn
    }
    assert f"  reviewers: arn:aws:iam::123456789012:role/{name}\n" in deployment.account.logged[-1]


def test_a_function_has_the_settings_of_the_configuration_file(deployment: Deployment) -> None:
    found = deployment.client("lambda").get_function_configuration(FunctionName="darkroom-dev-resize_image")
    assert (found["Timeout"], found["MemorySize"], found["Architectures"]) == (120, 1769, [architecture()])
    variables = found["Environment"]["Variables"]
    assert (variables["STAGE"], variables["IMAGES_BUCKET"]) == ("dev", "darkroom-dev-images-123456789012")
    assert "CLEANUP_UNTIL" in variables
    tags = deployment.client("lambda").list_tags(Resource=found["FunctionArn"])["Tags"]
    assert {"application": "darkroom", "stage": "dev"}.items() <= tags.items()


def test_resources_that_cloudformation_and_chalice_do_not_tag_are_tagged(deployment: Deployment) -> None:
    target, tags = deployment.account.target, {"application": "darkroom", "stage": "dev"}
    names = [each for each in deployment.first["roles"] if "darkroom-dev" in each]
    found = [deployment.client("iam").list_role_tags(RoleName=name)["Tags"] for name in names]
    for rule in deployment.first["rules"]:
        arn = target.arn("events", f"rule/{rule}")
        found.append(deployment.client("events").list_tags_for_resource(ResourceARN=arn)["Tags"])
    # The two state machines and the reviewers have a role too.
    assert len(found) == len(FUNCTIONS) + 3 + len(SCHEDULES)
    assert all(tags.items() <= {each["Key"]: each["Value"] for each in pairs}.items() for pairs in found)
    [api] = deployment.first["apis"]
    assert tags.items() <= deployment.client("apigateway").get_stage(restApiId=api, stageName="api")["tags"].items()
    # CloudWatch keeps the metrics of an API by this name.
    assert deployment.client("apigateway").get_rest_api(restApiId=api)["name"] == "darkroom-dev"


@pytest.mark.parametrize(
    ("bucket", "function", "rules"),
    [("images", "resize_image", [{"Name": "prefix", "Value": "uploads/"}]), ("landing", "sanitize_image", [])],
)
def test_a_bucket_notifies_its_function(deployment: Deployment, bucket: str, function: str, rules: list[Any]) -> None:
    found = deployment.client("s3").get_bucket_notification_configuration(Bucket=f"darkroom-dev-{bucket}-123456789012")
    [notification] = found["LambdaFunctionConfigurations"]
    assert notification["LambdaFunctionArn"].endswith(f":darkroom-dev-{function}")
    assert [*notification.get("Filter", {}).get("Key", {}).get("FilterRules", [])] == rules


@pytest.mark.parametrize("name", ["resize_image", "sanitize_image", *SCHEDULES])
def test_an_event_whose_retries_are_used_up_goes_to_the_queue(deployment: Deployment, name: str) -> None:
    found = deployment.client("lambda").get_function_event_invoke_config(FunctionName=f"darkroom-dev-{name}")
    queue = "arn:aws:sqs:us-east-1:123456789012:darkroom-dev-dead-letters"
    assert (found["MaximumRetryAttempts"], found["DestinationConfig"]["OnFailure"]["Destination"]) == (2, queue)


def test_a_scheduled_event_that_cannot_be_delivered_goes_to_the_queue(deployment: Deployment) -> None:
    for name in SCHEDULES:
        [target] = deployment.client("events").list_targets_by_rule(Rule=f"darkroom-dev-{name}-event")["Targets"]
        assert target["DeadLetterConfig"]["Arn"].endswith(":darkroom-dev-dead-letters")


def test_the_embedded_aws_creates_what_moto_s_cloudformation_ignores(deployment: Deployment) -> None:
    s3, dynamodb = deployment.client("s3"), deployment.client("dynamodb")
    for bucket in BUCKETS:
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
        assert set(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values()) == {True}
    lifecycle = s3.get_bucket_lifecycle_configuration(Bucket="darkroom-dev-landing-123456789012")["Rules"]
    assert {rule["ID"] for rule in lifecycle} == {"end-parts", "end-old-versions", "end-originals"}
    ttl = dynamodb.describe_time_to_live(TableName="darkroom-dev-Images")["TimeToLiveDescription"]
    assert ttl["TimeToLiveStatus"] == "ENABLED"


def test_the_summary_has_the_url_and_a_command_to_paste(deployment: Deployment) -> None:
    text = deployment.account.logged[-1]
    assert deployment.url in text
    assert "| curl -s --data-binary @-" in text
    assert "  a photo in the images bucket: processed" in deployment.account.logged
    assert "  a photo in the landing bucket: sanitized" in deployment.account.logged


def test_the_zip_passes_every_check(deployment: Deployment) -> None:
    [path] = (deployment.account.target.project / ".chalice" / "deployments").glob("*.zip")
    assert not list(package.findings(path, architecture()))


@pytest.mark.parametrize(
    ("function", "event", "expected"),
    [
        ("-cleanup", scheduled_event(dry_run=True), {"dry_run": True, "blocked_reason": ""}),
        ("-reconcile", scheduled_event(dry_run=False), {"errors": 0, "finished": True}),
        ("-AlertPNG", {"logged_item": DOG | {"image_name": "html/a.png"}}, {"status": "alert", "image": "html/a.png"}),
        ("-LogToDynamoDB", DOG | {"uploaded_image": "html/a.png"}, {"status": "success"}),
    ],
)
def test_a_handler_in_the_zip_processes_a_real_event(
    deployment: Deployment, function: str, event: dict[str, Any], expected: dict[str, Any]
) -> None:
    error, answer = deployment.invoke(function, event)
    assert error is None, answer
    assert expected.items() <= answer.items()


def test_a_handler_in_the_zip_ignores_the_test_event_of_s3(deployment: Deployment) -> None:
    assert deployment.invoke("-resize_image", TEST_EVENT) == (None, None)


def test_a_task_that_cannot_reach_the_dog_api_fails_with_a_named_error(deployment: Deployment) -> None:
    error, answer = deployment.invoke("-FetchAndUploadDogImage", {})
    assert error
    assert answer["errorType"].startswith("Dog"), answer


def test_the_dog_schedule_starts_the_workflow(deployment: Deployment) -> None:
    machine = "arn:aws:states:us-east-1:123456789012:stateMachine:darkroom-dev-DogUploaderPipeline"
    assert deployment.invoke("-dog_fetch", scheduled_event(dry_run=False)) == (None, None)
    [run] = deployment.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]
    assert run["name"].startswith("scheduled-")
    deployment.client("stepfunctions").stop_execution(executionArn=run["executionArn"])


def test_an_unsigned_request_may_only_use_public_paths(deployment: Deployment) -> None:
    api = ApiClient(deployment.account.target, deployment.url, {}, signed=False)
    assert api.request("GET", "health") == (200, {"status": "ok", "stage": "dev", "version": "0.1.0"})
    assert api.request("GET", "images")[0] == 401
    assert api.request("GET", "nowhere")[0] == 403


def test_after_destroy_no_resource_is_left(deployment: Deployment) -> None:
    target = deployment.account.target
    deployment.account.recorder.take()
    destroy.destroy(target)
    assert denied(deployment.account.recorder.take(), POLICY) == []
    assert {kind: names for kind, names in inventory(target).items() if names} == {}
    assert "IMAGES_BUCKET" not in stage_file.environment(target)
    assert not deployed_state.local_file(target).exists()
    # A second run finds nothing to delete and succeeds, as after a run that failed at its end.
    destroy.destroy(target)
