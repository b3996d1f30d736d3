"""Record the calls to the embedded AWS, and say which action each needs on which ARN.

botocore's models of the services say which operation a request is: the target of JSON services, the Action of query
services, the method and path of REST services. The ARNs follow the Service Authorization Reference:
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote

import xmltodict
from botocore.session import get_session

from tests.privilege import enforcement
from tests.privilege.enforcement import permits

REGION, ACCOUNT = "us-east-1", "123456789012"
#: The access key of the functions that run on the embedded AWS.
FUNCTIONS_KEY = "embedded"
#: Operations whose action has another name in IAM.
ACTIONS = {
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:DeleteObjects": "s3:DeleteObjectVersion",
    "s3:GetBucketNotificationConfiguration": "s3:GetBucketNotification",
    "s3:PutBucketNotificationConfiguration": "s3:PutBucketNotification",
    "s3:PutBucketCors": "s3:PutBucketCORS",
    "s3:PutBucketLifecycle": "s3:PutLifecycleConfiguration",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "lambda:Invoke": "lambda:InvokeFunction",
}
#: AWS allows these calls to everybody.
FREE = {"sts:GetCallerIdentity"}
#: Signing names of services that differ from botocore's names.
MODELS = {"monitoring": "cloudwatch", "states": "stepfunctions"}
PREFIXES = {"monitoring": "cloudwatch"}

Call = tuple[str, str]
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


@dataclass(frozen=True)
class Request:
    """One request to the embedded AWS."""

    service: str
    method: str
    path: str
    query: dict[str, str]
    target: str
    body: bytes


class Recorder:
    """A WSGI application that records the requests of a person or a script, and hands all of them on."""

    def __init__(self, application: Application) -> None:
        self.application, self.requests = application, list[Request]()

    def take(self) -> list[Request]:
        """Return what was recorded, and forget it."""
        taken, self.requests = self.requests, []
        return taken

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Record the request unless a function on the embedded AWS sends it."""
        scope = re.search(r"Credential=([^/]+)/\d+/[^/]+/([a-z0-9-]+)/", environ.get("HTTP_AUTHORIZATION", ""))
        if scope and scope[1] != FUNCTIONS_KEY and scope[2] != "execute-api":
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = io.BytesIO(body)
            path = environ.get("RAW_URI", environ["PATH_INFO"]).partition("?")[0]
            query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
            target = environ.get("HTTP_X_AMZ_TARGET", "")
            self.requests.append(Request(scope[2], environ["REQUEST_METHOD"], path, query, target, body))
        return self.application(environ, start_response)


def moved(requests: Iterable[Request], stage: str, other: str) -> list[Request]:
    """Return the requests that name a stage, with another stage in its place."""
    old, new = f"darkroom-{stage}", f"darkroom-{other}"
    named = [each for each in requests if old in each.path or old.encode() in each.body]
    bodies = [each.body.replace(old.encode(), new.encode()) for each in named]
    return [
        replace(each, path=each.path.replace(old, new), body=body) for each, body in zip(named, bodies, strict=True)
    ]


def denied(requests: Iterable[Request], policy: str) -> list[Call]:
    """Return the calls that a policy does not allow, by moto's own evaluator."""
    calls = {call for request in requests for call in calls_of(request)}
    return sorted(call for call in calls if not permits(policy, enforcement.Call(*call)))


def calls_of(request: Request) -> Iterator[Call]:
    """Yield each action that a request needs, with the ARN."""
    if request.service == "apigateway":
        yield f"apigateway:{request.method}", f"arn:aws:apigateway:{REGION}::{unquote(request.path)}"
        return
    operation, parameters = _operation(request)
    prefix = PREFIXES.get(request.service, request.service)
    action = ACTIONS.get(f"{prefix}:{operation}", f"{prefix}:{operation}")
    if "versionId" in request.query and action in ("s3:GetObject", "s3:DeleteObject"):
        action += "Version"
    if action not in FREE:
        yield from ((action, arn) for arn in _RESOURCES[prefix](operation, parameters))
    # Lambda and Step Functions are handed a role.
    role = parameters.get("Role") or parameters.get("roleArn")
    if role and request.service in ("lambda", "states"):
        yield "iam:PassRole", role


def _operation(request: Request) -> tuple[str, dict[str, Any]]:
    """Return the name of the operation and its parameters, by botocore's model."""
    if request.target:
        return request.target.rpartition(".")[2], json.loads(request.body or b"{}")
    form = dict(parse_qsl(request.body.decode("utf-8", "replace"))) if b"Action=" in request.body else {}
    if form:
        return form["Action"], form
    for name, method, pattern, fixed in _rest(MODELS.get(request.service, request.service)):
        found = pattern.fullmatch(request.path)
        if found and method == request.method and fixed <= set(request.query):
            body = json.loads(request.body) if request.body[:1] == b"{" and request.service == "lambda" else {}
            path = {key: unquote(value) for key, value in found.groupdict().items()}
            return name, body | path | {"body": request.body}
    raise AssertionError(f"botocore knows no operation for {request}")


