"""The functions of the dog workflow and of the ingestion in processes that may be killed; AWS retries them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

from chalicelib.flows import dogs
from tests import stage
from tests.flows.photos import photo
from tests.trust.deployed import Deployment, Kill, scheduled
from tests.trust.dog_flows import RUN, check, check_ingested
from tests.trust.faults import Process
from tests.trust.kills import KilledFlow, invoke
from tests.trust.world import World


def starts_the_workflow(world: World, deployment: Deployment, kill: Kill | None) -> None:
    """Run the schedule; however often AWS delivers its event, one execution starts."""
    client: Any = boto3.client("stepfunctions", region_name="us-east-1")
    machine, name = world.base.settings.dog_pipeline, world.base.settings.dog_pipeline.rsplit(":", 1)[-1]
    if machine not in [each["stateMachineArn"] for each in client.list_state_machines()["stateMachines"]]:
        definition = json.dumps({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}})
        client.create_state_machine(name=name, definition=definition, roleArn="arn:aws:iam::123456789012:role/pipeline")
    before = client.list_executions(stateMachineArn=machine)["executions"]
    # The executions of earlier cells stay, so each cell has a time of its own.
    time = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=len(before))
    invoke(world, deployment, "dog_fetch", scheduled(f"{time:%Y-%m-%dT%H:%M:%SZ}"), kill, None, None)
    after = client.list_executions(stateMachineArn=machine)["executions"]
    if len(after) != len(before) + 1:
        world.problems.append("the workflow did not start once for one event of the schedule")


def fetches(world: World, deployment: Deployment, kill: Kill | None) -> None:
    """Fetch a picture, as Step Functions retries it, and write its row."""
    fetched = invoke(world, deployment, "fetch_and_upload_dog_image", {"run": RUN}, kill, None)
    with world.running(Process()) as backends:
        logged = dogs.log(backends, {**fetched, "alert_id": RUN, "retry_count": 0})
    check(world, fetched["uploaded_image"], logged, is_png=fetched["file_type"] == "png")


def logs(image_format: str) -> KilledFlow:
    """Write the row of a picture, as Step Functions retries it."""
    key = f"html/breeds/pug/n1.{image_format.lower()}"

    def flow(world: World, deployment: Deployment, kill: Kill | None) -> None:
        stage.put(world.base.settings.dog_bucket, key, photo(image_format=image_format))
        event = {"uploaded_image": key, "image_url": key, "file_type": image_format.lower(), "alert_id": RUN}
        for retry, current in enumerate((kill, None)):
            if logged := invoke(world, deployment, "log_to_dynamodb", {**event, "retry_count": retry}, current):
                break
        check(world, key, logged, is_png=image_format == "PNG")

    return flow


def alerts(world: World, deployment: Deployment, kill: Kill | None) -> None:
    """Return the content of an alert, which calls nothing."""
    row = {"logged_item": {"image_name": "html/breeds/pug/n1.png"}}
    if invoke(world, deployment, "alert_png", row, kill, None) != dogs.alert(row):
        world.problems.append("the alert is not that of its row")


def ingests(extension: str) -> KilledFlow:
    """Ingest a picture, as Step Functions retries it; a second execution skips it."""

    def flow(world: World, deployment: Deployment, kill: Kill | None) -> None:
        event = {"address": f"{deployment.dog_api_url}/breeds/pug/dog_1.{extension}", "run": RUN, "retry_count": 0}
        if invoke(world, deployment, "ingest_dog", event, kill, None) is None:
            world.problems.append("the retry of an ingestion did not end")
        if invoke(world, deployment, "ingest_dog", event | {"run": "run-2"}, None) != {"outcome": "skipped"}:
            world.problems.append("a second execution does not skip a picture that is stored")
        check_ingested(world, f"html/pug-dog_1.{extension}")

    return flow


KILLED_DOG_FLOWS: dict[str, KilledFlow] = {
    "dog_fetch": starts_the_workflow,
    "FetchAndUploadDogImage": fetches,
    "LogToDynamoDB, JPEG": logs("JPEG"),
    "LogToDynamoDB, PNG": logs("PNG"),
    "AlertPNG": alerts,
    "IngestDog, JPEG": ingests("jpg"),
    "IngestDog, PNG": ingests("png"),
}
