"""The template of what a stage keeps: closed to the public, encrypted, ended in time, and the embedded AWS's twin."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.settings import Settings
from scripts.embedded.local_stage import TOPICS, create_all, dead_letter_queue
from tests.scripts.deployment import template

NAME = "resources.yaml"
BUCKETS = template.of_type(NAME, "AWS::S3::Bucket")
TABLES = template.of_type(NAME, "AWS::DynamoDB::Table")
PHOTOS = ("ImagesBucket", "LandingBucket", "SanitizedBucket")


@pytest.fixture(scope="module")
def embedded() -> Iterator[dict[str, Any]]:
    """The embedded AWS's buckets and tables, read back."""
    import app

    settings: Settings = app.SETTINGS
    with mock_aws():
        create_all(settings)
        s3, dynamodb = boto3.client("s3"), boto3.client("dynamodb")
        names = {"ImagesTable": settings.images_table, "DogsTable": settings.dogs_table}
        rules = s3.get_bucket_lifecycle_configuration(Bucket=settings.landing_bucket)["Rules"]
        yield {
            "cors": s3.get_bucket_cors(Bucket=settings.images_bucket)["CORSRules"],
            "landing": {rule["ID"]: rule for rule in rules},
            "tables": {key: dynamodb.describe_table(TableName=name)["Table"] for key, name in names.items()},
            "ttl": {
                key: dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
                for key, name in names.items()
            },
        }


def test_cfn_lint_finds_nothing() -> None:
    files = [str(template.SCRIPTS / name) for name in (NAME, "monitoring.yaml")]
    lint = subprocess.run([Path(sys.executable).parent / "cfn-lint", *files], capture_output=True, text=True)
    assert (lint.stdout, lint.returncode) == ("", 0)


def test_the_buckets_are_those_of_the_plan_and_carry_the_account() -> None:
    names = {logical: template.said(each["BucketName"], Stage="dev") for logical, each in BUCKETS.items()}
    words = {
        "ImagesBucket": "images",
        "LandingBucket": "landing",
        "SanitizedBucket": "sanitized",
        "StateBucket": "state",
    }
    assert names == {logical: f"darkroom-dev-{word}-${{AWS::AccountId}}" for logical, word in words.items()}