@cache
def _rest(service: str) -> list[tuple[str, str, re.Pattern[str], set[str]]]:
    """List the operations of a REST service: name, method, path, and the words of the query, the longest first."""
    model, found = get_session().get_service_model(service), []
    for name in model.operation_names:
        http = model.operation_model(name).http
        path, _, query = http["requestUri"].partition("?")
        pattern = re.sub(r"\{(\w+)\+?\}", lambda part: f"(?P<{part[1]}>{'.+' if '+' in part[0] else '[^/]+'})", path)
        fixed = {word.partition("=")[0] for word in query.split("&") if word}
        found.append((name, http["method"], re.compile(pattern + "/?"), fixed))
    # An operation without words would also match a request with some. A header tells CopyObject from PutObject, and the
    # id of an upload AbortMultipartUpload from DeleteObject.
    return sorted(
        (each for each in found if each[0] not in ("CopyObject", "AbortMultipartUpload")),
        key=lambda each: -len(each[3]),
    )


def _arn(service: str, resource: str, region: str = REGION, account: str = ACCOUNT) -> str:
    return f"arn:aws:{service}:{region}:{account}:{resource}"


def _last(text: str) -> str:
    return re.split("[:/]", text)[-1]


def _s3(operation: str, parameters: dict[str, Any]) -> list[str]:
    bucket = f"arn:aws:s3:::{parameters['Bucket']}"
    if operation == "DeleteObjects":
        listed = xmltodict.parse(parameters["body"], force_list=("Object",))["Delete"]["Object"]
        return [f"{bucket}/{each['Key']}" for each in listed]
    return [f"{bucket}/{parameters['Key']}" if "Key" in parameters else bucket]


def _lambda(operation: str, parameters: dict[str, Any]) -> list[str]:
    if operation == "GetAccountSettings":
        return ["*"]
    name = parameters.get("FunctionName") or parameters.get("Resource") or parameters["ARN"]
    return [_arn("lambda", f"function:{_last(name)}")]


def _cloudwatch(operation: str, parameters: dict[str, Any]) -> list[str]:
    if operation == "DescribeAlarms":
        return ["*"]
    if "DashboardName" in parameters:
        return [_arn("cloudwatch", f"dashboard/{parameters['DashboardName']}", region="")]
    names = parameters.get("AlarmNames") or [parameters["AlarmName"]]
    return [_arn("cloudwatch", f"alarm:{name}") for name in names]


def _logs(operation: str, parameters: dict[str, Any]) -> list[str]:
    if operation == "DescribeLogGroups":
        return ["*"]
    named = parameters.get("logGroupName")
    return [_arn("logs", f"log-group:{named}:*") if named else parameters["resourceArn"].removesuffix(":*")]


def _iam(operation: str, parameters: dict[str, Any]) -> list[str]:
    if operation == "ListUsers":
        return ["*"]
    resource = f"user/{parameters['UserName']}" if "UserName" in parameters else f"role/{parameters['RoleName']}"
    return [_arn("iam", resource, region="")]


def _named(service: str, kind: str, *fields: str) -> Callable[[str, dict[str, Any]], list[str]]:
    """Return a function that makes the ARN from the first of these parameters, which may be an ARN or a name."""

    def arns(operation: str, parameters: dict[str, Any]) -> list[str]:
        value = next((parameters[field] for field in fields if field in parameters), None)
        assert value, f"{service}:{operation} has none of {fields}: {parameters}"
        return [value if value.startswith("arn:") else _arn(service, f"{kind}{_last(value)}")]

    return arns


_RESOURCES: dict[str, Callable[[str, dict[str, Any]], list[str]]] = {
    "s3": _s3,
    "lambda": _lambda,
    "logs": _logs,
    "cloudwatch": _cloudwatch,
    # Only descriptions, which have no resource: CloudFormation makes the changes.
    "ec2": lambda _operation, _parameters: ["*"],
    # An invalidation alone: CloudFormation makes the distribution.
    "cloudfront": lambda _operation, parameters: [
        _arn("cloudfront", f"distribution/{parameters['DistributionId']}", region="")
    ],
    "sts": lambda _operation, _parameters: ["*"],
    "cognito-idp": lambda _operation, parameters: [_arn("cognito-idp", f"userpool/{parameters['UserPoolId']}")],
    "cloudformation": lambda _operation, parameters: [
        name if (name := parameters["StackName"]).startswith("arn:") else _arn("cloudformation", f"stack/{name}/id")
    ],
    "iam": _iam,
    "secretsmanager": lambda _operation, parameters: [
        _arn("secretsmanager", f"secret:{parameters.get('SecretId') or parameters['Name']}-a1B2c3")
    ],
    "events": _named("events", "rule/", "ResourceARN", "Name", "Rule"),
    "sqs": _named("sqs", "", "QueueUrl", "QueueName"),
    "sns": _named("sns", "", "TopicArn"),
    "states": _named("states", "stateMachine:", "stateMachineArn", "resourceArn", "name"),
    "dynamodb": _named("dynamodb", "table/", "TableName"),
}
