"""The dogs' workflow in Amazon States Language, and the names and rights that it needs: pure, nothing is sent."""

from dataclasses import dataclass
from typing import Any

from chalicelib.flows.dogs import RETRIES
from chalicelib.settings import Settings

State = dict[str, Any]

#: What Lambda itself fails by, and what passes of our own. Out-of-memory and time-outs arrive as Lambda.Unknown by
#: AWS's guide, and under the names that Lambda's own answers give them.
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
#: Seconds of a task, above the time-out of its function, and of the whole with every retry, those of an alert included.
_TASK_SECONDS, _MACHINE_SECONDS = 90, 259_200
#: What SNS refuses whenever it is asked, by the names of its exceptions; a right that was just given may take a minute.
_REFUSALS = (
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
#: Some twelve hours, in which an execution costs nothing: what an alert outlasts once its row stands.
_PATIENCE = {"MaxAttempts": 100, "MaxDelaySeconds": 900}
#: Delivering logs has no resource that a policy could name (AWS's own guide for Step Functions).
_LOG_ACTIONS = (
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
)


#: What an alert says; the braces stand for the picture's key.
ALERT_SUBJECT, ALERT_TEXT = "PNG detected", "A PNG file was detected and processed: {}"


@dataclass(frozen=True)
class Arns:
    """The full names of what the workflow calls, of itself and of what it runs under."""

    fetch: str
    log: str
    alert: str
    png_alerts: str
    alarms: str
    machine: str
    role: str
    log_group: str


def arns_of(settings: Settings) -> Arns:
    """Name everything of a stage, in the account and region of its state machine."""
    _, partition, _, region, account, _, machine = settings.dog_pipeline.split(":")
    here, stage = f"{region}:{account}", f"darkroom-{settings.stage}"

    def function(name: str) -> str:
        return f"arn:{partition}:lambda:{here}:function:{stage}-{name}"

    return Arns(
        fetch=function("FetchAndUploadDogImage"),
        log=function("LogToDynamoDB"),
        alert=function("AlertPNG"),
        png_alerts=f"arn:{partition}:sns:{here}:{stage}-png-alert-topic",
        alarms=settings.alarms_topic,
        machine=settings.dog_pipeline,
        role=f"arn:{partition}:iam::{account}:role/StepFunctions-{machine}",
        log_group=f"arn:{partition}:logs:{here}:log-group:/aws/vendedlogs/states/{machine}",
    )


def definition(arns: Arns) -> State:
    """Write the workflow of a stage."""
    return {
        "Comment": "Fetches a dog, records it, and raises an alert when it is a PNG.",
        "StartAt": "FetchAndUploadDogImage",
        "TimeoutSeconds": _MACHINE_SECONDS,
        "States": {
            "FetchAndUploadDogImage": _task(arns.fetch, "LogToDynamoDB")
            | {"Parameters": {"run.$": "$$.Execution.Name"}},
            "LogToDynamoDB": _task(arns.log, "CheckIfPNG") | {"Parameters": _log_parameters()},
            "CheckIfPNG": _check_if_png(),
            "AlertPNG": _task(arns.alert, "PublishPNGAlert") | {"Retry": [_retry(*_TRANSIENT) | _PATIENCE]},
            "PublishPNGAlert": _publish_png_alert(arns),
            "SuccessState": {"Type": "Succeed"},
            "NotifyFailure": _notify_failure(arns),
            "FailState": {"Type": "Fail", "ErrorPath": "$.error.Error", "CausePath": "$.error.Cause"},
        },
    }


def policy(arns: Arns) -> State:
    """Write what the workflow's role may do: its three functions, its two topics, its log."""
    statements: list[State] = [
        {"Action": "lambda:InvokeFunction", "Resource": [arns.fetch, arns.log, arns.alert]},
        {"Action": "sns:Publish", "Resource": [arns.png_alerts, arns.alarms]},
        {"Action": list(_LOG_ACTIONS), "Resource": "*"},
    ]
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow"} | each for each in statements]}


def trust(arns: Arns) -> State:
    """Write who may take the role: Step Functions, for this one state machine."""
    _, _, _, _, account, _, _ = arns.machine.split(":")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "states.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"ArnLike": {"aws:SourceArn": arns.machine}, "StringEquals": {"aws:SourceAccount": account}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def _task(resource: str, following: str) -> State:
    return {
        "Type": "Task",
        "Resource": resource,
        "TimeoutSeconds": _TASK_SECONDS,
        "Retry": [_retry(*_TRANSIENT)],
        "Catch": [_catch("NotifyFailure", "$.error")],
        "Next": following,
    }


def _publication(parameters: State) -> State:
    return _task("arn:aws:states:::sns:publish", "") | {
        "Parameters": parameters,
        # SNS has errors by the dozen and no list of those that pass.
        "Retry": [_retry("States.TaskFailed", "States.Timeout")],
    }


def _log_parameters() -> State:
    names = ("uploaded_image", "image_url", "file_type")
    return {f"{name}.$": f"$.{name}" for name in names} | {
        # The alert's id is the execution's name: each attempt and each copy has the same.
        "alert_id.$": "$$.Execution.Name",
        "retry_count.$": "$$.State.RetryCount",
    }


def _check_if_png() -> State:
    choice = {"Variable": "$.logged_item.file_type", "StringEquals": "png", "Next": "AlertPNG"}
    return {"Type": "Choice", "Choices": [choice], "Default": "SuccessState"}


def _publish_png_alert(arns: Arns) -> State:
    publication = _publication(
        {
            "TopicArn": arns.png_alerts,
            "Subject": ALERT_SUBJECT,
            "Message.$": f"States.Format('{ALERT_TEXT}', $.image)",
            "MessageAttributes": {"alert_id": {"DataType": "String", "StringValue.$": "$$.Execution.Name"}},
        }
    )
    return publication | {
        "Retry": [_retry(*_REFUSALS), _retry("States.TaskFailed", "States.Timeout") | _PATIENCE],
        "ResultPath": "$.published",
        "Next": "SuccessState",
    }


def _notify_failure(arns: Arns) -> State:
    values = "$$.Execution.Name, $.error.Error, $.error.Cause"
    publication = _publication(
        {
            "TopicArn": arns.alarms,
            "Subject": "The dogs' workflow failed",
            "Message.$": f"States.Format('Execution {{}} failed by {{}}: {{}}', {values})",
        }
    )
    # The first fault is the one to end with, also when telling of it fails.
    catch = [_catch("FailState", "$.not_notified")]
    return publication | {"Catch": catch, "ResultPath": "$.notified", "Next": "FailState"}


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
