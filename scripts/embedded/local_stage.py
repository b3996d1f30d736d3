"""Creates the resources of stage `local`: buckets, tables, topics, the dead-letter queue, the functions' role."""

import json
from typing import TYPE_CHECKING

import boto3

from chalicelib.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeDefinitionTypeDef, GlobalSecondaryIndexTypeDef
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import (
        BucketLifecycleConfigurationTypeDef,
        CORSConfigurationTypeDef,
        LifecycleRuleTypeDef,
    )

TOPICS = ("png-alert-topic", "images", "alarms")
#: The folders of the images bucket whose old versions S3 deletes, as on AWS.
IMAGE_FOLDERS = ("uploads", "processed", "resized", "renditions", "html", "cleanup")
#: The hash key of each index of the table of images. The range key is always `listed_at`.
INDEXES = {"by-owner": "list_key", "by-status": "status_key", "by-source": "source_key"}

#: The sparse index of the records that something must still end.
_DUE_INDEX: "GlobalSecondaryIndexTypeDef" = {
    "IndexName": "by-due",
    "KeySchema": [{"AttributeName": "due_key", "KeyType": "HASH"}, {"AttributeName": "due_at", "KeyType": "RANGE"}],
    "Projection": {"ProjectionType": "KEYS_ONLY"},
}


def create_all(settings: Settings) -> None:
    """Create the stage's resources at settings.endpoint_url, or at boto3's default endpoint.

    Functions and notifications are created elsewhere, since they need the app.
    """
    create_buckets(settings)
    create_tables(settings)
    create_messaging(settings)
    create_role(settings)


def create_buckets(settings: Settings, client: "S3Client | None" = None) -> None:
    """Create the buckets: versioned, with the lifecycle rules of AWS, and with CORS rules for uploads by a web page.

    moto stores the lifecycle rules, and deletes nothing.
    """
    client = client or boto3.client("s3", endpoint_url=settings.endpoint_url)
    names = [settings.images_bucket, settings.landing_bucket, settings.destination_bucket, settings.dog_bucket]
    for name in dict.fromkeys(names):
        _create_bucket(client, name, settings.cors_origin)
        lifecycle: BucketLifecycleConfigurationTypeDef = {"Rules": _lifecycle_rules(settings, name)}
        client.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration=lifecycle)


def create_tables(settings: Settings, client: "DynamoDBClient | None" = None) -> None:
    """Create the table of images and the table of dog uploads, with their indexes and TTL."""
    client = client or boto3.client("dynamodb", endpoint_url=settings.endpoint_url)
    _create_images_table(client, settings.images_table)
    attributes = ("image_name", "list_key", "listed_at")
    client.create_table(
        TableName=settings.dogs_table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": attribute, "AttributeType": "S"} for attribute in attributes],
        KeySchema=[{"AttributeName": "image_name", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[_index("by-time", "list_key")],
    )
    _enable_ttl(client, settings.dogs_table)


def create_messaging(settings: Settings) -> None:
    """Create the topics, the dead-letter queue, and queues that receive the PNG alerts and the ends of images."""
    topics = boto3.client("sns", endpoint_url=settings.endpoint_url)
    arns = {name: topics.create_topic(Name=f"darkroom-{settings.stage}-{name}")["TopicArn"] for name in TOPICS}
    queues = boto3.client("sqs", endpoint_url=settings.endpoint_url)
    queues.create_queue(QueueName=dead_letter_queue(settings))
    for topic, name in (("png-alert-topic", alert_queue(settings)), ("images", ending_queue(settings))):
        url = queues.create_queue(QueueName=name)["QueueUrl"]
        queue = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        topics.subscribe(TopicArn=arns[topic], Protocol="sqs", Endpoint=queue)


def create_role(settings: Settings) -> None:
    """Create the functions' role; the embedded AWS does not enforce it."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    client = boto3.client("iam", endpoint_url=settings.endpoint_url)
    client.create_role(RoleName=function_role(settings), AssumeRolePolicyDocument=policy)


def function_role(settings: Settings) -> str:
    """Return the name of the functions' role."""
    return f"darkroom-{settings.stage}-functions"


def dead_letter_queue(settings: Settings) -> str:
    """Return the name of the dead-letter queue."""
    return f"darkroom-{settings.stage}-dead-letters"


def alert_queue(settings: Settings) -> str:
    """Return the name of the queue that receives the PNG alerts."""
    return f"darkroom-{settings.stage}-png-alerts"


def ending_queue(settings: Settings) -> str:
    """Return the name of the queue that receives the ends of images."""
    return f"darkroom-{settings.stage}-image-endings"


def _create_bucket(client: "S3Client", name: str, cors_origin: str) -> None:
    client.create_bucket(Bucket=name)
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    cors: CORSConfigurationTypeDef = {
        "CORSRules": [
            {
                "AllowedOrigins": [cors_origin],
                "AllowedMethods": ["GET", "HEAD", "POST"],
                "AllowedHeaders": ["*"],
                "ExposeHeaders": ["ETag"],
            }
        ]
    }
    client.put_bucket_cors(Bucket=name, CORSConfiguration=cors)


def _lifecycle_rules(settings: Settings, bucket: str) -> "list[LifecycleRuleTypeDef]":
    """Return the rules that a bucket has on AWS. The originals in the landing bucket may be deleted after a time."""
    rules = [
        # No list of objects shows the parts of an abandoned upload.
        _rule("end-parts") | {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}},
    ]
    # By folder in the images bucket: no rule may reach logos/ and fonts/, which people bring for good.
    folders = IMAGE_FOLDERS if bucket == settings.images_bucket else ("",)
    for folder in folders:
        rule = _rule(f"end-old-versions-{folder}" if folder else "end-old-versions", f"{folder}/" if folder else "")
        rules.append(rule | {"NoncurrentVersionExpiration": {"NoncurrentDays": settings.old_version_days}})
    if bucket != settings.landing_bucket:
        rules.append(_rule("end-delete-markers") | {"Expiration": {"ExpiredObjectDeleteMarker": True}})
    elif settings.landing_keep:
        rules.append(_rule("end-originals") | {"Expiration": {"Days": settings.landing_days}})
    return rules


def _rule(name: str, prefix: str = "") -> "LifecycleRuleTypeDef":
    """Return an enabled rule for the keys with a prefix, still without an action; the empty prefix matches all keys."""
    return {"ID": name, "Status": "Enabled", "Filter": {"Prefix": prefix}}


def _create_images_table(client: "DynamoDBClient", name: str) -> None:
    attributes = ["ID", "listed_at", "due_key", *INDEXES.values()]
    definitions: list[AttributeDefinitionTypeDef] = [
        {"AttributeName": attribute, "AttributeType": "S"} for attribute in attributes
    ]
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[*definitions, {"AttributeName": "due_at", "AttributeType": "N"}],
        KeySchema=[{"AttributeName": "ID", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[*(_index(index, key) for index, key in INDEXES.items()), _DUE_INDEX],
    )
    _enable_ttl(client, name)


def _enable_ttl(client: "DynamoDBClient", name: str) -> None:
    client.update_time_to_live(TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"})


def _index(name: str, key: str) -> "GlobalSecondaryIndexTypeDef":
    return {
        "IndexName": name,
        "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}, {"AttributeName": "listed_at", "KeyType": "RANGE"}],
        "Projection": {"ProjectionType": "ALL"},
    }
