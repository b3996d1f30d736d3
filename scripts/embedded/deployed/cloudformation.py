"""CloudFormation types that moto ignores or creates only in part, completed with boto3 calls.

`register_types()` adds a class for each of them to the map in which moto looks up types.
"""

import json
import os
from collections.abc import Callable
from functools import cache
from typing import Any, ClassVar

import boto3
from botocore.exceptions import ClientError
from moto.cloudformation import parsing
from moto.dynamodb.models.table import Table
from moto.s3.models import FakeBucket

from scripts.embedded.deployed import cognito_types, conditions, network_types, stack_protection, web_types
from scripts.embedded.functions import REGION
from scripts.project import HOST

Properties = dict[str, Any]
#: Creates a resource from its properties and returns its physical id.
Create = Callable[[Properties], str]


def register_types() -> None:
    """Make moto create these types in every later stack. A second call changes nothing."""
    parsing.get_model_map().update(_TYPES | network_types.TYPES | cognito_types.TYPES | web_types.TYPES)
    stack_protection.install()
    conditions.install()


def _client(service: str) -> Any:
    """Return a client of the moto that runs this code: its server if there is one, else the mock."""
    return _client_at(service, os.environ.get("MOTO_PORT"))


@cache
def _client_at(service: str, port: str | None) -> Any:
    """Build each client once: a stack makes dozens of calls, and building a client costs more than all of them."""
    # boto3-stubs accepts only a literal service name.
    factory: Any = boto3.client
    return factory(service, region_name=REGION, endpoint_url=f"http://{HOST}:{port}" if port else None)


class SingleCallResource:
    """A resource that one API call creates. Without `remove`, it disappears with the resource that it belongs to."""

    create: ClassVar[Create]

    def __init__(self, name: str) -> None:
        self.physical_resource_id = name

    @staticmethod
    def remove(name: str) -> object:
        """Delete the resource; the default does nothing."""

    @classmethod
    def create_from_cloudformation_json(cls, _name: str, document: Properties, *_: str, **__: str) -> Any:
        """Create the resource."""
        return cls(cls.create(document["Properties"]))

    @classmethod
    def update_from_cloudformation_json(cls, original_resource: Any, cloudformation_json: Properties, **_: Any) -> Any:
        """Create the resource again. The call overwrites the old one, or makes another, and then the old one goes."""
        changed = cls(cls.create(cloudformation_json["Properties"]))
        if changed.physical_resource_id != original_resource.physical_resource_id:
            original_resource.delete()
        return changed

    def delete(self, *_: str) -> None:
        """Delete the resource."""
        self.remove(self.physical_resource_id)

    def is_created(self) -> bool:
        """Return True: the call that creates it has finished."""
        return True


class CompletedResource:
    """A resource that moto creates only in part; `complete` sets the rest."""

    #: moto's own class.
    model: ClassVar[Any]
    #: Sets the properties that moto ignores.
    complete: ClassVar[Callable[[str, Properties], None]]

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """Return what moto's own class returns."""
        return bool(cls.model.has_cfn_attr(attr))

    @classmethod
    def create_from_cloudformation_json(cls, name: str, document: Properties, *args: str, **kwargs: str) -> Any:
        """Create the resource with all its properties."""
        resource = cls.model.create_from_cloudformation_json(name, document, *args, **kwargs)
        cls.complete(name, document["Properties"])
        return resource

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource: Any, new_resource_name: str, cloudformation_json: Properties, **_: str
    ) -> Any:
        """Set the rest again. The part that moto creates never changes between two deployments."""
        cls.complete(new_resource_name, cloudformation_json["Properties"])
        return original_resource

    @classmethod
    def delete_from_cloudformation_json(cls, *args: Any) -> None:
        """Delete the resource as moto does."""
        cls.model.delete_from_cloudformation_json(*args)


def _single_call(
    create: Create, remove: Callable[[str], object] = SingleCallResource.remove
) -> type[SingleCallResource]:
    return type("SingleCall", (SingleCallResource,), {"create": staticmethod(create), "remove": staticmethod(remove)})


