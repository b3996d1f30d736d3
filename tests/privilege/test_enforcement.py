"""The names of moto that the proof leans on, and what moto alone still gets wrong; both fail when moto moves."""

import inspect
import json

import pytest
from botocore.exceptions import ClientError
from moto.core.responses import BaseResponse
from moto.dynamodb.responses import DynamoHandler
from moto.iam.access_control import IAMRequestBase, S3IAMRequest
from moto.s3.responses import S3Response
from moto.sns.responses import SNSResponse
from moto.stepfunctions.responses import StepFunctionResponse

from tests.privilege.enforcement import Call, enforced
from tests.privilege.policy_rig import PolicyRig


def test_moto_asks_a_service_for_its_resource_by_this_name() -> None:
    assert "self._determine_resource()" in inspect.getsource(BaseResponse.call_action)
    # One of these that has the method by now needs no help any more.
    kinds = (DynamoHandler, SNSResponse, StepFunctionResponse)
    assert not [kind for kind in kinds if hasattr(kind, "_determine_resource")]


def test_moto_judges_by_these_methods() -> None:
    judge = inspect.signature(S3Response._authenticate_and_authorize_s3_action)
    assert list(judge.parameters) == ["self", "bucket_name", "key_name"]
    assert list(inspect.signature(IAMRequestBase.check_action_permitted).parameters) == ["self", "resource"]
    made_of = ["self", "account_id", "method", "path", "data", "body", "headers", "action"]
    assert list(inspect.signature(S3IAMRequest.__init__).parameters) == made_of


def test_every_key_of_a_deletion_is_judged(rig: PolicyRig) -> None:
    bucket, client = rig.backends.settings.images_bucket, rig.clients.s3
    allow(rig, "s3:DeleteObject", f"arn:aws:s3:::{bucket}/mine/*")

    with enforced() as calls:
        answer = client.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "mine/a"}, {"Key": "yours/a"}]})

    assert [error["Code"] for error in answer["Errors"]] == ["AccessDenied", "AccessDenied"]
    assert [call.allowed for call in calls] == [True, False]


def test_who_may_not_list_cannot_tell_missing_from_forbidden(rig: PolicyRig) -> None:
    bucket, client = rig.backends.settings.images_bucket, rig.clients.s3
    allow(rig, "s3:GetObject", f"arn:aws:s3:::{bucket}/*")

    with enforced() as calls, pytest.raises(ClientError, match="AccessDenied"):
        client.head_object(Bucket=bucket, Key="none")

    assert calls[-1] == Call("s3:ListBucket", f"arn:aws:s3:::{bucket}", allowed=False)


def test_a_table_is_judged_by_its_name(rig: PolicyRig) -> None:
    allow(rig, "dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:123456789012:table/another")

    with enforced() as calls, pytest.raises(ClientError, match="not authorized"):
        rig.clients.dynamodb.get_item(TableName=rig.names.images_table, Key={"ID": {"S": "a"}})

    assert not calls[0].allowed


def allow(rig: PolicyRig, action: str, resource: str) -> None:
    """Let the role do one thing."""
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    rig.may(json.loads(json.dumps({"Version": "2012-10-17", "Statement": [statement]})))
