"""The dog workflow on the embedded AWS: a JPEG, a PNG, and a failure in each task."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chalicelib.dog_records import DogCounts
from chalicelib.errors import ImageNotFound
from chalicelib.flows import dogs
from chalicelib.settings import Settings
from scripts.deployment.pipeline import create_or_update
from scripts.deployment.pipeline_definition import definition
from scripts.embedded import local_stage, moto_patches
from scripts.embedded.delivery import DeadLetter, Delivery
from scripts.embedded.functions import register_functions
from scripts.state_machine import send_alert
from scripts.terminal.pipeline_run import follow, start
from tests.end_to_end.dog_pipeline import API, SECONDS, Pipeline
from tests.flows.photos import photo


@pytest.fixture(scope="module")
def pipeline_settings(served: Settings) -> Settings:
    return replace(served, stage="local", dog_api_url=API)


@pytest.fixture(scope="module")
def pipeline(pipeline_settings: Settings) -> Iterator[Pipeline]:
    pipeline = Pipeline(pipeline_settings)
    functions, letters = pipeline.functions(), list[DeadLetter]()
    delivery = Delivery(functions.invoke, letters.append, ())
    local_stage.create_all(pipeline_settings)
    subscribe_queue_to_alarms(pipeline)
    with moto_patches.installed(functions, delivery):
        register_functions(functions, pipeline.aws["lambda"], local_stage.function_role(pipeline_settings))
        create_or_update(pipeline_settings)
        create_or_update(pipeline_settings)
        shorten_retries(pipeline)
        yield pipeline
    assert delivery.close(SECONDS)


def subscribe_queue_to_alarms(pipeline: Pipeline) -> None:
    """Send the alarms to a queue too, so that a test can read them."""
    url = pipeline.aws["sqs"].create_queue(QueueName="alarms")["QueueUrl"]
    attributes = pipeline.aws["sqs"].get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    pipeline.aws["sns"].subscribe(TopicArn=pipeline.arns.alarms, Protocol="sqs", Endpoint=attributes["QueueArn"])


def shorten_retries(pipeline: Pipeline) -> None:
    """Retry once, after a second; the real delays add up to minutes."""
    quick = definition(pipeline.arns)
    for state in quick["States"].values():
        for retry in state.get("Retry", []):
            retry.update(IntervalSeconds=1, MaxAttempts=1, MaxDelaySeconds=2)
    # With one retry, the task must delete its picture at the first retry, not at the sixth.
    quick["States"]["LogToDynamoDB"]["Parameters"].pop("retry_count.$")
    pipeline.aws["stepfunctions"].update_state_machine(
        stateMachineArn=pipeline.arns.machine, definition=json.dumps(quick)
    )


@pytest.fixture(autouse=True)
def _empty_bucket(pipeline: Pipeline) -> None:
    """Delete the pictures of the last test."""
    for key in pipeline.stored():
        pipeline.aws["s3"].delete_object(Bucket=pipeline.settings.dog_bucket, Key=key)


def test_a_jpeg_is_stored_and_recorded_without_an_alert(pipeline: Pipeline) -> None:
    end, states = pipeline.with_answer(photo()).run("jpeg")

    assert end["status"] == "SUCCEEDED"
    assert states == ["FetchAndUploadDogImage", "LogToDynamoDB", "CheckType", "SuccessState"]
    row = pipeline.backends.dogs.find("html/pug-dog.jpg")
    assert row
    assert (row.file_type, row.alert_triggered, row.alert_id) == ("jpeg", False, "")
    assert row.image_url == f"{pipeline.settings.endpoint_url}/darkroom-local-images/html/pug-dog.jpg"
    assert pipeline.messages("darkroom-local-png-alerts") == []


def test_a_png_raises_an_alert_whose_id_is_in_the_row(pipeline: Pipeline) -> None:
    end, states = pipeline.with_answer(photo(image_format="PNG"), "dog.png").run("png")

    assert states[-3:] == ["AlertPNG", "PublishPNGAlert", "SuccessState"]
    row = pipeline.backends.dogs.find("html/pug-dog.png")
    assert row
    assert (row.file_type, row.alert_triggered, row.alert_id) == ("png", True, "png")
    [message] = pipeline.messages("darkroom-local-png-alerts")
    assert message["Message"] == "A PNG file was detected and processed: html/pug-dog.png"
    assert message["MessageAttributes"]["alert_id"]["Value"] == row.alert_id
    assert json.loads(end["output"])["image"] == "html/pug-dog.png"


@pytest.mark.parametrize("image_format", ["GIF", "WEBP"])
def test_an_unexpected_type_is_recorded_and_counted_without_an_alert(pipeline: Pipeline, image_format: str) -> None:
    today, file_type = datetime.now(UTC).date().isoformat(), image_format.lower()
    before = pipeline.backends.dogs.counts(today).get(today, DogCounts())
    end, states = pipeline.with_answer(photo(image_format=image_format), f"dog.{file_type}").run(file_type)

    assert (end["status"], states[-2:]) == ("SUCCEEDED", ["MarkUnexpectedType", "SuccessState"])
    output = json.loads(end["output"])
    assert (output["status"], output["logged_item"]["unexpected_type"]) == ("unexpected_type", True)
    row = pipeline.backends.dogs.find(f"html/pug-dog.{file_type}")
    assert row
    assert (row.file_type, row.unexpected_type, row.breed, row.alert_id) == (file_type, True, "pug", "")
    counts = pipeline.backends.dogs.counts(today)[today]
    assert counts.unexpected_types == before.unexpected_types + 1
    assert counts.types[file_type] == before.types[file_type] + 1
    assert pipeline.messages("darkroom-local-png-alerts") == []


@pytest.mark.parametrize(
    ("data", "error"),
    [(None, "DogApiUnavailable"), (b"<html>gone</html>", "DogImageNotAnImage"), (b"", "DogImageEmpty")],
)
def test_a_fault_of_the_dog_api_ends_in_fail_state_with_nothing_stored(
    pipeline: Pipeline, data: bytes | None, error: str
) -> None:
    end, states = pipeline.with_answer(data).run(error)

    assert (end["status"], end["error"]) == ("FAILED", error)
    assert states == ["FetchAndUploadDogImage", "NotifyFailure", "FailState"]
    [alarm] = pipeline.messages("alarms")
    assert f"Execution {error} failed with {error}" in alarm["Message"]
    assert pipeline.stored() == []


def test_a_picture_is_deleted_if_the_table_does_not_exist(pipeline: Pipeline) -> None:
    database = pipeline.aws["dynamodb"]
    description = database.describe_table(TableName=pipeline.settings.dogs_table)["Table"]
    database.delete_table(TableName=pipeline.settings.dogs_table)
    try:
        end, states = pipeline.with_answer(photo(), "lost.jpg").run("no-table")
    finally:
        kept = ("TableName", "KeySchema", "AttributeDefinitions")
        indexes = [
            {name: each[name] for name in ("IndexName", "KeySchema", "Projection")}
            for each in description["GlobalSecondaryIndexes"]
        ]
        database.create_table(
            **{name: description[name] for name in kept}, BillingMode="PAY_PER_REQUEST", GlobalSecondaryIndexes=indexes
        )

    assert (end["status"], end["error"]) == ("FAILED", "BackendUnavailable")
    assert states == ["FetchAndUploadDogImage", "LogToDynamoDB", "NotifyFailure", "FailState"]
    assert len(pipeline.messages("alarms")) == 1
    assert pipeline.stored() == []


def test_if_the_topic_does_not_exist_an_alarm_is_sent_and_the_row_stays(pipeline: Pipeline) -> None:
    pipeline.aws["sns"].delete_topic(TopicArn=pipeline.arns.png_alerts)
    try:
        end, states = pipeline.with_answer(photo(image_format="PNG"), "dog.png").run("no-topic")
    finally:
        local_stage.create_messaging(pipeline.settings)

    assert (end["status"], end["error"]) == ("FAILED", "SNS.NotFoundException")
    assert states[-4:] == ["AlertPNG", "PublishPNGAlert", "NotifyFailure", "FailState"]
    assert "no-topic" in pipeline.messages("alarms")[0]["Message"]
    row = pipeline.backends.dogs.find("html/pug-dog.png")
    assert row
    assert row.alert_id == "no-topic"
    assert pipeline.stored() == ["html/pug-dog.png"]


def test_a_lost_alert_can_be_sent_by_hand_with_its_own_id(pipeline: Pipeline) -> None:
    name = "html/pug-late.png"
    dogs.log(pipeline.backends, {"uploaded_image": name, "image_url": "u", "file_type": "png", "alert_id": "run-7"})
    assert send_alert(pipeline.settings, name) == "run-7"
    [message] = pipeline.messages("darkroom-local-png-alerts")
    assert message["Message"] == f"A PNG file was detected and processed: {name}"
    assert message["MessageAttributes"]["alert_id"]["Value"] == "run-7"
    with pytest.raises(ImageNotFound, match="no row"):
        send_alert(pipeline.settings, "html/pug-none.png")


def test_a_repeated_schedule_event_starts_one_execution(pipeline: Pipeline) -> None:
    pipeline.with_answer(photo())
    for _ in range(2):
        dogs.start(pipeline.backends, "2026-11-21T13:00:00Z")
    steps = pipeline.aws["stepfunctions"]
    listed = steps.list_executions(stateMachineArn=pipeline.arns.machine)["executions"]
    assert [each["name"] for each in listed if each["name"].startswith("scheduled")] == [
        "scheduled-2026-11-21T13-00-00Z"
    ]


def test_an_execution_is_printed_state_by_state(pipeline: Pipeline, capsys: pytest.CaptureFixture[str]) -> None:
    steps = pipeline.aws["stepfunctions"]
    for data, succeeded in ((photo(), True), (b"<html>", False)):
        pipeline.with_answer(data)
        assert follow(steps, start(steps, pipeline.arns.machine), 0.05) is succeeded
    printed = capsys.readouterr().out
    assert printed.index("FetchAndUploadDogImage") < printed.index("CheckType") < printed.index("SUCCEEDED")
    assert "FAILED DogImageNotAnImage" in printed


def test_the_workflow_has_its_own_role_and_log_group(pipeline: Pipeline) -> None:
    machine = pipeline.aws["stepfunctions"].describe_state_machine(stateMachineArn=pipeline.arns.machine)
    assert machine["roleArn"].endswith(":role/StepFunctions-darkroom-local-DogUploaderPipeline")
    assert machine["loggingConfiguration"]["level"] == "ALL"
    groups = pipeline.aws["logs"].describe_log_groups(logGroupNamePrefix="/aws/vendedlogs/states/")["logGroups"]
    names = ["darkroom-local-DogUploaderPipeline", "darkroom-local-IngestDogs"]
    assert [each["logGroupName"][23:] for each in groups] == names
    assert datetime.now(UTC) > machine["creationDate"]
