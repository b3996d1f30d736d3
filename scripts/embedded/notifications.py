"""Bucket notifications, wired from the app's own `@app.on_s3_event`, with the checks that moto lacks."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations
from typing import TYPE_CHECKING

from scripts.embedded.functions import ACCOUNT, REGION, Functions
from scripts.project import Notification

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import FilterRuleTypeDef, LambdaFunctionConfigurationTypeDef


class WiringError(Exception):
    """Raised for a notification that AWS would refuse; the message names the functions."""


def check_notifications(notifications: Iterable[Notification], functions: Functions) -> None:
    """Refuse what AWS refuses: a target that is not there, two notifications that overlap.

    Raises WiringError.
    """
    notifications = list(notifications)
    names = {function.name for function in functions}
    for notification in notifications:
        if notification.function_name not in names:
            raise WiringError(f"{notification.bucket} notifies {notification.function_name}, which is no function")
    for one, other in combinations(notifications, 2):
        if one.overlaps(other):
            pair = f"{one.function_name} and {other.function_name}"
            raise WiringError(f"{pair} overlap in {one.bucket}: S3 takes one function for an event, prefix and suffix")


def wire_notifications(notifications: Iterable[Notification], client: "S3Client") -> None:
    """Set the notifications of every bucket named."""
    buckets: dict[str, list[LambdaFunctionConfigurationTypeDef]] = defaultdict(list)
    for notification in notifications:
        buckets[notification.bucket].append(_configuration(notification))
    for bucket, configurations in buckets.items():
        client.put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": configurations}
        )


def _configuration(notification: Notification) -> "LambdaFunctionConfigurationTypeDef":
    configuration: LambdaFunctionConfigurationTypeDef = {
        "LambdaFunctionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{notification.function_name}",
        "Events": list(notification.events),  # type: ignore[arg-type]  # Chalice holds strings, the stubs want literals
    }
    if rules := _rules(notification):
        configuration["Filter"] = {"Key": {"FilterRules": rules}}
    return configuration


def _rules(notification: Notification) -> "list[FilterRuleTypeDef]":
    rules: list[FilterRuleTypeDef] = []
    # moto answers 500 to an empty value and to "Prefix" with a capital, which AWS takes.
    if notification.prefix:
        rules.append({"Name": "prefix", "Value": notification.prefix})
    if notification.suffix:
        rules.append({"Name": "suffix", "Value": notification.suffix})
    return rules
