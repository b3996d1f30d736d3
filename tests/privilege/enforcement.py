"""moto's IAM enforcement, mended where it judges by less than AWS does; test_enforcement.py fails when moto moves.

- DynamoDB, SNS and Step Functions are judged against `*` alone: `_determine_resource` names what is called.
- DeleteObjects is judged against the bucket: each key is judged, and each version under DeleteObjectVersion besides.
- A missing object is a 404 to everybody: AWS says 403 to whoever may not list the bucket.
- Presigned links and forms end in a KeyError: they are judged by the credential in them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import xmltodict
from moto.core.authorization import disable_iam_authentication, enable_iam_authentication
from moto.dynamodb.responses import DynamoHandler
from moto.iam.access_control import IAMPolicy, IAMRequestBase, PermissionResult, S3IAMRequest
from moto.s3.responses import S3Response
from moto.sns.responses import SNSResponse
from moto.stepfunctions.responses import StepFunctionResponse

__all__ = ["Call", "disable_iam_authentication", "enforced", "permits"]

Judge = Callable[..., None]


@dataclass(frozen=True)
class Call:
    """One call as it was judged."""

    action: str
    resource: str
    allowed: bool = True


@contextmanager
def enforced() -> Iterator[list[Call]]:
    """Enforce IAM until the block ends, and collect what was judged."""
    calls: list[Call] = []
    with pytest.MonkeyPatch.context() as patch, enable_iam_authentication():
        patch.setattr(DynamoHandler, "_determine_resource", table_of, raising=False)
        patch.setattr(SNSResponse, "_determine_resource", lambda self: self._get_param("TopicArn"), raising=False)
        patch.setattr(StepFunctionResponse, "_determine_resource", machine_of, raising=False)
        judge = judging_s3(S3Response._authenticate_and_authorize_s3_action)
        patch.setattr(S3Response, "_authenticate_and_authorize_s3_action", judge)
        patch.setattr(IAMRequestBase, "check_action_permitted", noting(IAMRequestBase.check_action_permitted, calls))
        yield calls


def permits(policy: str, call: Call) -> bool:
    """Ask moto's own evaluator whether a policy allows a call."""
    result = IAMPolicy(policy).is_action_permitted(call.action, call.resource)
    return bool(result is PermissionResult.PERMITTED)


def noting(original: Judge, calls: list[Call]) -> Judge:
    """Note every judgement, and let it rig."""

    def check(self: Any, resource: str) -> None:
        try:
            original(self, resource)
        except Exception:
            calls.append(Call(self._action, resource, allowed=False))
            raise
        calls.append(Call(self._action, resource))

    return check


def table_of(self: Any) -> str:
    """Name the table of a call to DynamoDB, or the index of a query."""
    tables = list(self.params.get("RequestItems", {})) or [self.params["TableName"]]
    # moto judges a call once, so that a batch over two tables would go through by the first.
    assert len(tables) == 1
    index = f"/index/{self.params['IndexName']}" if "IndexName" in self.params else ""
    return f"arn:aws:dynamodb:{self.region}:{self.current_account}:table/{tables[0]}{index}"


def machine_of(self: Any) -> str:
    """Name the state machine of a call to Step Functions."""
    return str(self._get_param("stateMachineArn"))


def judging_s3(original: Judge) -> Judge:
    """Judge a call to S3 by all that AWS asks for it."""

    def judge(self: Any, bucket_name: str | None = None, key_name: str | None = None) -> None:
        action = self.data["Action"]
        if "Authorization" not in self.headers:
            judge_presigned(self, bucket_name, key_name)
        elif action == "DeleteObject" and key_name is None:
            for needed, key in deletions(self.body):
                self.data["Action"] = needed
                original(self, bucket_name, key)
        else:
            original(self, bucket_name, key_name)
            if action == "GetObject" and self.backend.get_object(bucket_name, key_name) is None:
                self.data["Action"] = "ListBucket"
                original(self, bucket_name)
        self.data["Action"] = action

    return judge


def deletions(body: bytes) -> Iterator[tuple[str, str]]:
    """List what a DeleteObjects call needs: its page in the S3 API reference asks for both actions of a version."""
    for each in xmltodict.parse(body, force_list=("Object",))["Delete"]["Object"]:
        yield "DeleteObject", each["Key"]
        if "VersionId" in each:
            yield "DeleteObjectVersion", each["Key"]


def judge_presigned(self: Any, bucket: str | None, key: str | None) -> None:
    """Judge a link or a form by whoever signed it; the signature itself is not checked."""
    fields = {name.lower(): value[0] for name, value in self.querystring.items()}
    headers = {
        "Authorization": f"Credential={fields['x-amz-credential']},",
        "X-Amz-Security-Token": fields["x-amz-security-token"],
    }
    request = S3IAMRequest(self.current_account, self.method, "", self.data, b"", headers, self._get_action())
    request.check_action_permitted(f"arn:aws:s3:::{bucket}/{key or fields['key']}")
