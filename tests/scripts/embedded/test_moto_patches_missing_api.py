"""The deletion of a REST API that does not exist: API Gateway answers 404, and moto would answer 500."""

import inspect

import boto3
import pytest
from moto.apigateway.models import APIGatewayBackend

from chalicelib.settings import Settings


def test_an_api_is_deleted_once_and_then_does_not_exist(served: Settings) -> None:
    client = boto3.client("apigateway", endpoint_url=served.endpoint_url)
    api = client.create_rest_api(name="dev")["id"]
    client.delete_rest_api(restApiId=api)
    with pytest.raises(client.exceptions.NotFoundException):
        client.delete_rest_api(restApiId=api)
    assert client.get_rest_apis()["items"] == []


def test_moto_s_backend_has_the_parameters_of_the_patch() -> None:
    assert list(inspect.signature(APIGatewayBackend.delete_rest_api).parameters) == ["self", "function_id"]
