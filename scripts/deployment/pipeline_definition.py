"""Build the dog workflow in Amazon States Language, with its ARNs and the policies of its role.

Nothing here calls AWS.
"""

from dataclasses import dataclass
from typing import Any

from chalicelib.dog_records import UNEXPECTED_TYPES
from chalicelib.flows.dogs import RETRIES
from chalicelib.settings import Settings

State = dict[str, Any]

#: Transient errors of Lambda and of the app. Running out of memory or time arrives as Lambda.Unknown (Step Functions
#: guide, "Handling errors") or under the name in Lambda's response.
_TRANSIENT = (
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.TooManyRequestsException",
    "Lambda.Unknown",
    "Sandbox.Timedout",
    "Runtime.ExitError",
    "Runtime.OutOfMemory",
    "States.Timeout",
    "DogApiUnavailable",
    "BackendUnavailable",
)
#: Time-out of a task in seconds, longer than that of its function.
_TASK_SECONDS = 90
#: Time-out of an execution in seconds. All retries fit in it, those of an alert too.
_EXECUTION_SECONDS = 259_200
#: Errors of SNS that a long retry does not cure. They get a short one, because a new permission can take a minute.
_SNS_PERMANENT = (
    "SNS.NotFoundException",
    "SNS.AuthorizationErrorException",
    "SNS.InvalidParameterException",
    "SNS.InvalidParameterValueException",
    "SNS.InvalidSecurityException",
    "SNS.KMSAccessDeniedException",
    "SNS.KMSDisabledException",
    "SNS.KMSInvalidStateException",
    "SNS.KMSNotFoundException",
    "SNS.KMSOptInRequired",
)
#: An alert is retried for about twelve hours once its row is stored. A waiting execution costs nothing.
_LONG_RETRY = {"MaxAttempts": 100, "MaxDelaySeconds": 900}
#: Log delivery has no resource that a policy could name (Step Functions guide, "Logging in CloudWatch Logs").
LOG_ACTIONS = (
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
)
#: The braces are replaced by the key of the picture.
ALERT_SUBJECT, ALERT_TEXT = "PNG detected", "A PNG file was detected and processed: {}"


@dataclass(frozen=True)
class MachineArns:
    """The ARNs of a state machine, of its role and of its log group."""

    machine: str
    role: str
    log_group: str


@dataclass(frozen=True)
class Arns(MachineArns):
    """The ARNs of the workflow: its functions, topics, state machine, role and log group."""

    fetch: str
    log: str
    alert: str
    png_alerts: str
    alarms: str


def machine_arns(settings: Settings, name: str) -> dict[str, str]:
    """Return the fields of MachineArns for a state machine, in the account and region of the dog workflow."""
    _, partition, _, region, account, *_ = settings.dog_pipeline.split(":")
    location = f"{region}:{account}"
    return {
        "machine": f"arn:{partition}:states:{location}:stateMachine:{name}",
        "role": f"arn:{partition}:iam::{account}:role/StepFunctions-{name}",
        "log_group": f"arn:{partition}:logs:{location}:log-group:/aws/vendedlogs/states/{name}",
    }


def function_arn(settings: Settings, name: str) -> str:
    """Return the ARN of a function, in the account and region of the dog workflow."""
    _, partition, _, region, account, *_ = settings.dog_pipeline.split(":")
    return f"arn:{partition}:lambda:{region}:{account}:function:darkroom-{settings.stage}-{name}"


def arns_of(settings: Settings) -> Arns:
    """Return the ARNs of a stage, in the account and region of its state machine."""
    _, partition, _, region, account, _, machine = settings.dog_pipeline.split(":")
    return Arns(
        **machine_arns(settings, machine),
        fetch=function_arn(settings, "FetchAndUploadDogImage"),
        log=function_arn(settings, "LogToDynamoDB"),
        alert=function_arn(settings, "AlertPNG"),
        png_alerts=f"arn:{partition}:sns:{region}:{account}:darkroom-{settings.stage}-png-alert-topic",
        alarms=settings.alarms_topic,
    )


def definition(arns: Arns) -> State:
    """Return the state machine definition of a stage."""
    return {
        "Comment": "Fetches a dog picture, records it, sends an alert if it is a PNG, and marks an unexpected type.",
        "StartAt": "FetchAndUploadDogImage",
        "TimeoutSeconds": _EXECUTION_SECONDS,
        "States": {
            "FetchAndUploadDogImage": _task(arns.fetch, "LogToDynamoDB")
            | {"Parameters": {"run.$": "$$.Execution.Name"}},
            "LogToDynamoDB": _task(arns.log, "CheckType") | {"Parameters": _log_parameters()},
            "CheckType": _check_type(),
            "MarkUnexpectedType": _mark_unexpected_type(),
            "AlertPNG": _task(arns.alert, "PublishPNGAlert") | {"Retry": [retry_transient() | _LONG_RETRY]},
            "PublishPNGAlert": _publish_png_alert(arns),
            "SuccessState": {"Type": "Succeed"},
            "NotifyFailure": _notify_failure(arns),
            "FailState": {"Type": "Fail", "ErrorPath": "$.error.Error", "CausePath": "$.error.Cause"},
        },
    }


