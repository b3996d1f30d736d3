"""Each event of tests/events is a whole document of AWS, and its handler does its work with it.

The events are written from AWS's documentation; no account sent them.
"""

import base64
import io
import json
import re
from copy import deepcopy
from typing import Any
from urllib.parse import unquote_plus

import pytest
from PIL import Image

import app as entry_points
from app import SETTINGS
from chalicelib.backends import Backends
from chalicelib.flows import upload
from chalicelib.flows.accept import Photo
from chalicelib.records import Status
from scripts import invoke
from scripts.deployment.pipeline_definition import ALERT_SUBJECT, ALERT_TEXT
from scripts.embedded.functions import Function, Functions, Outcome
from tests import stage
from tests.conftest import ROOT
from tests.flows.photos import photo, photo_with_metadata

FOLDER = ROOT / "tests" / "events"
EVENTS: dict[str, Any] = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}
HANDLERS: dict[str, Any] = {
    "api_handler": entry_points.app,
    **{source.name: entry_points.app.handler_map[source.name] for source in entry_points.app.event_sources},
    **{each.name: entry_points.app.handler_map[each.name] for each in entry_points.app.pure_lambda_functions},
}
#: What each kind of event has on AWS. `lambda_functions` of events that no handler receives are none.
FIELDS = {
    "s3": {"eventVersion", "eventSource", "awsRegion", "eventTime", "eventName", "userIdentity", "requestParameters"}
    | {"responseElements", "s3"},
    "schedule": {"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"},
    "api": {"resource", "path", "httpMethod", "headers", "multiValueHeaders", "queryStringParameters"}
    | {"multiValueQueryStringParameters", "pathParameters", "stageVariables", "requestContext", "body"}
    | {"isBase64Encoded"},
    "sns": {"EventSource", "EventVersion", "EventSubscriptionArn", "Sns"},
}
S3 = ("s3_put_images", "s3_multipart_images", "s3_put_landing")
ALERT, ENDED = "sns_png_alert", "sns_image_ended"


def run(name: str, event: dict[str, Any] | None = None) -> Outcome:
    """Run the handler that scripts/invoke.py would choose for an event."""
    given = event or EVENTS[name]
    function = "dog_fetch" if name == "schedule" else invoke.function_of(given, SETTINGS)
    functions = Functions([Function(function, HANDLERS[function], timeout=120)])
    outcome = functions.invoke(function, given, "a-request")
    assert outcome.error_type is None, outcome
    return outcome


def answer(name: str, event: dict[str, Any] | None = None) -> Any:
    return json.loads(run(name, event).payload)


def test_there_is_an_event_of_each_function() -> None:
    received = {invoke.function_of(event, SETTINGS) for name, event in EVENTS.items() if name not in (ALERT, ENDED)}
    assert {each for each in received if each in HANDLERS} == set(HANDLERS)


@pytest.mark.parametrize("name", [each for each in EVENTS if each.partition("_")[0] in FIELDS and "test" not in each])
def test_an_event_is_a_whole_document(name: str) -> None:
    kind = name.partition("_")[0]
    documents = EVENTS[name]["Records"] if "Records" in EVENTS[name] else [EVENTS[name]]
    for document in documents:
        assert set(document) == FIELDS[kind]


@pytest.mark.parametrize("name", EVENTS)
def test_no_event_has_the_data_of_a_real_account(name: str) -> None:
    text = json.dumps(EVENTS[name])
    assert set(re.findall(r"(?<=:)\d{12}(?=:)", text)) <= {"123456789012"}
    # 192.0.2.0/24 is for documentation (RFC 5737).
    assert {each for each in re.findall(r"\d+\.\d+\.\d+\.\d+", text) if not each.startswith("192.0.2.")} <= {"8.14.1.0"}
    assert not re.findall(r"AKIA\w{16}|ASIA\w{16}", text)


def put(name: str, data: bytes) -> tuple[dict[str, Any], str]:
    """Put the object of an event, and return the event with its version, which S3 chooses, and the key."""
    event = deepcopy(EVENTS[name])
    described = event["Records"][0]["s3"]
    key = unquote_plus(described["object"]["key"])
    stored = stage.put(described["bucket"]["name"], key, data)
    described["object"] |= {"versionId": stored.version_id, "eTag": stored.etag, "size": stored.size}
    return event, key


@pytest.mark.parametrize("name", S3)
def test_a_photo_in_s3_is_processed(backends: Backends, name: str) -> None:
    event, key = put(name, photo_with_metadata())
    run(name, event)
    record = backends.catalog.newest_from(["system"], key)
    assert record.status is Status.COMPLETED
    assert set(record.variants) >= ({"sanitized"} if name == "s3_put_landing" else {"processed", "resized"})


@pytest.mark.parametrize("name", S3)
def test_an_event_whose_object_is_gone_leaves_nothing(backends: Backends, name: str) -> None:
    run(name)
    assert stage.record_count(backends.settings.images_table) == 0


def test_the_test_event_of_s3_is_ignored(backends: Backends) -> None:
    assert answer("s3_test_event") is None
    assert stage.record_count(backends.settings.images_table) == 0


