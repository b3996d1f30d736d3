"""moto's IAM enforcement, corrected where moto checks less than AWS. test_enforcement.py fails if moto changes.

- moto checks DynamoDB, SNS, Step Functions and Secrets Manager against `*` only: `_determine_resource` returns the
  resource here.
- moto checks GetQueueUrl against `*`: here against the queue.
- moto checks TransactWriteItems as an action of its own: AWS checks the action of each of its writes.
- moto checks DeleteObjects against the bucket: here each key is checked, a version also for DeleteObjectVersion.
- moto answers 404 for a missing object or version: AWS answers 403 if the caller may not list the bucket.
- moto does not evaluate the condition on `s3:prefix`: here a listing of versions is recorded with its prefix.
- moto checks HeadBucket as an action of its own, AWS ListBucket; and HeadObject of a version as GetObject, AWS as
  GetObjectVersion.
- moto fails on presigned links and forms with a KeyError: here their credential is checked.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
import xmltodict
from moto.core.authorization import disable_iam_authentication, enable_iam_authentication
from moto.dynamodb.responses import DynamoHandler
from moto.iam.access_control import IAMPolicy, IAMRequestBase, PermissionResult, S3IAMRequest
from moto.s3.responses import S3Response
from moto.secretsmanager.responses import SecretsManagerResponse
from moto.sns.responses import SNSResponse
from moto.sqs.responses import SQSResponse
from moto.stepfunctions.responses import StepFunctionResponse

__all__ = ["Call", "disable_iam_authentication", "enforced", "permits"]

Check = Callable[..., Any]


@dataclass(frozen=True)
class Call:
    """One call to AWS, and whether the policy allowed it; for a listing of versions also its prefix."""

    action: str
    resource: str
    allowed: bool = True
    prefix: str = ""


@contextmanager
def enforced() -> Iterator[list[Call]]:
    """Enforce IAM within the block, and collect the checked calls."""
    calls: list[Call] = []
    with pytest.MonkeyPatch.context() as patch, enable_iam_authentication():
        patch.setattr(DynamoHandler, "_determine_resource", table_of, raising=False)
        patch.setattr(SNSResponse, "_determine_resource", lambda self: self._get_param("TopicArn"), raising=False)
        patch.setattr(StepFunctionResponse, "_determine_resource", machine_of, raising=False)
        patch.setattr(SQSResponse, "_determine_resource", queue_of(SQSResponse._determine_resource))
        patch.setattr(SecretsManagerResponse, "_determine_resource", secret_of, raising=False)
        check = checking_s3(S3Response._authenticate_and_authorize_s3_action, calls)
        patch.setattr(S3Response, "_authenticate_and_authorize_s3_action", check)
        patch.setattr(IAMRequestBase, "check_action_permitted", recording(IAMRequestBase.check_action_permitted, calls))
        yield calls


def permits(policy: str, call: Call) -> bool:
    """Return whether a policy allows a call, by moto's own evaluator."""
    result = IAMPolicy(policy).is_action_permitted(call.action, call.resource)
    return bool(result is PermissionResult.PERMITTED)


def recording(original: Check, calls: list[Call]) -> Check:
    """Wrap moto's check so that every call is recorded with its result."""

    def check(self: Any, resource: str) -> None:
        if self._action == "dynamodb:TransactWriteItems":
            check_writes(self, check)
            return
        try:
            original(self, resource)
        except Exception:
            calls.append(Call(self._action, resource, allowed=False))
            raise
        calls.append(Call(self._action, resource))

    return check


#: The actions that AWS checks for the writes of a transaction (DynamoDB guide, "Using IAM with transactions").
WRITES = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}


def check_writes(self: Any, check: Check) -> None:
    """Check each write of a transaction as an action of its own."""
    for item in json.loads(self._body)["TransactItems"]:
        [(kind, write)] = item.items()
        self._action = f"dynamodb:{WRITES[kind]}"
        check(self, f"arn:aws:dynamodb:us-east-1:123456789012:table/{write['TableName']}")
    self._action = "dynamodb:TransactWriteItems"