def policy(arns: Arns) -> State:
    """Return the policy of the workflow's role: it may invoke three functions, publish to two topics, and log."""
    statements: list[State] = [
        {"Action": "lambda:InvokeFunction", "Resource": [arns.fetch, arns.log, arns.alert]},
        {"Action": "sns:Publish", "Resource": [arns.png_alerts, arns.alarms]},
        {"Action": list(LOG_ACTIONS), "Resource": "*"},
    ]
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow"} | each for each in statements]}


def trust(machine: str) -> State:
    """Return the trust policy of the role: only Step Functions may assume it, and only for the machine of this ARN."""
    account = machine.split(":")[4]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "states.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"ArnLike": {"aws:SourceArn": machine}, "StringEquals": {"aws:SourceAccount": account}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def _task(resource: str, following: str) -> State:
    return {
        "Type": "Task",
        "Resource": resource,
        "TimeoutSeconds": _TASK_SECONDS,
        "Retry": [retry_transient()],
        "Catch": [_catch("NotifyFailure", "$.error")],
        "Next": following,
    }


def _publication(topic: str, parameters: State) -> State:
    """Return a task that publishes to a topic, whose ARN has the partition (China and GovCloud have others)."""
    return _task(f"arn:{topic.split(':')[1]}:states:::sns:publish", "") | {
        "Parameters": {"TopicArn": topic} | parameters,
        # SNS has many errors, and AWS does not list which of them are transient.
        "Retry": [_retry("States.TaskFailed", "States.Timeout")],
    }


def _log_parameters() -> State:
    names = ("uploaded_image", "image_url", "file_type", "breed")
    return {f"{name}.$": f"$.{name}" for name in names} | {
        # The id of an alert is the execution's name, so each attempt and each copy has the same id.
        "alert_id.$": "$$.Execution.Name",
        "retry_count.$": "$$.State.RetryCount",
    }


def _check_type() -> State:
    """Return the choice by the format of the bytes. Its row and its counts have an unexpected one by then."""
    following = {"png": "AlertPNG"} | dict.fromkeys(UNEXPECTED_TYPES, "MarkUnexpectedType")
    choices = [
        {"Variable": "$.logged_item.file_type", "StringEquals": file_type, "Next": state}
        for file_type, state in following.items()
    ]
    return {"Type": "Choice", "Choices": choices, "Default": "SuccessState"}


def _mark_unexpected_type() -> State:
    return {"Type": "Pass", "Result": "unexpected_type", "ResultPath": "$.status", "Next": "SuccessState"}


def _publish_png_alert(arns: Arns) -> State:
    publication = _publication(
        arns.png_alerts,
        {
            "Subject": ALERT_SUBJECT,
            "Message.$": f"States.Format('{ALERT_TEXT}', $.image)",
            "MessageAttributes": {"alert_id": {"DataType": "String", "StringValue.$": "$$.Execution.Name"}},
        },
    )
    return publication | {
        "Retry": [_retry(*_SNS_PERMANENT), _retry("States.TaskFailed", "States.Timeout") | _LONG_RETRY],
        "ResultPath": "$.published",
        "Next": "SuccessState",
    }


def _notify_failure(arns: Arns) -> State:
    values = "$$.Execution.Name, $.error.Error, $.error.Cause"
    publication = _publication(
        arns.alarms,
        {
            "Subject": "The dog workflow failed",
            "Message.$": f"States.Format('Execution {{}} failed with {{}}: {{}}', {values})",
        },
    )
    # The execution ends with its first error, even if the notification fails too.
    catch = [_catch("FailState", "$.not_notified")]
    return publication | {"Catch": catch, "ResultPath": "$.notified", "Next": "FailState"}


def retry_transient() -> State:
    """Return the retry of a task that invokes a function of the app."""
    return _retry(*_TRANSIENT)


def _retry(*names: str) -> State:
    return {
        "ErrorEquals": list(names),
        "IntervalSeconds": 2,
        "BackoffRate": 2.0,
        "MaxAttempts": RETRIES,
        "MaxDelaySeconds": 60,
        "JitterStrategy": "FULL",
    }


def _catch(following: str, path: str) -> State:
    return {"ErrorEquals": ["States.ALL"], "ResultPath": path, "Next": following}
