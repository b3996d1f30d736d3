"""List everything in an account that a deployment could leave there."""

from typing import Any

from scripts.deployment.target import Target


def inventory(target: Target) -> dict[str, set[str]]:
    """Return the names of all resources, by kind."""
    return {kind: set(read(target)) for kind, read in _READERS.items()}


def _names(service: str, call: str, field: str, name: str = "") -> Any:
    """Return a function that lists one kind: `field` of the response holds the entries, `name` of an entry its name."""

    def read(target: Target) -> list[str]:
        entries = getattr(target.client(service), call)().get(field, [])
        return [each[name] if name else each for each in entries]

    return read


def _pools(target: Target) -> list[str]:
    pools = target.client("cognito-idp").list_user_pools(MaxResults=60)["UserPools"]
    return [pool["Name"] for pool in pools]


def _users(target: Target) -> list[str]:
    # People have names of their own, and are there before a stage is.
    names = [user["UserName"] for user in target.client("iam").list_users()["Users"]]
    return [name for name in names if name.startswith("darkroom-")]


def _stacks(target: Target) -> list[str]:
    stacks = target.client("cloudformation").describe_stacks()["Stacks"]
    return [stack["StackName"] for stack in stacks if stack["StackStatus"] != "DELETE_COMPLETE"]


_READERS: dict[str, Any] = {
    "buckets": _names("s3", "list_buckets", "Buckets", "Name"),
    "tables": _names("dynamodb", "list_tables", "TableNames"),
    "functions": _names("lambda", "list_functions", "Functions", "FunctionArn"),
    "roles": _names("iam", "list_roles", "Roles", "RoleName"),
    "apis": _names("apigateway", "get_rest_apis", "items", "id"),
    "plans": _names("apigateway", "get_usage_plans", "items", "name"),
    "rules": _names("events", "list_rules", "Rules", "Name"),
    "subscriptions": _names("sns", "list_subscriptions", "Subscriptions", "SubscriptionArn"),
    "topics": _names("sns", "list_topics", "Topics", "TopicArn"),
    "queues": _names("sqs", "list_queues", "QueueUrls"),
    "logs": _names("logs", "describe_log_groups", "logGroups", "logGroupName"),
    "alarms": _names("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    "dashboards": _names("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    "machines": _names("stepfunctions", "list_state_machines", "stateMachines", "name"),
    "pools": _pools,
    "users": _users,
    "secrets": _names("secretsmanager", "list_secrets", "SecretList", "Name"),
    "stacks": _stacks,
}
