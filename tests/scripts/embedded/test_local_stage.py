"""Stage `local` has all its resources, under the names of the settings."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.settings import Settings
from scripts.embedded.local_stage import (
    IMAGE_FOLDERS,
    create_all,
    create_buckets,
    dead_letter_queue,
    ending_queue,
    function_role,
)


@pytest.fixture(scope="module")
def stage() -> Iterator[Settings]:
    """The settings of a stage whose resources exist in moto's mock; tests add buckets with other names."""
    settings = Settings.from_environ(os.environ)
    with mock_aws():
        create_all(settings)
        yield settings


def test_every_bucket_allows_uploads_from_a_web_page(stage: Settings) -> None:
    client = boto3.client("s3")
    for name in (stage.images_bucket, stage.landing_bucket, stage.destination_bucket):
        [rule] = client.get_bucket_cors(Bucket=name)["CORSRules"]
        assert rule["AllowedOrigins"] == [stage.cors_origin]
        assert "POST" in rule["AllowedMethods"]


def test_a_separate_dog_bucket_is_created_too(stage: Settings) -> None:
    create_buckets(replace(stage, dog_bucket="dogs"))
    assert "dogs" in {bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]}


def test_an_original_in_landing_is_deleted_after_the_days_of_the_setting(stage: Settings) -> None:
    create_buckets(replace(stage, landing_bucket="kept", landing_keep=True, landing_days=7))
    assert rules("kept")["end-originals"]["Expiration"] == {"Days": 7}


def test_without_kept_originals_there_is_no_rule_for_them(stage: Settings) -> None:
    create_buckets(replace(stage, landing_bucket="not-kept", landing_keep=False))
    assert set(rules("not-kept")) == {"end-parts", "end-old-versions"}


def test_every_bucket_is_versioned_and_deletes_old_versions_after_the_days_of_the_setting(stage: Settings) -> None:
    images = replace(stage, images_bucket="v-images", dog_bucket="v-dogs")
    create_buckets(replace(images, landing_bucket="v-landing", destination_bucket="v-sanitized", old_version_days=3))
    for name in ("v-images", "v-dogs", "v-landing", "v-sanitized"):
        assert boto3.client("s3").get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
        names = {f"end-old-versions-{each}" for each in IMAGE_FOLDERS} if name == "v-images" else {"end-old-versions"}
        ending = {each: rule for each, rule in rules(name).items() if "NoncurrentVersionExpiration" in rule}
        assert set(ending) == names
        assert {rule["NoncurrentVersionExpiration"]["NoncurrentDays"] for rule in ending.values()} == {3}


@pytest.mark.parametrize("key", ["fonts/NotoSansJP-Regular.otf", "logos/a.png"])
def test_no_rule_deletes_what_people_bring_to_the_images_bucket(stage: Settings, key: str) -> None:
    reaching = {each for each, rule in rules(stage.images_bucket).items() if key.startswith(rule["Filter"]["Prefix"])}
    # One ends uploads that were never completed, one deletes the markers of keys that have no version.
    assert reaching == {"end-parts", "end-delete-markers"}


def test_the_parts_of_an_abandoned_upload_are_deleted_after_a_day(stage: Settings) -> None:
    rule = rules(stage.landing_bucket)["end-parts"]
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    assert {each["Status"] for each in rules(stage.landing_bucket).values()} == {"Enabled"}


def test_the_table_of_images_has_its_indexes_and_its_ttl(stage: Settings) -> None:
    client = boto3.client("dynamodb")
    table = client.describe_table(TableName=stage.images_table)["Table"]
    keys = {
        index["IndexName"]: [key["AttributeName"] for key in index["KeySchema"]]
        for index in table["GlobalSecondaryIndexes"]
    }
    assert [key["AttributeName"] for key in table["KeySchema"]] == ["ID"]
    assert keys == {
        "by-owner": ["list_key", "listed_at"],
        "by-status": ["status_key", "listed_at"],
        "by-source": ["source_key", "listed_at"],
        "by-due": ["due_key", "due_at"],
    }
    projections = {
        index["IndexName"]: index["Projection"]["ProjectionType"] for index in table["GlobalSecondaryIndexes"]
    }
    assert projections == dict.fromkeys(keys, "ALL") | {"by-due": "KEYS_ONLY"}
    ttl = client.describe_time_to_live(TableName=stage.images_table)["TimeToLiveDescription"]
    assert ttl == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}


def test_the_table_of_dogs_is_keyed_by_image_name(stage: Settings) -> None:
    table = boto3.client("dynamodb").describe_table(TableName=stage.dogs_table)["Table"]
    assert [key["AttributeName"] for key in table["KeySchema"]] == ["image_name"]
    [index] = table["GlobalSecondaryIndexes"]
    assert (index["IndexName"], [key["AttributeName"] for key in index["KeySchema"]]) == (
        "by-time",
        ["list_key", "listed_at"],
    )


def test_topics_queue_and_role_have_the_stage_in_their_names(stage: Settings) -> None:
    topics = [topic["TopicArn"].split(":")[-1] for topic in boto3.client("sns").list_topics()["Topics"]]
    assert sorted(topics) == [f"darkroom-{stage.stage}-{word}" for word in ("alarms", "images", "png-alert-topic")]
    assert boto3.client("sqs").get_queue_url(QueueName=dead_letter_queue(stage))["QueueUrl"]
    assert (
        boto3.client("iam").get_role(RoleName=function_role(stage))["Role"]["RoleName"]
        == f"darkroom-{stage.stage}-functions"
    )


def rules(bucket: str) -> dict[str, Any]:
    found = boto3.client("s3").get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    return {rule["ID"]: rule for rule in found}


def test_a_queue_receives_the_ends_of_images(stage: Settings) -> None:
    boto3.client("sns").publish(
        TopicArn=stage.images_topic.replace("darkroom-local", f"darkroom-{stage.stage}"), Message="m"
    )

    queue = boto3.client("sqs").get_queue_url(QueueName=ending_queue(stage))["QueueUrl"]
    [message] = boto3.client("sqs").receive_message(QueueUrl=queue)["Messages"]
    assert json.loads(message["Body"])["Message"] == "m"