@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_bucket_is_encrypted_closed_owned_and_versioned(bucket: str) -> None:
    properties = BUCKETS[bucket]
    [rule] = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    blocks = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    assert properties["PublicAccessBlockConfiguration"] == dict.fromkeys(blocks, True)
    assert properties["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}


@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_bucket_takes_nothing_without_tls(bucket: str) -> None:
    [policy] = [
        each for each in template.of_type(NAME, "AWS::S3::BucketPolicy").values() if each["Bucket"] == {"Ref": bucket}
    ]
    [statement] = policy["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statement["Resource"] == [{"Fn::GetAtt": f"{bucket}.Arn"}, {"Fn::Sub": f"${{{bucket}.Arn}}/*"}]


@pytest.mark.parametrize("bucket", BUCKETS)
def test_old_versions_and_parts_of_uploads_end(bucket: str) -> None:
    rules = lifecycle(bucket)
    assert rules["end-parts"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    assert rules["end-old-versions"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": {"Ref": "OldVersionDays"}}
    assert {rule["Status"] for rule in rules.values()} == {"Enabled"}


def test_originals_end_in_landing_alone_after_days_that_are_a_parameter() -> None:
    ending = {bucket for bucket in BUCKETS if any("ExpirationInDays" in rule for rule in lifecycle(bucket).values())}
    assert ending == {"LandingBucket"}
    assert lifecycle("LandingBucket")["end-originals"]["ExpirationInDays"] == {"Ref": "LandingDays"}


def test_the_landing_of_both_ends_parts_and_originals(embedded: dict[str, Any]) -> None:
    assert set(embedded["landing"]) == set(lifecycle("LandingBucket")) - {"end-old-versions"}
    default = template.read(NAME)["Parameters"]["LandingDays"]["Default"]
    assert embedded["landing"]["end-originals"]["Expiration"] == {"Days": default}


def test_a_page_may_post_photos_and_show_them_as_on_the_embedded_aws(embedded: dict[str, Any]) -> None:
    [known] = embedded["cors"]
    for bucket in PHOTOS:
        [rule] = BUCKETS[bucket]["CorsConfiguration"]["CorsRules"]
        assert rule["AllowedOrigins"] == [{"Ref": "CorsOrigin"}]
        assert [template.read(NAME)["Parameters"]["CorsOrigin"]["Default"]] == known["AllowedOrigins"]
        assert rule["AllowedMethods"] == known["AllowedMethods"]
        assert (rule["AllowedHeaders"], rule["ExposedHeaders"]) == (known["AllowedHeaders"], known["ExposeHeaders"])
    assert "CorsConfiguration" not in BUCKETS["StateBucket"]


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_on_demand_encrypted_and_can_be_restored(table: str) -> None:
    properties = TABLES[table]
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["SSESpecification"] == {"SSEEnabled": True}
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


@pytest.mark.parametrize("table", TABLES)
def test_a_table_has_the_keys_indexes_and_ttl_of_the_embedded_one(table: str, embedded: dict[str, Any]) -> None:
    properties, known = TABLES[table], embedded["tables"][table]
    assert by(properties["AttributeDefinitions"], "AttributeName") == by(known["AttributeDefinitions"], "AttributeName")
    assert properties["KeySchema"] == known["KeySchema"]
    fields = ("IndexName", "KeySchema", "Projection")
    indexes = [{key: each[key] for key in fields} for each in known["GlobalSecondaryIndexes"]]
    assert by(properties["GlobalSecondaryIndexes"], "IndexName") == by(indexes, "IndexName")
    ttl = properties["TimeToLiveSpecification"]
    assert ttl["Enabled"]
    assert embedded["ttl"][table] == {"TimeToLiveStatus": "ENABLED", "AttributeName": ttl["AttributeName"]}


def test_topics_queue_and_tables_bear_the_names_of_the_embedded_ones(settings: Settings) -> None:
    def names(kind: str, field: str) -> set[str]:
        return {template.said(each[field], Stage=settings.stage) for each in template.of_type(NAME, kind).values()}

    assert names("AWS::SNS::Topic", "TopicName") == {f"darkroom-{settings.stage}-{topic}" for topic in TOPICS}
    assert names("AWS::SQS::Queue", "QueueName") == {dead_letter_queue(settings)}
    suffixes = {name.rpartition("-")[2] for name in (settings.images_table, settings.dogs_table)}
    assert names("AWS::DynamoDB::Table", "TableName") == {f"darkroom-{settings.stage}-{suffix}" for suffix in suffixes}


def test_dead_letters_are_encrypted_kept_two_weeks_and_take_no_stranger_s() -> None:
    [queue] = template.of_type(NAME, "AWS::SQS::Queue").values()
    assert (queue["SqsManagedSseEnabled"], queue["MessageRetentionPeriod"]) == (True, 14 * 24 * 3600)
    [policy] = template.of_type(NAME, "AWS::SQS::QueuePolicy").values()
    allowed, denied = policy["PolicyDocument"]["Statement"]
    assert (allowed["Principal"], allowed["Action"]) == ({"Service": "events.amazonaws.com"}, "sqs:SendMessage")
    rules = template.said(allowed["Condition"]["ArnLike"]["aws:SourceArn"], Stage="dev")
    assert rules.endswith(":rule/darkroom-dev-*")
    assert (denied["Effect"], denied["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_alarms_reach_people_by_email_where_one_is_given() -> None:
    [subscription] = template.of_type(NAME, "AWS::SNS::Subscription").values()
    assert subscription == {"TopicArn": {"Ref": "AlarmsTopic"}, "Protocol": "email", "Endpoint": {"Ref": "AlarmEmail"}}
    assert template.read(NAME)["Resources"]["AlarmsSubscription"]["Condition"] == "TellsByEmail"
    [policy] = template.of_type(NAME, "AWS::SNS::TopicPolicy").values()
    statement = policy["PolicyDocument"]["Statement"][0]
    assert (statement["Principal"], statement["Action"]) == ({"Service": "cloudwatch.amazonaws.com"}, "sns:Publish")


def lifecycle(bucket: str) -> dict[str, Any]:
    return {rule["Id"]: rule for rule in BUCKETS[bucket]["LifecycleConfiguration"]["Rules"]}


def by(entries: list[dict[str, Any]], field: str) -> list[dict[str, Any]]:
    return sorted(entries, key=lambda each: str(each[field]))
