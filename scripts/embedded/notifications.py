"""Creates the bucket notifications of the app's `@app.on_s3_event` handlers, with the checks that moto lacks."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations
from typing import TYPE_CHECKING

from scripts.embedded.functions import ACCOUNT, REGION, Functions
from scripts.project import Notification

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import FilterRuleTypeDef, LambdaFunctionConfigurationTypeDef


class NotificationError(Exception):
    """Raised for a notification that S3 would refuse; the message names the functions."""


def check_notifications(notifications: Iterable[Notification], functions: Functions) -> None:
    """Check that every target exists and that no two notifications overlap, as S3 does.

    Raises NotificationError.
    """
    notifications = list(notifications)
    names = {function.name for function in functions}
    for notification in notifications:
        if notification.function_name not in names:
            raise NotificationError(
                f"{notification.bucket} notifies {notification.function_name}, which does not exist"
            )
    for one, other in combinations(notifications, 2):
        if one.overlaps(other):
            pair = f"{one.function_name} and {other.function_name}"
            raise NotificationError(
                f"{pair} overlap in {one.bucket}: S3 allows one function for each event, prefix and suffix"
            )


def put_notifications(notifications: Iterable[Notification], client: "S3Client") -> None:
    """Set the notifications of each bucket."""
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
        "Events": list(notification.events),  # type: ignore[arg-type]  # Chalice has strings, the stubs want literals
    }
    if rules := _rules(notification):
        configuration["Filter"] = {"Key": {"FilterRules": rules}}
    return configuration


def _rules(notification: Notification) -> "list[FilterRuleTypeDef]":
    rules: list[FilterRuleTypeDef] = []
    # moto answers 500 to an empty value and to "Prefix" with a capital P; AWS accepts both.
    if notification.prefix:
        rules.append({"Name": "prefix", "Value": notification.prefix})
    if notification.suffix:
        rules.append({"Name": "suffix", "Value": notification.suffix})
    return rules
