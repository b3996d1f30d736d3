"""A deployed API with AUTH=cognito: only a good token gives the function the claims of a caller."""

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest

from scripts import users
from scripts.embedded import local_users, moto_patches
from scripts.embedded.delivery import Delivery
from scripts.embedded.functions import Event, Function, Functions, register_functions
from scripts.embedded.server import AwsServer
from tests.scripts.embedded.deployed.test_execute_api import SECONDS, create_api

PASSWORD = "Only-for-tests-1"


@dataclass
class Deployed:
    """An API whose function has AUTH=cognito, and the claims that it received."""

    port: int
    pool: users.Pool
    id: str = ""
    claims: list[Any] = field(default_factory=list)

    def handle(self, event: Event, _context: Any) -> dict[str, Any]:
        self.claims.append(event["requestContext"].get("authorizer", {}).get("claims"))
        return {"statusCode": 200, "headers": {}, "body": ""}

    def claims_for(self, **headers: str) -> Any:
        """Send a request; return the claims that the function received."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        connection.request("POST", f"/execute-api/{self.id}/api/images/one", b"{}", headers)
        assert connection.getresponse().status == 200
        connection.close()
        return self.claims.pop()


@pytest.fixture(scope="module", params=["USER_POOL_ARN", "COGNITO_USER_POOL_ARN"])
def deployed(server: AwsServer, request: pytest.FixtureRequest) -> Iterator[Deployed]:
    clients: Any = {
        name: boto3.client(name, endpoint_url=server.url) for name in ("apigateway", "lambda", "iam", "cognito-idp")
    }
    arn = local_users.create(clients["cognito-idp"], "dev", "http://127.0.0.1:1/", {})
    deployed = Deployed(server.port, users.Pool(clients["cognito-idp"], arn.rpartition("/")[2], "dev"))
    functions = Functions([Function("api", deployed.handle)])
    delivery = Delivery(functions.invoke, print, ())
    clients["iam"].create_role(RoleName=f"role-{request.param}", AssumeRolePolicyDocument="{}")
    register_functions(functions, clients["lambda"], f"role-{request.param}", {"AUTH": "cognito", request.param: arn})
    deployed.id = create_api(clients["apigateway"], "/images/{image_id}", "POST")
    with moto_patches.installed(functions, delivery):
        yield deployed
    clients["lambda"].delete_function(FunctionName="api")
    assert delivery.close(SECONDS)


def test_a_good_token_gives_the_function_the_claims(deployed: Deployed) -> None:
    users.add(deployed.pool, "ann@example.com", PASSWORD)
    token = users.token(deployed.pool, "ann@example.com", PASSWORD)

    assert deployed.claims_for(Authorization=token)["email"] == "ann@example.com"
    assert deployed.claims_for(Authorization=f"Bearer {token}")["token_use"] == "id"
    head, body, _ = token.split(".")
    assert deployed.claims_for(Authorization=f"{head}.{body}.") is None


@pytest.mark.parametrize("headers", [{}, {"Authorization": "nonsense"}, {"claims": json.dumps({"sub": "x"})}])
def test_without_a_good_token_the_function_gets_no_claims(deployed: Deployed, headers: dict[str, str]) -> None:
    assert deployed.claims_for(**headers) is None
