"""The two policies that every deployer has allow every call that Chalice's own deployer makes for this app."""

import ast
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from chalice import awsclient

from tests.privilege.deployer import policy
from tests.scripts.deployment import template

#: Methods of the deployer's client for features that this app does not use.
ELSEWHERE = re.compile(
    "websocket|domain_name|custom_domain|api_mapping|base_path|layer|lambda_event_source|event_source_(arn_)?current"
    "|sns|sdk|_log_events|_resource_tags|invoke_function|create_stage|topic"
)
#: Actions whose name differs from their operation.
NAMES = {
    "s3:GetBucketNotificationConfiguration": "s3:GetBucketNotification",
    "s3:PutBucketNotificationConfiguration": "s3:PutBucketNotification",
    "apigateway:GetRestApis": "apigateway:GET",
    "apigateway:GetRestApi": "apigateway:GET",
    "apigateway:GetAuthorizers": "apigateway:GET",
    "apigateway:ImportRestApi": "apigateway:POST",
    "apigateway:CreateDeployment": "apigateway:POST",
    "apigateway:PutRestApi": "apigateway:PUT",
    "apigateway:UpdateRestApi": "apigateway:PATCH",
    "apigateway:DeleteRestApi": "apigateway:DELETE",
}
#: What CloudFormation's handlers call to create, read, change and delete each type, by AWS's public schemas.
#: tests/privilege/README.md says where the copy comes from.
HANDLERS = json.loads(Path(__file__).with_name("handlers.json").read_text())
#: Actions of features that the templates do not use, and why each is not needed.
UNUSED = {
    "analytics, inventory, metrics, tiering, acceleration, website, replication, logging, ACLs, ABAC, object lock, "
    "metadata tables of a bucket": r"s3:Put(Analytics|Inventory|Metrics|IntelligentTiering|Accelerate|Replication"
    r"|ObjectLock)Configuration|s3:PutBucket(Website|Replication|Logging|Acl|Abac|ObjectLockConfiguration)"
    r"|s3:PutObjectAcl|s3:GetBucketAbac|s3:\w+BucketMetadata\w+|s3tables:\w+",
    "not actions of IAM: Put... of the same name deletes too": "s3:DeleteBucket(Cors|Encryption|Lifecycle|Website"
    r"|Replication|AnalyticsConfiguration|MetricsConfiguration)|s3:REST\.PUT\.OBJECT|s3:GetObjectMetadata",
    "import of a table": "dynamodb:(DescribeImport|ImportTable)|logs:(CreateLogStream|DescribeLogStreams|PutLogEvents)",
    "streams to Kinesis": r"dynamodb:(En|Dis)ableKinesisStreamingDestination|kinesis:\w+|iam:CreateServiceLinkedRole",
    "contributor insights": "dynamodb:UpdateContributorInsights",
    "keys of a customer: the AWS managed key lets DynamoDB's callers use it": r"kms:[\w*]+|logs:\w*associateKmsKey",
    "data protection of logs and topics": "(logs|sns):(Put|Delete)DataProtectionPolicy",
    "custom attributes of users, and a domain of one's own for the login page": "cognito-idp:AddCustomAttributes"
    "|cloudfront:UpdateDistribution",
    "delivery of logs to other services": "logs:(CreateLogDelivery|PutResourcePolicy|DescribeResourcePolicies)"
    "|firehose:TagDeliveryStream",
}
#: Names in the schemas that differ from those of IAM.
MISNAMED = {
    "logs:DescribeQueryDefinition": "logs:DescribeQueryDefinitions",
    "S3:GetBucketWebsite": "s3:GetBucketWebsite",
}
#: The schema of a subscription has no handlers.
WITHOUT_HANDLERS = {"AWS::SNS::Subscription": "sns:Subscribe sns:GetSubscriptionAttributes sns:Unsubscribe"}
#: What the scripts call themselves: tags, the smoke test, a replay.
OWN = (
    "lambda:GetFunctionConcurrency "
    "iam:TagRole events:TagResource states:TagResource execute-api:Invoke s3:PutObject s3:GetObject "
    "sqs:GetQueueUrl sqs:ReceiveMessage sqs:ChangeMessageVisibility sqs:DeleteMessage lambda:InvokeFunction "
    "iam:ListUsers s3:GetObjectVersion s3:DeleteObjectVersion s3:ListBucketVersions"
)
POLICY = policy()
ACTIONS = {action for each in POLICY["Statement"] for action in each["Action"]}
KINDS = {
    each["Type"] for name in ("resources.yaml", "monitoring.yaml") for each in template.read(name)["Resources"].values()
}


