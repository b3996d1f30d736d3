"""Find names that a new stage needs and that exist already, so that no deployment stops at them half-way."""

from collections.abc import Callable, Iterator
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.uploaders import resource_name
from scripts.deployment import policies, resources, stacks, stage_file
from scripts.deployment.target import DeployError, Target
from scripts.deployment.web import choice
from scripts.deployment.web import stack as web_stack

#: What _look_up() returns for a resource that exists.
_EXISTS = "exists"
#: AWS's codes for a resource that does not exist.
_MISSING = (
    *("404", "NoSuchBucket", "ResourceNotFoundException", "NotFound", "StateMachineDoesNotExist"),
    *("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist", "NoSuchEntity"),
)

Request = Callable[[], object]


def findings(target: Target) -> Iterator[str]:
    """Report names that exist but do not belong to this stage's stack. Raises DeployError if AWS does not answer."""
    for what, request in [*_names_of_the_page(target), *_names_of_the_stage(target)]:
        result = _look_up(request)
        if result == _EXISTS:
            yield f"{what} exists and does not belong to this stack. Delete it, or use another stage name."
        elif result:
            yield (
                f"AWS does not say whether {what} exists ({result}). Either another account owns it, "
                "or your credentials lack the permissions in docs/deployer.md."
            )


def _names_of_the_page(target: Target) -> Iterator[tuple[str, Request]]:
    """Yield the name of the bucket that the stack of the page will make."""
    if choice.read(target) != choice.APP and stacks.outputs_of(target, web_stack.name(target)) is None:
        bucket = web_stack.bucket(target)
        yield f"the bucket {bucket}", partial(target.client("s3").head_bucket, Bucket=bucket)


def _names_of_the_stage(target: Target) -> Iterator[tuple[str, Request]]:
    """Yield each name that the stack, Chalice or the workflow will use, with a request that succeeds if it exists."""
    if stacks.outputs_of(target, target.name) is not None:
        return
    for word in ("images", "landing", "sanitized", "state"):
        bucket = f"{target.name}-{word}-{target.account}"
        yield f"the bucket {bucket}", partial(target.client("s3").head_bucket, Bucket=bucket)
    for word in ("Images", "DogImageUploads"):
        table = f"{target.name}-{word}"
        yield f"the table {table}", partial(target.client("dynamodb").describe_table, TableName=table)
    for word in ("alarms", "images", "png-alert-topic"):
        arn = target.arn("sns", f"{target.name}-{word}")
        yield f"the topic {target.name}-{word}", partial(target.client("sns").get_topic_attributes, TopicArn=arn)
    queue = f"{target.name}-dead-letters"
    yield f"the queue {queue}", partial(target.client("sqs").get_queue_url, QueueName=queue)
    describe = target.client("stepfunctions").describe_state_machine
    for word in ("DogUploaderPipeline", "IngestDogs"):
        arn = target.arn("states", f"stateMachine:{target.name}-{word}")
        yield f"the state machine {target.name}-{word}", partial(describe, stateMachineArn=arn)
    yield from _functions(target)
    yield from _uploaders(target)


def _functions(target: Target) -> Iterator[tuple[str, Request]]:
    for handler in stage_file.read(target)["lambda_functions"]:
        function = policies.lambda_name(handler, target.stage)
        read = target.client("lambda").get_function_configuration
        yield f"the function {function}", partial(read, FunctionName=function)
        group = f"/aws/lambda/{function}"
        yield f"the log group {group}", partial(_describe_log_group, target, group)


def _uploaders(target: Target) -> Iterator[tuple[str, Request]]:
    for name in stage_file.settings_of(target, resources.expected_names(target)).uploaders:
        user = resource_name(target.stage, name)
        yield f"the IAM user {user}", partial(target.client("iam").get_user, UserName=user)
        describe = target.client("secretsmanager").describe_secret
        yield f"the secret {user}", partial(describe, SecretId=user)


def _describe_log_group(target: Target, name: str) -> None:
    """Return if the log group exists. Raises ResourceNotFoundException otherwise, which DescribeLogGroups does not."""
    logs = target.client("logs")
    groups = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    if name not in [group["logGroupName"] for group in groups]:
        raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": name}}, "DescribeLogGroups")


def _look_up(request: Request) -> str:
    """Send a request; return _EXISTS, "" if the resource does not exist, or AWS's code of another error."""
    try:
        request()
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        return "" if code in _MISSING else code
    except BotoCoreError as error:
        raise DeployError(f"while checking which names exist: {error}.") from error
    return _EXISTS