def _completed(model: Any, complete: Callable[[str, Properties], None]) -> type[CompletedResource]:
    return type("Complete", (CompletedResource,), {"model": model, "complete": staticmethod(complete)})


def _complete_bucket(name: str, properties: Properties) -> None:
    s3 = _client("s3")
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=properties["VersioningConfiguration"])
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=properties["PublicAccessBlockConfiguration"])
    s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls=properties["OwnershipControls"])
    rules = [_lifecycle_rule(rule) for rule in properties["LifecycleConfiguration"]["Rules"]]
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})
    if cors := properties.get("CorsConfiguration"):
        # CloudFormation says ExposedHeaders, S3 says ExposeHeaders.
        rules = [
            {("ExposeHeaders" if key == "ExposedHeaders" else key): value for key, value in rule.items()}
            for rule in cors["CorsRules"]
        ]
        s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": rules})
    if website := properties.get("WebsiteConfiguration"):
        page = {"IndexDocument": {"Suffix": website["IndexDocument"]}}
        s3.put_bucket_website(Bucket=name, WebsiteConfiguration=page)
    elif _is_website(s3, name):
        s3.delete_bucket_website(Bucket=name)


def _is_website(s3: Any, bucket: str) -> bool:
    try:
        s3.get_bucket_website(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchWebsiteConfiguration":
            raise
        return False
    return True


def _lifecycle_rule(rule: Properties) -> Properties:
    """Turn a lifecycle rule of CloudFormation into one of S3's API."""
    prefix = rule.get("Prefix", "")
    converted: Properties = {"ID": rule["Id"], "Status": rule["Status"], "Filter": {"Prefix": prefix}}
    if "ExpirationInDays" in rule:
        converted["Expiration"] = {"Days": int(rule["ExpirationInDays"])}
    if "ExpiredObjectDeleteMarker" in rule:
        converted["Expiration"] = {"ExpiredObjectDeleteMarker": True}
    if "NoncurrentVersionExpiration" in rule:
        days = int(rule["NoncurrentVersionExpiration"]["NoncurrentDays"])
        converted["NoncurrentVersionExpiration"] = {"NoncurrentDays": days}
    if "AbortIncompleteMultipartUpload" in rule:
        converted["AbortIncompleteMultipartUpload"] = rule["AbortIncompleteMultipartUpload"]
    return converted


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
    # This statement denies requests without TLS. moto ignores its condition, so it would deny every request.
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
    """Subscribe an address. moto keeps a resource whose condition is no longer met; its endpoint is no address then."""
    if properties["Protocol"] == "email" and "@" not in properties["Endpoint"]:
        return ""
    return str(_client("sns").subscribe(**properties)["SubscriptionArn"])


def _unsubscribe(arn: str) -> None:
    if arn:
        _client("sns").unsubscribe(SubscriptionArn=arn)


def _put_alarm(properties: Properties) -> str:
    threshold = {"Threshold": float(properties["Threshold"])} if "Threshold" in properties else {}
    _client("cloudwatch").put_metric_alarm(**(properties | threshold))
    return str(properties["AlarmName"])


_TYPES: dict[str, type[Any]] = {
    "AWS::S3::Bucket": _completed(FakeBucket, _complete_bucket),
    "AWS::DynamoDB::Table": _completed(Table, _complete_table),
    "AWS::S3::BucketPolicy": _single_call(_put_bucket_policy),
    "AWS::SNS::TopicPolicy": _single_call(_put_topic_policy),
    "AWS::SNS::Subscription": _single_call(_subscribe, _unsubscribe),
    "AWS::SQS::QueuePolicy": _single_call(_put_queue_policy),
    "AWS::CloudWatch::Alarm": _single_call(
        _put_alarm, lambda name: _client("cloudwatch").delete_alarms(AlarmNames=[name])
    ),
    # moto has no saved queries. cfn-lint and the tests of the template check these.
    "AWS::Logs::QueryDefinition": _single_call(lambda properties: str(properties["Name"])),
}
