"""The names of moto that enforcement.py patches, and what moto alone checks wrongly. Both fail if moto changes."""

import inspect
import json
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError
from moto.core.responses import BaseResponse
from moto.dynamodb.responses import DynamoHandler
from moto.iam.access_control import IAMRequestBase, S3IAMRequest
from moto.s3.responses import S3Response
from moto.sns.responses import SNSResponse
from moto.stepfunctions.responses import StepFunctionResponse

from tests import stage
from tests.privilege.enforcement import Call, enforced
from tests.privilege.policy_rig import PolicyRig


def test_moto_calls_this_method_for_the_resource_of_a_service() -> None:
    assert "self._determine_resource()" in inspect.getsource(BaseResponse.call_action)
    # A class that has the method itself needs no patch any more.
    kinds = (DynamoHandler, SNSResponse, StepFunctionResponse)
    assert not [kind for kind in kinds if hasattr(kind, "_determine_resource")]


def test_moto_checks_permissions_by_these_methods() -> None:
    check = inspect.signature(S3Response._authenticate_and_authorize_s3_action)
    assert list(check.parameters) == ["self", "bucket_name", "key_name"]
    assert list(inspect.signature(IAMRequestBase.check_action_permitted).parameters) == ["self", "resource"]
    parameters = ["self", "account_id", "method", "path", "data", "body", "headers", "action"]
    assert list(inspect.signature(S3IAMRequest.__init__).parameters) == parameters


def test_every_key_of_a_deletion_is_checked(rig: PolicyRig) -> None:
    bucket, client = rig.backends.settings.images_bucket, rig.clients.s3
    allow(rig, "s3:DeleteObject", f"arn:aws:s3:::{bucket}/mine/*")

    with enforced() as calls:
        answer = client.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "mine/a"}, {"Key": "yours/a"}]})

    assert [error["Code"] for error in answer["Errors"]] == ["AccessDenied", "AccessDenied"]
    assert [call.allowed for call in calls] == [True, False]


def test_a_queue_is_checked_by_its_name_and_by_its_address(rig: PolicyRig) -> None:
    queue = "arn:aws:sqs:us-east-1:123456789012:darkroom-test-dead-letters"
    url = rig.queues.get_queue_url(QueueName="darkroom-test-dead-letters")["QueueUrl"]
    allow(rig, "sqs:*", queue)

    with enforced() as calls:
        rig.queues.get_queue_url(QueueName="darkroom-test-dead-letters")
        rig.queues.receive_message(QueueUrl=url)

    assert calls == [Call("sqs:GetQueueUrl", queue), Call("sqs:ReceiveMessage", queue)]


def test_a_missing_object_is_forbidden_without_permission_to_list(rig: PolicyRig) -> None:
    bucket, client = rig.backends.settings.images_bucket, rig.clients.s3
    allow(rig, "s3:GetObject", f"arn:aws:s3:::{bucket}/*")

    with enforced() as calls, pytest.raises(ClientError, match="AccessDenied"):
        client.head_object(Bucket=bucket, Key="none")

    assert calls[-1] == Call("s3:ListBucket", f"arn:aws:s3:::{bucket}", allowed=False)


def test_a_missing_version_is_forbidden_without_permission_to_list(rig: PolicyRig) -> None:
    bucket, client = rig.backends.settings.images_bucket, rig.clients.s3
    missing = stage.put(bucket, "versions/a", b"").version_id
    present = stage.put(bucket, "versions/a", b"").version_id
    stage.s3().delete_object(Bucket=bucket, Key="versions/a", VersionId=missing)
    allow(rig, "s3:GetObjectVersion", f"arn:aws:s3:::{bucket}/*")

    with enforced() as calls:
        client.head_object(Bucket=bucket, Key="versions/a", VersionId=present)
        with pytest.raises(ClientError, match="AccessDenied"):
            client.head_object(Bucket=bucket, Key="versions/a", VersionId=missing)

    assert calls[-1] == Call("s3:ListBucket", f"arn:aws:s3:::{bucket}", allowed=False)


def test_a_listing_of_versions_is_recorded_with_its_prefix(rig: PolicyRig) -> None:
    bucket = rig.backends.settings.images_bucket
    allow(rig, "s3:ListBucketVersions", f"arn:aws:s3:::{bucket}")

    with enforced() as calls:
        rig.clients.s3.list_object_versions(Bucket=bucket, Prefix="mine/")
        rig.clients.s3.list_object_versions(Bucket=bucket)

    listed = Call("s3:ListBucketVersions", f"arn:aws:s3:::{bucket}", prefix="mine/")
    assert calls == [listed, replace(listed, prefix="")]


def test_a_call_to_dynamodb_is_checked_against_its_table(rig: PolicyRig) -> None:
    allow(rig, "dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:123456789012:table/another")

    with enforced() as calls, pytest.raises(ClientError, match="not authorized"):
        rig.clients.dynamodb.get_item(TableName=rig.names.images_table, Key={"ID": {"S": "a"}})

    assert not calls[0].allowed


def allow(rig: PolicyRig, action: str, resource: str) -> None:
    """Allow the role one action on one resource, and nothing else."""
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    rig.set_policy(json.loads(json.dumps({"Version": "2012-10-17", "Statement": [statement]})))
