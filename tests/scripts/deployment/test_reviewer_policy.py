"""The reviewers' policy allows what docs/reviewer.md asks for, and nothing that it does not ask for."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from scripts.deployment.policies import Names, lambda_name
from scripts.deployment.reviewer_policy import policy as render
from scripts.project import PROJECT
from tests.privilege.enforcement import Call
from tests.privilege.pairs import allowed, neighbours, pairs_of, without
from tests.scripts.deployment import template

DOCUMENT = (PROJECT / "docs" / "reviewer.md").read_text()
ACCOUNT, API = "123456789012", "a1b2c3d4e5"
HANDLERS = list(json.loads((PROJECT / ".chalice" / "config.json").read_text())["lambda_functions"])
BUCKETS = [f"arn:aws:s3:::darkroom-dev-{word}-{ACCOUNT}" for word in ("images", "landing", "sanitized")]
TABLES = {"Images": ("by-owner", "by-status", "by-source", "by-due"), "DogImageUploads": ("by-time",)}
LOGS = "logs on log-group:<name>:* and log-group:<name>:log-stream:*"
PHOTOS = ("s3:GetObject", "s3:GetObjectVersion")


def names(stage: str) -> Names:
    """Return the names of a stage on AWS."""
    images, landing, sanitized = (f"darkroom-{stage}-{word}-{ACCOUNT}" for word in ("images", "landing", "sanitized"))
    return Names(
        *("aws", "us-east-1", ACCOUNT, stage, images, landing, sanitized, images),
        *(f"darkroom-{stage}-Images", f"darkroom-{stage}-DogImageUploads", f"darkroom-{stage}-alarms"),
        *(f"darkroom-{stage}-images", f"darkroom-{stage}-dead-letters", f"darkroom-{stage}-DogUploaderPipeline"),
    )


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:us-east-1:{ACCOUNT}:{resource}"


def of_functions(*actions: str) -> list[Call]:
    functions = [arn("lambda", f"function:{lambda_name(each, 'dev')}") for each in HANDLERS]
    return [Call(f"lambda:{action}", function) for action in actions for function in functions]


def of_logs(action: str) -> list[Call]:
    groups = [f"/aws/lambda/{lambda_name(each, 'dev')}" for each in HANDLERS]
    groups += [f"/aws/vendedlogs/states/darkroom-dev-{each}" for each in ("DogUploaderPipeline", "IngestDogs")]
    stream = "log-stream:2026/11/26/[$LATEST]0" if action == "GetLogEvents" else ""
    return [Call(f"logs:{action}", arn("logs", f"log-group:{group}:{stream}")) for group in groups]


def of_api(path: str = "") -> list[Call]:
    return [Call("apigateway:GET", f"arn:aws:apigateway:us-east-1::/restapis/{API}{path}")]


def of_tables(action: str) -> list[Call]:
    return [Call(f"dynamodb:{action}", arn("dynamodb", f"table/darkroom-dev-{table}")) for table in TABLES]


def of_indexes(action: str) -> list[Call]:
    indexes = [f"table/darkroom-dev-{table}/index/{index}" for table, found in TABLES.items() for index in found]
    return [Call(f"dynamodb:{action}", arn("dynamodb", index)) for index in indexes]


def of_buckets(action: str, key: str = "") -> list[Call]:
    return [Call(f"s3:{action}", f"{bucket}{key}") for bucket in BUCKETS]


#: What the page says, and each call that it needs: the action and its resource, on everything that a reviewer may name.
ASKED = {
    "aws sts get-caller-identity": [],
    "aws lambda get-function-configuration": of_functions("GetFunctionConfiguration"),
    "aws lambda get-function-event-invoke-config": of_functions("GetFunctionEventInvokeConfig"),
    "aws lambda get-function-concurrency": of_functions("GetFunctionConcurrency"),
    "aws lambda get-policy": of_functions("GetPolicy"),
    "aws apigateway get-rest-api": of_api(),
    "aws apigateway get-resources": of_api("/resources"),
    "aws apigateway get-stage": of_api("/stages/api"),
    "aws s3 ls": of_buckets("ListBucket"),
    "aws s3api list-object-versions": of_buckets("ListBucketVersions"),
    "aws logs tail": of_logs("FilterLogEvents"),
    "aws logs describe-log-streams": of_logs("DescribeLogStreams"),
    "aws logs get-log-events": of_logs("GetLogEvents"),
    "aws logs filter-log-events": of_logs("FilterLogEvents"),
    "aws logs start-query": of_logs("StartQuery"),
    "aws logs get-query-results": [Call("logs:GetQueryResults", "*")],
    "aws cloudwatch describe-alarms": [Call("cloudwatch:DescribeAlarms", arn("cloudwatch", "alarm:*"))],
    "aws cloudwatch describe-alarm-history": [
        Call("cloudwatch:DescribeAlarmHistory", arn("cloudwatch", "alarm:darkroom-dev-dead-letters"))
    ],
    "aws cloudwatch get-dashboard": [
        Call("cloudwatch:GetDashboard", f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/darkroom-dev")
    ],
    "aws cloudwatch get-metric-data": [Call("cloudwatch:GetMetricData", "*")],
    "aws dynamodb describe-table": of_tables("DescribeTable"),
    "aws dynamodb get-item": of_tables("GetItem"),
    "aws dynamodb scan": [*of_tables("Scan"), *of_indexes("Scan")],
    "aws dynamodb query": [*of_tables("Query"), *of_indexes("Query")],
}
WITH_PHOTOS = {
    "aws s3 cp": of_buckets("GetObject", "/uploads/photo.jpg"),
    "aws s3api get-object": of_buckets("GetObjectVersion", "/uploads/photo.jpg"),
}
CALLS = {
    False: frozenset(call for calls in ASKED.values() for call in calls),
    True: frozenset(call for calls in (ASKED | WITH_PHOTOS).values() for call in calls),
}
PAIRS = {photos: pairs_of(render(names("dev"), API, HANDLERS, with_photos=photos)) for photos in (False, True)}


@pytest.mark.parametrize("words", ASKED)
def test_what_the_page_asks_for_is_allowed(words: str) -> None:
    assert words in DOCUMENT
    calls = frozenset(ASKED[words])
    assert allowed(PAIRS[False], calls) == calls


@pytest.mark.parametrize("words", WITH_PHOTOS)
def test_photos_are_read_only_with_the_setting(words: str) -> None:
    assert words in DOCUMENT
    calls = frozenset(WITH_PHOTOS[words])
    assert allowed(PAIRS[True], calls) == calls
    assert allowed(PAIRS[False], calls) == frozenset()


def test_every_command_of_the_page_is_in_this_test() -> None:
    commands = set(re.findall(r"^aws [a-z0-9]+ [a-z0-9-]+", DOCUMENT, re.MULTILINE))
    assert commands == set(ASKED | WITH_PHOTOS)


@pytest.mark.parametrize("photos", [False, True])
def test_without_an_action_on_a_resource_or_with_a_similar_resource_a_command_fails(*, photos: bool) -> None:
    pairs, calls = PAIRS[photos], CALLS[photos]
    assert len(pairs) > 90
    assert [pair for pair in pairs if allowed(without(pairs, pair), calls) == calls] == []
    similar = [(pair, other) for pair in pairs for other in neighbours(pair[1]) if other != pair[1]]
    swapped = [[*without(pairs, pair), (pair[0], other)] for pair, other in similar]
    assert [each[-1] for each in swapped if allowed(each, calls) == calls] == []


def test_no_action_of_the_policy_writes() -> None:
    # Imported late, as in test_linters.py: its list of actions loads slowly.
    from policy_sentry.querying.actions import get_action_data

    levels = set()
    for action in {action for action, _ in PAIRS[True]} - {"apigateway:GET"}:
        service, _, name = action.partition(":")
        levels |= {each["access_level"] for each in get_action_data(service, name)[service]}
    assert levels == {"List", "Read"}


@pytest.mark.parametrize("other", ["prod", "dev2"])
def test_another_stage_is_out_of_reach(other: str) -> None:
    def moved() -> Iterator[Call]:
        for call in CALLS[True]:
            resource = call.resource.replace("darkroom-dev", f"darkroom-{other}").replace(API, "otherapi00")
            if resource != call.resource:
                yield Call(call.action, resource)

    assert len(set(moved())) > 90
    assert allowed(PAIRS[True], frozenset(moved())) == frozenset()


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("lambda:GetFunction", arn("lambda", "function:darkroom-dev")),
        ("lambda:ListFunctions", "*"),
        ("lambda:InvokeFunction", arn("lambda", "function:darkroom-dev")),
        ("lambda:UpdateFunctionConfiguration", arn("lambda", "function:darkroom-dev")),
        ("execute-api:Invoke", arn("execute-api", f"{API}/api/GET/images")),
        ("apigateway:GET", "arn:aws:apigateway:us-east-1::/apikeys"),
        ("apigateway:GET", "arn:aws:apigateway:us-east-1::/restapis"),
        ("apigateway:POST", f"arn:aws:apigateway:us-east-1::/restapis/{API}/resources/r/methods/GET"),
        ("apigateway:PATCH", f"arn:aws:apigateway:us-east-1::/restapis/{API}/stages/api"),
        ("s3:PutObject", f"{BUCKETS[0]}/uploads/photo.jpg"),
        ("s3:DeleteObject", f"{BUCKETS[0]}/uploads/photo.jpg"),
        ("s3:DeleteObjectVersion", f"{BUCKETS[0]}/uploads/photo.jpg"),
        ("s3:ListBucket", f"arn:aws:s3:::darkroom-dev-state-{ACCOUNT}"),
        ("s3:GetObject", f"arn:aws:s3:::darkroom-dev-state-{ACCOUNT}/deployed/dev.json"),
        ("s3:GetObjectTagging", f"{BUCKETS[0]}/uploads/photo.jpg"),
        ("logs:DeleteLogGroup", arn("logs", "log-group:/aws/lambda/darkroom-dev:")),
        ("logs:PutRetentionPolicy", arn("logs", "log-group:/aws/lambda/darkroom-dev:")),
        ("logs:DescribeQueries", "*"),
        ("cloudwatch:DisableAlarmActions", arn("cloudwatch", "alarm:darkroom-dev-dead-letters")),
        ("cloudwatch:SetAlarmState", arn("cloudwatch", "alarm:darkroom-dev-dead-letters")),
        ("cloudwatch:PutDashboard", f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/darkroom-dev"),
        ("cloudwatch:PutMetricData", "*"),
        ("dynamodb:PutItem", arn("dynamodb", "table/darkroom-dev-Images")),
        ("dynamodb:DeleteItem", arn("dynamodb", "table/darkroom-dev-Images")),
        ("dynamodb:ExportTableToPointInTime", arn("dynamodb", "table/darkroom-dev-Images")),
        ("sqs:ReceiveMessage", arn("sqs", "darkroom-dev-dead-letters")),
        ("secretsmanager:GetSecretValue", arn("secretsmanager", "secret:darkroom-dev-x")),
        ("iam:GetRole", f"arn:aws:iam::{ACCOUNT}:role/darkroom-dev-reviewer"),
        ("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/darkroom-dev-resize_image"),
    ],
)
def test_a_write_a_secret_and_a_list_of_the_account_are_refused(action: str, resource: str) -> None:
    assert allowed(PAIRS[True], frozenset({Call(action, resource)})) == frozenset()


def test_each_star_of_the_policy_is_in_the_table_of_the_page() -> None:
    table = re.findall(r"^\| `?([^|]+?)`? \|", DOCUMENT.partition("| `*` in | why |")[2], re.MULTILINE)
    known = {each.replace("`", "") for each in table}
    starred = {(action, resource) for action, resource in PAIRS[True] if "*" in resource}
    forms = {
        ("apigateway:GET", "apigateway:GET on restapis/<id>/*"),
        ("cloudwatch:DescribeAlarms", "cloudwatch:DescribeAlarms on alarm:*"),
        ("cloudwatch:DescribeAlarmHistory", "cloudwatch:DescribeAlarmHistory on alarm:darkroom-<stage>-*"),
        ("cloudwatch:GetMetricData", "cloudwatch:GetMetricData on *"),
        ("logs:GetQueryResults", "logs:GetQueryResults on *"),
        *((f"logs:{name}", LOGS) for name in ("StartQuery", "GetLogEvents")),
        *((f"logs:{name}", LOGS) for name in ("DescribeLogStreams", "FilterLogEvents")),
        *((action, "s3:GetObject on <bucket>/*") for action in PHOTOS),
    }
    assert {action for action, _ in starred} == {action for action, _ in forms}
    assert {form for _, form in forms} <= known


def test_a_bucket_of_dogs_of_its_own_is_listed_too() -> None:
    pairs = pairs_of(render(replace(names("dev"), dog_bucket="my-dogs"), API, HANDLERS, with_photos=False))
    assert ("s3:ListBucket", "arn:aws:s3:::my-dogs") in pairs


def test_the_indexes_are_those_of_the_tables() -> None:
    tables = template.of_type("resources.yaml", "AWS::DynamoDB::Table").values()
    known = {
        template.resolve(each["TableName"], Stage="dev").removeprefix("darkroom-dev-"): tuple(
            index["IndexName"] for index in each["GlobalSecondaryIndexes"]
        )
        for each in tables
    }
    assert known == TABLES
