"""The dog workflow on moto's server, for the tests that run executions of it."""

import json
import time
from dataclasses import replace
from functools import partial
from typing import Any

import boto3

from chalicelib import backends
from chalicelib.dog_api.download import Downloader
from chalicelib.flows import dogs
from chalicelib.keys import DOG_PICTURES
from chalicelib.settings import Settings
from scripts.deployment.pipeline_definition import Arns, arns_of
from scripts.embedded.functions import Function, Functions
from tests.flows.test_dogs import Pages

SECONDS = 600.0  # Only a workflow that hangs takes this long.
API = "https://dog.ceo"


class Pipeline:
    """The workflow on moto's server; a test sets the answers of the dog API."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.backends = replace(backends.build(settings), downloader=Downloader(loopback=False))
        names: Any = ("lambda", "s3", "sns", "sqs", "dynamodb", "stepfunctions", "logs", "iam")
        self.aws = {name: boto3.client(name, endpoint_url=settings.endpoint_url) for name in names}
        self.arns: Arns = arns_of(settings)

    def functions(self) -> Functions:
        def run(task: Any, event: Any, _context: object) -> Any:
            return task(self.backends, event)

        tasks = {"FetchAndUploadDogImage": lambda backends, event: dogs.fetch(backends, event["run"])}
        tasks["LogToDynamoDB"] = dogs.log
        tasks["AlertPNG"] = lambda _backends, event: dogs.alert(event)
        stage = f"darkroom-{self.settings.stage}"
        return Functions([Function(f"{stage}-{name}", partial(run, task)) for name, task in tasks.items()])

    def with_answer(self, data: bytes | None, name: str = "dog.jpg") -> "Pipeline":
        address = f"https://images.dog.ceo/breeds/pug/{name}"
        message = json.dumps({"message": address, "status": "success"}).encode()
        pages: Any = Pages({} if data is None else {f"{API}/api/breeds/image/random": message, address: data})
        self.backends = replace(self.backends, downloader=pages)
        return self

    def run(self, name: str) -> tuple[dict[str, Any], list[str]]:
        """Run one execution to its end; return its description and the names of its states."""
        steps = self.aws["stepfunctions"]
        arn = steps.start_execution(stateMachineArn=self.arns.machine, name=name, input="{}")["executionArn"]
        deadline = time.monotonic() + SECONDS
        while (end := steps.describe_execution(executionArn=arn))["status"] == "RUNNING":
            assert time.monotonic() < deadline
            time.sleep(0.05)
        events = steps.get_execution_history(executionArn=arn, maxResults=1000)["events"]
        return end, [each["stateEnteredEventDetails"]["name"] for each in events if "stateEnteredEventDetails" in each]

    def stored(self) -> list[str]:
        listed = self.aws["s3"].list_objects_v2(Bucket=self.settings.dog_bucket, Prefix=DOG_PICTURES)
        return [each["Key"] for each in listed.get("Contents", [])]

    def messages(self, queue: str) -> list[dict[str, Any]]:
        queues = self.aws["sqs"]
        url = queues.get_queue_url(QueueName=queue)["QueueUrl"]
        found = queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for each in found:
            queues.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
        return [json.loads(each["Body"]) for each in found]