def table_of(self: Any) -> str:
    """Return the ARN of the table of a call to DynamoDB, or of the index of a query."""
    if "TransactItems" in self.params:
        return "*"  # check_writes() checks each of them
    tables = list(self.params.get("RequestItems", {})) or [self.params["TableName"]]
    # moto checks each call once, so it would check only the first table of a batch over two.
    assert len(tables) == 1
    index = f"/index/{self.params['IndexName']}" if "IndexName" in self.params else ""
    return f"arn:aws:dynamodb:{self.region}:{self.current_account}:table/{tables[0]}{index}"


def machine_of(self: Any) -> str:
    """Return the ARN of the state machine of a call to Step Functions."""
    return str(self._get_param("stateMachineArn"))


def queue_of(original: Check) -> Check:
    """Return a function that returns the ARN of a queue, also if the call has only its name."""

    def queue(self: Any) -> str:
        name = self._get_param("QueueName")
        found: Any = (
            original(self)
            if self._get_param("QueueUrl")
            else f"arn:aws:sqs:{self.region}:{self.current_account}:{name}"
        )
        return str(found)

    return queue


def secret_of(self: Any) -> str:
    """Return the ARN of a secret. AWS ends it with six random characters."""
    name = self._get_param("SecretId") or self._get_param("Name")
    return f"arn:aws:secretsmanager:{self.region}:{self.current_account}:secret:{name}-a1B2c3"


def checking_s3(original: Check, calls: list[Call]) -> Check:
    """Wrap moto's check of S3 so that it checks every permission that AWS needs for a call."""

    def check(self: Any, bucket_name: str | None = None, key_name: str | None = None) -> None:
        action = self.data["Action"]
        self.data["Action"] = needed_action(action, self.querystring)
        if "Authorization" not in self.headers:
            check_presigned(self, bucket_name, key_name)
        elif action == "DeleteObject" and key_name is None:
            for needed, key in deletions(self.body):
                self.data["Action"] = needed
                original(self, bucket_name, key)
        else:
            original(self, bucket_name, key_name)
            if action == "GetObject" and is_missing(self, bucket_name, key_name):
                self.data["Action"] = "ListBucket"
                original(self, bucket_name)
            if calls[-1].action == "s3:ListBucketVersions":
                calls[-1] = replace(calls[-1], prefix=self.querystring.get("prefix", [""])[0])
        self.data["Action"] = action

    return check


def needed_action(action: str, query: dict[str, list[str]]) -> str:
    """Return the action that AWS checks (S3 API reference): HeadBucket needs ListBucket, a version GetObjectVersion."""
    if action == "GetObject" and "versionId" in query:
        return "GetObjectVersion"
    return "ListBucket" if action == "HeadBucket" else action


def is_missing(self: Any, bucket: str | None, key: str | None) -> bool:
    """Return whether the object of a call does not exist, or the version that the call names."""
    [version] = self.querystring.get("versionId", [None])
    return self.backend.get_object(bucket, key, version_id=version) is None


def deletions(body: bytes) -> Iterator[tuple[str, str]]:
    """List the permissions of a DeleteObjects call; a version needs both actions (S3 API reference, DeleteObjects)."""
    for each in xmltodict.parse(body, force_list=("Object",))["Delete"]["Object"]:
        yield "DeleteObject", each["Key"]
        if "VersionId" in each:
            yield "DeleteObjectVersion", each["Key"]


def check_presigned(self: Any, bucket: str | None, key: str | None) -> None:
    """Check the permission of the caller who signed a link or a form. The signature itself is not checked."""
    fields = {name.lower(): value[0] for name, value in self.querystring.items()}
    headers = {
        "Authorization": f"Credential={fields['x-amz-credential']},",
        "X-Amz-Security-Token": fields["x-amz-security-token"],
    }
    request = S3IAMRequest(self.current_account, self.method, "", self.data, b"", headers, self._get_action())
    request.check_action_permitted(f"arn:aws:s3:::{bucket}/{key or fields['key']}")