def test_a_dry_run_of_the_clean_up_deletes_nothing(backends: Backends) -> None:
    stage.put(backends.settings.images_bucket, "uploads/a.jpg", photo())
    assert answer("schedule_cleanup_dry_run")["dry_run"] is True
    assert stage.keys(backends.settings.images_bucket) == ["uploads/a.jpg"]
    assert answer("schedule_cleanup")["dry_run"] is False


def test_the_reconciliation_returns_its_counts(backends: Backends) -> None:
    assert backends.catalog.due(0, 1) == []
    assert answer("schedule_reconcile") == answer("schedule_reconcile") | {"due": 0, "finished": True}


@pytest.mark.parametrize("name", ["schedule", "schedule_dog_fetch"])
def test_the_schedule_of_dogs_starts_the_workflow_once(backends: Backends, name: str) -> None:
    import boto3

    client, machine = boto3.client("stepfunctions"), backends.settings.dog_pipeline
    role = "arn:aws:iam::123456789012:role/any"
    client.create_state_machine(name=machine.rpartition(":")[2], definition="{}", roleArn=role)
    for _ in range(2):
        assert answer(name) is None
    [execution] = client.list_executions(stateMachineArn=machine)["executions"]
    assert execution["name"] == f"scheduled-{EVENTS[name]['time'].replace(':', '-')}"


def test_the_health_of_the_api(backends: Backends) -> None:
    response = answer("api_get_health")
    assert (response["statusCode"], json.loads(response["body"])["stage"]) == (200, backends.settings.stage)


def test_a_posted_photo_is_processed_and_listed(backends: Backends) -> None:
    posted = answer("api_post_image")
    image = json.loads(posted["body"])
    assert (posted["statusCode"], image["status"]) == (200, "completed")
    body = base64.b64decode(EVENTS["api_post_image"]["body"])
    assert Image.open(io.BytesIO(body)).size == (image["width"], image["height"])
    assert [each["id"] for each in json.loads(answer("api_list_images")["body"])["items"]] == [image["id"]]
    assert backends.catalog.get(image["id"]).recipe["width"] == 32


def test_an_image_that_does_not_exist_is_a_404(backends: Backends) -> None:
    assert backends.settings.owner_isolation is False
    assert answer("api_missing_image")["statusCode"] == 404


def test_the_tasks_of_the_workflow_log_a_picture_and_tell_its_alert(backends: Backends) -> None:
    stage.put(backends.settings.dog_bucket, EVENTS["step_log"]["uploaded_image"], b"a picture")
    logged = answer("step_log")["logged_item"]
    recorded = EVENTS["step_alert"]["logged_item"]
    assert logged == recorded | {"upload_timestamp": logged["upload_timestamp"]}
    assert answer("step_alert") == {"status": "alert", "message": "PNG detected", "image": recorded["image_name"]}


def test_an_ingestion_refuses_a_host_that_nobody_named(backends: Backends) -> None:
    assert backends.settings.ingest_hosts == ()
    result = answer("step_ingest")
    assert result["outcome"] == "failed"
    assert result["reason"].startswith("The address https://pictures.example.com is not")


def test_the_first_task_reads_its_run(backends: Backends) -> None:
    # It asks the dog API, which a test must not call: the run is that of the other tasks.
    assert invoke.function_of(EVENTS["step_fetch"], backends.settings) == "FetchAndUploadDogImage"
    assert EVENTS["step_fetch"]["run"] == EVENTS["step_log"]["alert_id"]


def test_a_recorded_message_has_the_form_of_one_that_is_sent(backends: Backends) -> None:
    inbox = stage.Inbox(backends.settings.images_topic)
    record = upload.receive(backends, Photo(photo(), "anonymous"))
    assert record.status is Status.COMPLETED
    [sent] = inbox.read()
    recorded = EVENTS[ENDED]["Records"][0]["Sns"]
    message, expected = json.loads(recorded["Message"]), json.loads(sent["Message"])
    assert {name: type(value) for name, value in message.items()} == {
        name: type(value) for name, value in expected.items()
    }
    for name in ("status", "owner", "format", "entry", "key", "error"):
        assert message[name] == expected[name]
    assert {name: each["Value"] for name, each in recorded["MessageAttributes"].items()} == {
        name: each["Value"] for name, each in sent["MessageAttributes"].items()
    }
    assert recorded["TopicArn"] == sent["TopicArn"]


def test_a_recorded_alert_has_the_words_of_the_workflow() -> None:
    recorded = EVENTS[ALERT]["Records"][0]["Sns"]
    image = EVENTS["step_alert"]["logged_item"]["image_name"]
    assert (recorded["Subject"], recorded["Message"]) == (ALERT_SUBJECT, ALERT_TEXT.format(image))
    assert recorded["MessageAttributes"]["alert_id"]["Value"] == EVENTS["step_alert"]["logged_item"]["alert_id"]


@pytest.mark.parametrize("name", [ALERT, ENDED])
def test_no_function_receives_a_message_of_sns(name: str) -> None:
    with pytest.raises(invoke.InvokeError, match="it sends them"):
        invoke.function_of(EVENTS[name], SETTINGS)
