"""The AWS endpoint serves moto on loopback, with what the project adds to it."""

import json
from collections.abc import Iterable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from scripts.embedded.deployed.chalice_compat import Application, Environ, StartResponse
from scripts.embedded.ports import PortError, check_port, port_errors
from scripts.embedded.server import AwsServer

TEMPLATE = {
    "Resources": {
        "Alarm": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "AlarmName": "faults",
                "ComparisonOperator": "GreaterThanThreshold",
                "EvaluationPeriods": 1,
                "MetricName": "Errors",
                "Namespace": "AWS/Lambda",
                "Period": 60,
                "Statistic": "Sum",
                "Threshold": "0",
            },
        }
    }
}


def client(server: AwsServer, service: Any) -> Any:
    return boto3.client(service, endpoint_url=server.url)


def test_the_server_answers_as_aws(server: AwsServer) -> None:
    client(server, "s3").create_bucket(Bucket="photos")
    assert [bucket["Name"] for bucket in client(server, "s3").list_buckets()["Buckets"]] == ["photos"]


def test_cloudformation_creates_the_types_that_moto_ignores(server: AwsServer) -> None:
    client(server, "cloudformation").create_stack(StackName="monitoring", TemplateBody=json.dumps(TEMPLATE))
    [alarm] = client(server, "cloudwatch").describe_alarms()["MetricAlarms"]
    assert (alarm["AlarmName"], alarm["Threshold"]) == ("faults", 0.0)


def test_cloudformation_has_termination_protection(server: AwsServer) -> None:
    stacks = client(server, "cloudformation")
    topic = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "news"}}}}
    stacks.create_stack(StackName="kept", TemplateBody=json.dumps(topic), EnableTerminationProtection=True)
    with pytest.raises(ClientError, match="TerminationProtection is enabled"):
        stacks.delete_stack(StackName="kept")


def test_an_application_can_receive_the_requests_before_moto() -> None:
    paths = []

    def wrap(moto: Application) -> Application:
        def note(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
            paths.append(environ["PATH_INFO"])
            return moto(environ, start_response)

        return note

    server = AwsServer(wrap=wrap)
    client(server, "s3").create_bucket(Bucket="wrapped")
    server.stop()
    assert paths == ["/wrapped"]


def test_a_stopped_server_leaves_its_port_free() -> None:
    server = AwsServer()
    with pytest.raises(PortError, match="AWS_PORT="):
        check_port(server.port, "AWS_PORT")
    with pytest.raises(PortError, match="in use"), port_errors(server.port, "AWS_PORT"):
        AwsServer(server.port)
    server.stop()
    check_port(server.port, "AWS_PORT")
