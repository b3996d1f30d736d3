"""What the reviewers of a stage may read, by exact ARNs, or by the narrowest that AWS knows.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from collections.abc import Iterable
from typing import Any

from scripts.deployment.policies import Names, Policy, lambda_name

__all__ = ["Policy", "policy"]

#: The indexes of both tables. A test compares them with resources.yaml.
_IMAGES_INDEXES = ("by-owner", "by-status", "by-source", "by-due")
_DOGS_INDEXES = ("by-time",)


def policy(names: Names, api_id: str, handlers: Iterable[str], *, with_photos: bool) -> Policy:
    """Return the policy for one stage. Without `with_photos` it gives no byte of an object, only listings."""
    functions = [lambda_name(handler, names.stage) for handler in handlers]
    buckets = dict.fromkeys((names.images_bucket, names.landing_bucket, names.sanitized_bucket, names.dog_bucket))
    statements = [
        *_code(names, functions, api_id),
        *_signals(names, functions),
        *_data(names, list(buckets), with_photos=with_photos),
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def _code(names: Names, functions: list[str], api_id: str) -> list[dict[str, Any]]:
    # Not GetFunction: its answer has a link to the zip. Not ListFunctions: AWS knows no resource for it, and it shows
    # the environment of every function of the account.
    lambdas = ("GetFunctionConfiguration", "GetFunctionConcurrency", "GetFunctionEventInvokeConfig", "GetPolicy")
    # The star: resources, methods, stages and gateway responses of this API, by ids that API Gateway chooses.
    api = f"arn:{names.partition}:apigateway:{names.region}::/restapis/{api_id}"
    return [
        _statement("Functions", "lambda", lambdas, [_arn(names, "lambda", f"function:{name}") for name in functions]),
        _statement("Api", "apigateway", ("GET",), [api, f"{api}/*"]),
    ]


def _signals(names: Names, functions: list[str]) -> list[dict[str, Any]]:
    machines = (names.state_machine, f"darkroom-{names.stage}-IngestDogs")
    groups = [*(f"/aws/lambda/{name}" for name in functions), *(f"/aws/vendedlogs/states/{each}" for each in machines)]
    # The star: the log streams of the group, which Lambda names. Only GetLogEvents is checked against one stream.
    logs = [_arn(names, "logs", f"log-group:{group}:*") for group in groups]
    streams = [_arn(names, "logs", f"log-group:{group}:log-stream:*") for group in groups]
    # AWS checks a list of alarms against all alarms of the region, whatever names or prefix the call has.
    every_alarm = _arn(names, "cloudwatch", "alarm:*")
    # The star: the alarms of this stage, whose number depends on MONITORING. No other stage's name has this beginning.
    alarms = _arn(names, "cloudwatch", f"alarm:darkroom-{names.stage}-*")
    dashboard = f"arn:{names.partition}:cloudwatch::{names.account}:dashboard/darkroom-{names.stage}"
    return [
        _statement("Logs", "logs", ("DescribeLogStreams", "FilterLogEvents", "StartQuery"), logs),
        _statement("LogStreams", "logs", ("GetLogEvents",), streams),
        # `*`: the results of a query have an id of their own, which only the caller of StartQuery gets.
        _statement("QueryResults", "logs", ("GetQueryResults",), ["*"]),
        _statement("Alarms", "cloudwatch", ("DescribeAlarms",), [every_alarm]),
        _statement("AlarmHistory", "cloudwatch", ("DescribeAlarmHistory",), [alarms]),
        _statement("Dashboard", "cloudwatch", ("GetDashboard",), [dashboard]),
        # `*`: AWS knows no resource for metrics. They are numbers.
        _statement("Metrics", "cloudwatch", ("GetMetricData",), ["*"]),
    ]


def _data(names: Names, buckets: list[str], *, with_photos: bool) -> list[dict[str, Any]]:
    tables, indexes = [], []
    for table, of_table in ((names.images_table, _IMAGES_INDEXES), (names.dogs_table, _DOGS_INDEXES)):
        tables.append(_arn(names, "dynamodb", f"table/{table}"))
        indexes += [_arn(names, "dynamodb", f"table/{table}/index/{index}") for index in of_table]
    objects = [f"arn:{names.partition}:s3:::{bucket}" for bucket in buckets]
    statements = [
        _statement("Tables", "dynamodb", ("DescribeTable", "GetItem", "Query", "Scan"), tables),
        _statement("Indexes", "dynamodb", ("Query", "Scan"), indexes),
        _statement("Listings", "s3", ("ListBucket", "ListBucketVersions"), objects),
    ]
    if with_photos:
        # The star: the keys of the photos. REVIEWER_SEES_PHOTOS means all of them.
        photos = [f"{each}/*" for each in objects]
        statements.append(_statement("Photos", "s3", ("GetObject", "GetObjectVersion"), photos))
    return statements


def _statement(sid: str, service: str, actions: Iterable[str], resources: list[str]) -> dict[str, Any]:
    listed = [f"{service}:{action}" for action in actions]
    return {"Sid": sid, "Effect": "Allow", "Action": listed, "Resource": resources}


def _arn(names: Names, service: str, resource: str) -> str:
    return f"arn:{names.partition}:{service}:{names.region}:{names.account}:{resource}"
