"""A stack has everything that its template says, also the types and properties that moto ignores."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from scripts.embedded.deployed import cloudformation

BLOCKED = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}
STATEMENT = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "*", "Resource": "*"}
TLS_ONLY = STATEMENT | {"Effect": "Deny", "Sid": "TlsOnly"}
RULES: list[dict[str, Any]] = [
    {"Id": "old", "Status": "Enabled", "ExpirationInDays": 7},
    {"Id": "markers", "Status": "Enabled", "ExpiredObjectDeleteMarker": True},
    {"Id": "versions", "Prefix": "a/", "Status": "Enabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 3}},
    {"Id": "parts", "Status": "Enabled", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}},
]
BUCKET = {
    "BucketName": "photos",
    "VersioningConfiguration": {"Status": "Enabled"},
    "PublicAccessBlockConfiguration": BLOCKED,
    "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
    "CorsConfiguration": {
        "CorsRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "ExposedHeaders": ["ETag"]}]
    },
}
TABLE = {
    "TableName": "images",
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": "ID", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "ID", "KeyType": "HASH"}],
    "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": True},
    "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
}
ALARM = {
    "AlarmName": "faults",
    "ComparisonOperator": "GreaterThanThreshold",
    "EvaluationPeriods": 1,
    "MetricName": "Errors",
    "Namespace": "AWS/Lambda",
    "Period": 60,
    "Statistic": "Sum",
}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def template(threshold: str = "1", days: int = 7) -> str:
    bucket, topic, queue = {"Ref": "Bucket"}, {"Ref": "Topic"}, {"Ref": "Queue"}
    rules = [RULES[0] | {"ExpirationInDays": days}, *RULES[1:]]
    reading = policy(TLS_ONLY, STATEMENT | {"Sid": "Read"})
    email = {"TopicArn": topic, "Protocol": "email", "Endpoint": "me@example.test"}
    described: dict[str, tuple[str, dict[str, Any]]] = {
        "Bucket": ("S3::Bucket", BUCKET | {"LifecycleConfiguration": {"Rules": rules}}),
        "BucketPolicy": ("S3::BucketPolicy", {"Bucket": bucket, "PolicyDocument": reading}),
        "Table": ("DynamoDB::Table", TABLE),
        "Topic": ("SNS::Topic", {"TopicName": "alarms"}),
        "TopicPolicy": ("SNS::TopicPolicy", {"Topics": [topic], "PolicyDocument": policy(STATEMENT)}),
        "Email": ("SNS::Subscription", email),
        "Queue": ("SQS::Queue", {"QueueName": "dead-letters"}),
        "QueuePolicy": ("SQS::QueuePolicy", {"Queues": [queue], "PolicyDocument": policy(STATEMENT)}),
        "Alarm": ("CloudWatch::Alarm", ALARM | {"Threshold": threshold}),
        "Query": ("Logs::QueryDefinition", {"Name": "slow-requests", "QueryString": "fields @message"}),
    }
    resources = {name: {"Type": f"AWS::{kind}", "Properties": each} for name, (kind, each) in described.items()}
    return json.dumps({"Resources": resources})


@pytest.fixture(scope="module")
def stack() -> Iterator[Any]:
    """A stack with all these resources; a test that changes it puts it back."""
    with pytest.MonkeyPatch.context() as environ, mock_aws():
        environ.delenv("MOTO_PORT", raising=False)
        cloudformation.register_types()
        client = boto3.client("cloudformation")
        client.create_stack(StackName="resources", TemplateBody=template())
        yield client


@pytest.mark.usefixtures("stack")
def test_a_bucket_is_versioned_and_private() -> None:
    s3 = boto3.client("s3")
    assert s3.get_bucket_versioning(Bucket="photos")["Status"] == "Enabled"
    assert s3.get_public_access_block(Bucket="photos")["PublicAccessBlockConfiguration"] == BLOCKED
    [rule] = s3.get_bucket_ownership_controls(Bucket="photos")["OwnershipControls"]["Rules"]
    assert rule == {"ObjectOwnership": "BucketOwnerEnforced"}


@pytest.mark.usefixtures("stack")
def test_a_bucket_has_its_lifecycle_rules_and_its_cors_rules() -> None:
    s3 = boto3.client("s3")
    rules = {rule["ID"]: rule for rule in s3.get_bucket_lifecycle_configuration(Bucket="photos")["Rules"]}
    assert rules["old"]["Expiration"] == {"Days": 7}
    assert rules["markers"]["Expiration"] == {"ExpiredObjectDeleteMarker": True}
    assert rules["versions"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 3}
    assert (rules["versions"]["Filter"], rules["old"]["Filter"]) == ({"Prefix": "a/"}, {"Prefix": ""})
    assert rules["parts"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    [cors] = s3.get_bucket_cors(Bucket="photos")["CORSRules"]
    assert cors["ExposeHeaders"] == ["ETag"]


@pytest.mark.usefixtures("stack")
def test_a_bucket_policy_is_set_without_the_rule_that_moto_would_apply_to_every_request() -> None:
    [statement] = json.loads(boto3.client("s3").get_bucket_policy(Bucket="photos")["Policy"])["Statement"]
    assert statement["Sid"] == "Read"


@pytest.mark.usefixtures("stack")
def test_a_table_has_its_ttl_and_its_backups() -> None:
    dynamodb = boto3.client("dynamodb")
    ttl = dynamodb.describe_time_to_live(TableName="images")["TimeToLiveDescription"]
    assert ttl == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}
    backups = dynamodb.describe_continuous_backups(TableName="images")["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


@pytest.mark.usefixtures("stack")
def test_topics_and_queues_have_their_policies_and_subscriptions() -> None:
    sns, sqs = boto3.client("sns"), boto3.client("sqs")
    [topic] = [topic["TopicArn"] for topic in sns.list_topics()["Topics"]]
    assert json.loads(sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]) == policy(STATEMENT)
    [subscription] = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "me@example.test")
    queue = sqs.get_queue_url(QueueName="dead-letters")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["Policy"])["Attributes"]
    assert json.loads(attributes["Policy"]) == policy(STATEMENT)


def alarms() -> list[float]:
    return [alarm["Threshold"] for alarm in boto3.client("cloudwatch").describe_alarms()["MetricAlarms"]]


def test_an_update_changes_what_moto_ignores(stack: Any) -> None:
    assert alarms() == [1.0]
    stack.update_stack(StackName="resources", TemplateBody=template(threshold="5", days=30))
    assert alarms() == [5.0]
    rules = boto3.client("s3").get_bucket_lifecycle_configuration(Bucket="photos")["Rules"]
    assert rules[0]["Expiration"] == {"Days": 30}
    stack.update_stack(StackName="resources", TemplateBody=template())
    assert alarms() == [1.0]


def test_a_deleted_stack_leaves_nothing(stack: Any) -> None:
    stack.delete_stack(StackName="resources")
    assert alarms() == []
    assert boto3.client("dynamodb").list_tables()["TableNames"] == []
    with pytest.raises(ClientError, match="Not Found"):
        boto3.client("s3").head_bucket(Bucket="photos")
    stack.create_stack(StackName="resources", TemplateBody=template())
