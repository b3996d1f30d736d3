"""The deployer's policy allows every call that Chalice's own deployer makes for this app."""

import ast
import inspect
import re
from collections.abc import Iterator

import pytest
from chalice import awsclient

from scripts.deployment.policies import render_deployer
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
#: What CloudFormation calls to create, tag and delete a resource of the stacks.
STACKS = {
    "AWS::CloudWatch::Alarm": "cloudwatch:PutMetricAlarm cloudwatch:TagResource cloudwatch:DeleteAlarms",
    "AWS::CloudWatch::Dashboard": "cloudwatch:PutDashboard cloudwatch:DeleteDashboards",
    "AWS::DynamoDB::Table": "dynamodb:CreateTable dynamodb:DescribeTable dynamodb:UpdateTimeToLive "
    "dynamodb:UpdateContinuousBackups dynamodb:TagResource dynamodb:DeleteTable",
    "AWS::Logs::LogGroup": "logs:CreateLogGroup logs:PutRetentionPolicy logs:TagResource logs:DeleteLogGroup",
    "AWS::Logs::QueryDefinition": "logs:PutQueryDefinition logs:DeleteQueryDefinition",
    "AWS::S3::Bucket": "s3:CreateBucket s3:PutEncryptionConfiguration s3:PutBucketPublicAccessBlock "
    "s3:PutBucketOwnershipControls s3:PutBucketVersioning s3:PutLifecycleConfiguration s3:PutBucketCORS "
    "s3:PutBucketTagging s3:DeleteBucket",
    "AWS::S3::BucketPolicy": "s3:PutBucketPolicy s3:DeleteBucketPolicy",
    "AWS::SNS::Subscription": "sns:Subscribe sns:Unsubscribe",
    "AWS::SNS::Topic": "sns:CreateTopic sns:TagResource sns:DeleteTopic",
    "AWS::SNS::TopicPolicy": "sns:SetTopicAttributes",
    "AWS::SQS::Queue": "sqs:CreateQueue sqs:TagQueue sqs:DeleteQueue",
    "AWS::SQS::QueuePolicy": "sqs:SetQueueAttributes",
}
#: What the scripts call themselves: tags, the smoke test, a replay.
OWN = (
    "iam:TagRole events:TagResource states:TagResource execute-api:Invoke s3:PutObject s3:GetObject "
    "sqs:GetQueueUrl sqs:ReceiveMessage sqs:ChangeMessageVisibility sqs:DeleteMessage lambda:InvokeFunction"
)
ACTIONS = {action for each in render_deployer("dev", "us-east-1", "1" * 12)["Statement"] for action in each["Action"]}


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


@pytest.mark.parametrize("name", ["resources.yaml", "monitoring.yaml"])
def test_a_resource_of_a_stack_can_be_created_and_deleted(name: str) -> None:
    kinds = {each["Type"] for each in template.read(name)["Resources"].values()}

    assert kinds
    assert {action for kind in kinds for action in STACKS[kind].split()} <= ACTIONS


def test_a_call_of_the_scripts_is_allowed() -> None:
    assert set(OWN.split()) <= ACTIONS


def test_roles_can_be_passed_only_to_lambda_and_step_functions() -> None:
    policy = render_deployer("dev", "us-east-1", "1" * 12)
    passing = [each for each in policy["Statement"] if "iam:PassRole" in each["Action"]]

    services = [each["Condition"]["StringEquals"]["iam:PassedToService"] for each in passing]
    assert services == ["lambda.amazonaws.com", "states.amazonaws.com"]
    assert all("darkroom-dev-" in arn for each in passing for arn in each["Resource"])


def test_every_resource_with_a_name_belongs_to_the_stage() -> None:
    policy = render_deployer("dev", "us-east-1", "1" * 12)
    elsewhere = {
        each["Sid"] for each in policy["Statement"] if not all("darkroom-dev" in arn for arn in each["Resource"])
    }

    # API Gateway chooses the ids of its APIs; subscriptions, saved queries and the list of logs have no names.
    assert elsewhere == {"Api", "CallTheApi", "Subscriptions", "SavedQueries", "FindLogs"}
