"""The template resources.yaml: access, encryption, lifecycle, and the same resources as in the embedded AWS."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.settings import Settings
from scripts.embedded.local_stage import IMAGE_FOLDERS, TOPICS, create_all, dead_letter_queue
from tests.scripts.deployment import template

NAME = "resources.yaml"
BUCKETS = template.of_type(NAME, "AWS::S3::Bucket")
TABLES = template.of_type(NAME, "AWS::DynamoDB::Table")
PHOTOS = ("ImagesBucket", "LandingBucket", "SanitizedBucket")


@pytest.fixture(scope="module")
def embedded() -> Iterator[dict[str, Any]]:
    """The settings of the embedded AWS's buckets and tables."""
    import app

    settings: Settings = app.SETTINGS
    with mock_aws():
        create_all(settings)
        s3, dynamodb = boto3.client("s3"), boto3.client("dynamodb")
        names = {"ImagesTable": settings.images_table, "DogsTable": settings.dogs_table}
        buckets = (settings.images_bucket, settings.landing_bucket, settings.destination_bucket)
        rules = [s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"] for bucket in buckets]
        yield {
            "cors": s3.get_bucket_cors(Bucket=settings.images_bucket)["CORSRules"],
            "lifecycle": {
                bucket: {rule["ID"]: rule for rule in found} for bucket, found in zip(PHOTOS, rules, strict=True)
            },
            "tables": {key: dynamodb.describe_table(TableName=name)["Table"] for key, name in names.items()},
            "ttl": {
                key: dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
                for key, name in names.items()
            },
        }


def test_the_names_of_the_buckets_have_the_stage_and_the_account() -> None:
    names = {logical: template.resolve(each["BucketName"], Stage="dev") for logical, each in BUCKETS.items()}
    words = {
        "ImagesBucket": "images",
        "LandingBucket": "landing",
        "SanitizedBucket": "sanitized",
        "StateBucket": "state",
    }
    assert names == {logical: f"darkroom-dev-{word}-${{AWS::AccountId}}" for logical, word in words.items()}


@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_bucket_is_encrypted_private_and_versioned(bucket: str) -> None:
    properties = BUCKETS[bucket]
    [rule] = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    blocks = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    assert properties["PublicAccessBlockConfiguration"] == dict.fromkeys(blocks, True)
    assert properties["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}


@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_bucket_denies_requests_without_tls(bucket: str) -> None:
    [policy] = [
        each for each in template.of_type(NAME, "AWS::S3::BucketPolicy").values() if each["Bucket"] == {"Ref": bucket}
    ]
    [statement] = policy["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statement["Resource"] == [{"Fn::GetAtt": f"{bucket}.Arn"}, {"Fn::Sub": f"${{{bucket}.Arn}}/*"}]


@pytest.mark.parametrize("bucket", BUCKETS)
def test_old_versions_and_incomplete_uploads_are_deleted(bucket: str) -> None:
    rules = lifecycle(bucket)
    assert rules["end-parts"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    folders = [f"-{each}" for each in IMAGE_FOLDERS] if bucket == "ImagesBucket" else [""]
    ending = {name: rule for name, rule in rules.items() if "NoncurrentVersionExpiration" in rule}
    assert list(ending) == [f"end-old-versions{each}" for each in folders]
    assert [rule.get("Prefix", "").rstrip("/") for rule in ending.values()] == [each.lstrip("-") for each in folders]
    days = [rule["NoncurrentVersionExpiration"] for rule in ending.values()]
    assert days == [{"NoncurrentDays": {"Ref": "OldVersionDays"}}] * len(folders)
    assert {rule["Status"] for rule in rules.values()} == {"Enabled"}


def test_only_originals_in_landing_are_deleted_after_a_number_of_days() -> None:
    ending = {bucket for bucket in BUCKETS if any("ExpirationInDays" in rule for rule in lifecycle(bucket).values())}
    assert ending == {"LandingBucket"}
    assert lifecycle("LandingBucket")["end-originals"]["ExpirationInDays"] == {"Ref": "LandingDays"}


@pytest.mark.parametrize("bucket", PHOTOS)
def test_a_bucket_of_photos_has_the_lifecycle_of_the_embedded_one(bucket: str, embedded: dict[str, Any]) -> None:
    days = {name: each["Default"] for name, each in template.read(NAME)["Parameters"].items() if name.endswith("Days")}
    known = {name: action_of(rule) for name, rule in embedded["lifecycle"][bucket].items()}
    assert {name: in_the_form_of_s3(rule, days) for name, rule in lifecycle(bucket).items()} == known


def test_the_buckets_of_photos_have_the_cors_rules_of_the_embedded_ones(embedded: dict[str, Any]) -> None:
    [known] = embedded["cors"]
    for bucket in PHOTOS:
        [rule] = BUCKETS[bucket]["CorsConfiguration"]["CorsRules"]
        assert rule["AllowedOrigins"] == [{"Ref": "CorsOrigin"}]
        assert [template.read(NAME)["Parameters"]["CorsOrigin"]["Default"]] == known["AllowedOrigins"]
        assert rule["AllowedMethods"] == known["AllowedMethods"]
        assert (rule["AllowedHeaders"], rule["ExposedHeaders"]) == (known["AllowedHeaders"], known["ExposeHeaders"])
    assert "CorsConfiguration" not in BUCKETS["StateBucket"]


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_on_demand_encrypted_and_restorable(table: str) -> None:
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


def test_topics_queue_and_tables_have_the_names_of_the_embedded_ones(settings: Settings) -> None:
    def names(kind: str, field: str) -> set[str]:
        return {template.resolve(each[field], Stage=settings.stage) for each in template.of_type(NAME, kind).values()}

    assert names("AWS::SNS::Topic", "TopicName") == {f"darkroom-{settings.stage}-{topic}" for topic in TOPICS}
    assert names("AWS::SQS::Queue", "QueueName") == {dead_letter_queue(settings)}
    suffixes = {name.rpartition("-")[2] for name in (settings.images_table, settings.dogs_table)}
    assert names("AWS::DynamoDB::Table", "TableName") == {f"darkroom-{settings.stage}-{suffix}" for suffix in suffixes}


def test_the_dead_letter_queue_is_encrypted_keeps_two_weeks_and_accepts_only_the_stage_s_rules() -> None:
    [queue] = template.of_type(NAME, "AWS::SQS::Queue").values()
    assert (queue["SqsManagedSseEnabled"], queue["MessageRetentionPeriod"]) == (True, 14 * 24 * 3600)
    [policy] = template.of_type(NAME, "AWS::SQS::QueuePolicy").values()
    allowed, denied = policy["PolicyDocument"]["Statement"]
    assert (allowed["Principal"], allowed["Action"]) == ({"Service": "events.amazonaws.com"}, "sqs:SendMessage")
    rules = template.resolve(allowed["Condition"]["ArnLike"]["aws:SourceArn"], Stage="dev")
    assert rules.endswith(":rule/darkroom-dev-*")
    assert (denied["Effect"], denied["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_alarms_are_sent_to_the_email_address_if_there_is_one() -> None:
    subscription = template.of_type(NAME, "AWS::SNS::Subscription")["AlarmsSubscription"]
    assert subscription == {"TopicArn": {"Ref": "AlarmsTopic"}, "Protocol": "email", "Endpoint": {"Ref": "AlarmEmail"}}
    assert template.read(NAME)["Resources"]["AlarmsSubscription"]["Condition"] == "HasAlarmEmail"
    [policy] = template.of_type(NAME, "AWS::SNS::TopicPolicy").values()
    statement = policy["PolicyDocument"]["Statement"][0]
    assert (statement["Principal"], statement["Action"]) == ({"Service": "cloudwatch.amazonaws.com"}, "sns:Publish")


def lifecycle(bucket: str) -> dict[str, Any]:
    return {rule["Id"]: rule for rule in BUCKETS[bucket]["LifecycleConfiguration"]["Rules"]}


def action_of(rule: dict[str, Any]) -> dict[str, Any]:
    """Return what a lifecycle rule does, without its name, its status and its filter."""
    return {name: value for name, value in rule.items() if name not in ("ID", "Id", "Status", "Filter", "Prefix")}


def in_the_form_of_s3(rule: dict[str, Any], days: dict[str, int]) -> dict[str, Any]:
    """Return what a rule of the template does, as S3's API describes it."""
    action = action_of(rule)
    if old := action.get("NoncurrentVersionExpiration"):
        return {"NoncurrentVersionExpiration": {"NoncurrentDays": days[old["NoncurrentDays"]["Ref"]]}}
    if ending := action.get("ExpirationInDays"):
        return {"Expiration": {"Days": days[ending["Ref"]]}}
    return {"Expiration": action} if "ExpiredObjectDeleteMarker" in action else action


def by(entries: list[dict[str, Any]], field: str) -> list[dict[str, Any]]:
    return sorted(entries, key=lambda each: str(each[field]))