def needed() -> Iterator[str]:
    """List every operation that the deployer's client calls, by its source."""
    tree = ast.parse(inspect.getsource(awsclient))
    client = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "TypedAWSClient")
    for method in client.body:
        if isinstance(method, ast.FunctionDef) and not ELSEWHERE.search(method.name):
            for service, operation in re.findall(r"_client\('(\w+)'\)\.(\w+)\(", ast.unparse(method)):
                yield f"{service}:{''.join(part.capitalize() for part in operation.split('_'))}"
            for name, service in re.findall(r"(\w+) = self\._client\('(\w+)'\)", ast.unparse(method)):
                for operation in re.findall(rf"\b{name}\.(\w+)\(", ast.unparse(method)):
                    yield f"{service}:{''.join(part.capitalize() for part in operation.split('_'))}"


NEEDED = sorted({NAMES.get(each, each) for each in needed()} - {"lambda:GetWaiter"})


def test_operations_of_the_deployer_are_found() -> None:
    assert {"lambda:UpdateFunctionCode", "iam:PutRolePolicy", "events:PutTargets", "apigateway:PUT"} <= set(NEEDED)


@pytest.mark.parametrize("action", NEEDED)
def test_a_call_of_chalices_deployer_is_allowed(action: str) -> None:
    assert action in ACTIONS


def permissions(kind: str) -> set[str]:
    """Return the actions that the handlers of a type need, without those of unused features."""
    listed = {action for actions in HANDLERS[kind].values() for action in actions}
    unused = re.compile("|".join(UNUSED.values()), re.IGNORECASE)
    return {MISNAMED.get(action, action) for action in listed if not unused.fullmatch(action)}


@pytest.mark.parametrize("kind", sorted(KINDS - set(WITHOUT_HANDLERS)))
def test_a_resource_of_a_stack_can_be_created_read_changed_and_deleted(kind: str) -> None:
    assert {"create", "delete"} <= set(HANDLERS[kind])
    assert permissions(kind) - ACTIONS == set()


@pytest.mark.parametrize("kind", WITHOUT_HANDLERS)
def test_a_resource_without_public_handlers_can_be_created_and_deleted(kind: str) -> None:
    assert kind in KINDS
    assert set(WITHOUT_HANDLERS[kind].split()) <= ACTIONS


@pytest.mark.parametrize("feature", UNUSED)
def test_an_unused_feature_has_actions_that_some_handler_lists(feature: str) -> None:
    every = {action for handlers in HANDLERS.values() for actions in handlers.values() for action in actions}
    unused = {action for action in every if re.fullmatch(UNUSED[feature], action, re.IGNORECASE)}
    assert unused
    assert unused.isdisjoint(ACTIONS)


def test_a_stuck_stack_and_the_alarms_can_be_looked_at() -> None:
    assert {"cloudformation:ContinueUpdateRollback", "lambda:GetAccountSettings"} <= ACTIONS
    [alarms] = [each for each in POLICY["Statement"] if "cloudwatch:DescribeAlarms" in each["Action"]]
    assert alarms["Resource"] == ["*"]


def test_a_call_of_the_scripts_is_allowed() -> None:
    assert set(OWN.split()) <= ACTIONS


def test_roles_can_be_passed_only_to_lambda_and_step_functions() -> None:
    passing = [each for each in POLICY["Statement"] if "iam:PassRole" in each["Action"]]

    services = [each["Condition"]["StringEquals"]["iam:PassedToService"] for each in passing]
    assert services == ["lambda.amazonaws.com", "states.amazonaws.com"]
    assert all("darkroom-dev-" in arn for each in passing for arn in each["Resource"])


def test_every_resource_with_a_name_belongs_to_the_stage() -> None:
    elsewhere = {
        each["Sid"] for each in POLICY["Statement"] if not all("darkroom-dev" in arn for arn in each["Resource"])
    }

    # API Gateway chooses the ids of its APIs, and Cognito those of its pools; subscriptions, saved queries and lists
    # of logs and users have no names.
    assert elsewhere == {
        *("Api", "CallTheApi", "Subscriptions", "SavedQueries", "FindLogs", "FindAlarms", "LimitsOfLambda"),
        *("UserPool", "MakeUserPool", "FindLoginDomain", "FindUploaders", "FindReviewers"),
    }


def test_only_a_pool_with_the_tags_of_the_stage_can_be_made_or_changed() -> None:
    pools = {each["Sid"]: each.get("Condition") for each in POLICY["Statement"] if "cognito-idp" in str(each["Action"])}

    def tagged(kind: str) -> dict[str, object]:
        return {"StringEquals": {f"aws:{kind}/application": "darkroom", f"aws:{kind}/stage": "dev"}}

    made = template.of_type("resources.yaml", "AWS::Cognito::UserPool")["UserPool"]["UserPoolTags"]
    assert made == {"application": "darkroom", "stage": {"Ref": "Stage"}}
    # The name of a login page is public, so everybody may look one up.
    assert pools == {"UserPool": tagged("ResourceTag"), "MakeUserPool": tagged("RequestTag"), "FindLoginDomain": None}
