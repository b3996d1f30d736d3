"""What moto's CloudFormation passes over in silence: policies, subscriptions, alarms, half of a bucket and of a table.

`teach()` puts classes for these types into the map in which moto looks types up.
"""

import json
import os
from collections.abc import Callable
from functools import cache
from typing import Any, ClassVar

import boto3
from moto.cloudformation import parsing
from moto.dynamodb.models.table import Table
from moto.s3.models import FakeBucket

from scripts.embedded.deployed import stack_protection
from scripts.embedded.functions import REGION
from scripts.project import HOST

Properties = dict[str, Any]
#: Makes what the properties say and returns its name.
Make = Callable[[Properties], str]


def teach() -> None:
    """Let every stack that is made from now on have these too; done twice it changes nothing."""
    parsing.get_model_map().update(_TYPES)
    stack_protection.teach()


def _client(service: str) -> Any:
    """Build a client of this very moto: of its server where there is one, else of the mock."""
    return _client_at(service, os.environ.get("MOTO_PORT"))


@cache
def _client_at(service: str, port: str | None) -> Any:
    """Build a client once: a stack makes dozens of calls, and building one is dearer than all of them."""
    # boto3-stubs know a client only by a literal name.
    factory: Any = boto3.client
    return factory(service, region_name=REGION, endpoint_url=f"http://{HOST}:{port}" if port else None)


class Applied:
    """A resource that is one call to make; without `remove` it goes with what it hangs on."""

    make: ClassVar[Make]

    def __init__(self, name: str) -> None:
        self.physical_resource_id = name

    @staticmethod
    def remove(name: str) -> object:
        """Take it away, where that is a call of its own."""

    @classmethod
    def create_from_cloudformation_json(cls, _name: str, document: Properties, *_: str, **__: str) -> Any:
        """Make it."""
        return cls(cls.make(document["Properties"]))

    @classmethod
    def update_from_cloudformation_json(cls, cloudformation_json: Properties, **_: Any) -> Any:
        """Make it anew in its place."""
        return cls(cls.make(cloudformation_json["Properties"]))

    def delete(self, *_: str) -> None:
        """Take it away."""
        self.remove(self.physical_resource_id)

    def is_created(self) -> bool:
        """Say that it is there."""
        return True


class Completed:
    """A resource that moto makes by halves: `complete` does the rest."""

    #: moto's own class.
    model: ClassVar[Any]
    #: Sets what moto left out.
    complete: ClassVar[Callable[[str, Properties], None]]

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """Ask moto's own class."""
        return bool(cls.model.has_cfn_attr(attr))

    @classmethod
    def create_from_cloudformation_json(cls, name: str, document: Properties, *args: str, **kwargs: str) -> Any:
        """Make it, whole."""
        made = cls.model.create_from_cloudformation_json(name, document, *args, **kwargs)
        cls.complete(name, document["Properties"])
        return made

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource: Any, new_resource_name: str, cloudformation_json: Properties, **_: str
    ) -> Any:
        """Set the rest anew; what moto makes never changes between two deployments."""
        cls.complete(new_resource_name, cloudformation_json["Properties"])
        return original_resource

    @classmethod
    def delete_from_cloudformation_json(cls, *args: Any) -> None:
        """Take it away as moto does."""
        cls.model.delete_from_cloudformation_json(*args)


def _applied(make: Make, remove: Callable[[str], object] = Applied.remove) -> type[Applied]:
    return type("OneCall", (Applied,), {"make": staticmethod(make), "remove": staticmethod(remove)})


def _completed(model: Any, complete: Callable[[str, Properties], None]) -> type[Completed]:
    return type("Whole", (Completed,), {"model": model, "complete": staticmethod(complete)})


def _complete_bucket(name: str, properties: Properties) -> None:
    s3 = _client("s3")
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=properties["VersioningConfiguration"])
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=properties["PublicAccessBlockConfiguration"])
    s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls=properties["OwnershipControls"])
    rules = [_lifecycle_rule(rule) for rule in properties["LifecycleConfiguration"]["Rules"]]
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})
    if cors := properties.get("CorsConfiguration"):
        # The one word that CloudFormation spells in another way than S3.
        rules = [
            {("ExposeHeaders" if key == "ExposedHeaders" else key): value for key, value in rule.items()}
            for rule in cors["CorsRules"]
        ]
        s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": rules})


def _lifecycle_rule(rule: Properties) -> Properties:
    """Say a rule of CloudFormation in S3's words."""
    said: Properties = {"ID": rule["Id"], "Status": rule["Status"], "Filter": {"Prefix": ""}}
    if "ExpirationInDays" in rule:
        said["Expiration"] = {"Days": int(rule["ExpirationInDays"])}
    if "ExpiredObjectDeleteMarker" in rule:
        said["Expiration"] = {"ExpiredObjectDeleteMarker": True}
    if "NoncurrentVersionExpiration" in rule:
        days = int(rule["NoncurrentVersionExpiration"]["NoncurrentDays"])
        said["NoncurrentVersionExpiration"] = {"NoncurrentDays": days}
    if "AbortIncompleteMultipartUpload" in rule:
        said["AbortIncompleteMultipartUpload"] = rule["AbortIncompleteMultipartUpload"]
    return said


def _complete_table(name: str, properties: Properties) -> None:
    dynamodb = _client("dynamodb")
    dynamodb.update_time_to_live(
        TableName=name, TimeToLiveSpecification=properties["TimeToLiveSpecification"] | {"Enabled": True}
    )
    dynamodb.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )


def _put_bucket_policy(properties: Properties) -> str:
    bucket: str = properties["Bucket"]
    # Without TLS all is denied, and loopback has none; moto looks at no condition and would deny all else too.
    statements = [each for each in properties["PolicyDocument"]["Statement"] if each["Sid"] != "TlsOnly"]
    if statements:
        policy = properties["PolicyDocument"] | {"Statement": statements}
        _client("s3").put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    return bucket


def _put_topic_policy(properties: Properties) -> str:
    [topic] = properties["Topics"]
    policy = json.dumps(properties["PolicyDocument"])
    _client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    return str(topic)


def _put_queue_policy(properties: Properties) -> str:
    [queue] = properties["Queues"]
    _client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(properties["PolicyDocument"])})
    return str(queue)


def _subscribe(properties: Properties) -> str:
    return str(_client("sns").subscribe(**properties)["SubscriptionArn"])


def _put_alarm(properties: Properties) -> str:
    threshold = {"Threshold": float(properties["Threshold"])} if "Threshold" in properties else {}
    _client("cloudwatch").put_metric_alarm(**(properties | threshold))
    return str(properties["AlarmName"])


_TYPES: dict[str, type[Any]] = {
    "AWS::S3::Bucket": _completed(FakeBucket, _complete_bucket),
    "AWS::DynamoDB::Table": _completed(Table, _complete_table),
    "AWS::S3::BucketPolicy": _applied(_put_bucket_policy),
    "AWS::SNS::TopicPolicy": _applied(_put_topic_policy),
    "AWS::SNS::Subscription": _applied(_subscribe),
    "AWS::SQS::QueuePolicy": _applied(_put_queue_policy),
    "AWS::CloudWatch::Alarm": _applied(_put_alarm, lambda name: _client("cloudwatch").delete_alarms(AlarmNames=[name])),
    # moto has no saved queries at all: cfn-lint and the tests of the template look at these.
    "AWS::Logs::QueryDefinition": _applied(lambda properties: str(properties["Name"])),
}
