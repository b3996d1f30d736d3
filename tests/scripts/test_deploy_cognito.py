"""Deploy a stage with AUTH=cognito to the embedded AWS, sign in, test it with a real token, and destroy it."""

import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest

from chalicelib.records import shown_owner
from chalicelib.settings import Auth
from scripts import destroy, doctor, users
from scripts.deploy import deploy
from scripts.deployment import smoke, stacks, stage_file
from scripts.deployment.smoke import ApiClient
from tests.privilege import deployer
from tests.privilege.recorded_calls import denied
from tests.scripts.account_inventory import inventory
from tests.scripts.embedded_account import Deployment, InstalledWheels, embedded_account
from tests.scripts.targets import copy_project

# The doctor refuses to deploy with an older Python.
pytestmark = pytest.mark.skipif(sys.version_info < doctor.OLDEST, reason="packaging needs Python 3.12")

PASSWORD = "Only-for-tests-1"
POLICIES = {
    "deployer": json.dumps(deployer.policy()),
    "operator": json.dumps(deployer.policy("operator")),
}


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    project = copy_project(tmp_path_factory.mktemp("project"))
    path = project / ".chalice" / "config.json"
    config = json.loads(path.read_text())
    config["stages"]["dev"]["environment_variables"] |= {"AUTH": "cognito", "CORS_ORIGIN": "https://photos.example.com"}
    path.write_text(json.dumps(config))
    with embedded_account(project) as account:
        account.recorder.take()
        # Nobody can sign in yet, so the smoke test says what it did not test.
        url = deploy(account.target, dependencies=InstalledWheels())
        requests = account.recorder.take()
        first = inventory(account.target)
        yield Deployment(account, None, first, first, url, requests)


@pytest.fixture(scope="module")
def pool(deployment: Deployment) -> users.Pool:
    settings = stage_file.settings_of(deployment.account.target)
    return users.find_pool(deployment.client("cognito-idp"), settings)


def sign_in(pool: users.Pool, name: str) -> str:
    email = f"{name}@example.com"
    if email not in [each.email for each in users.users(pool)]:
        users.add(pool, email, PASSWORD)
    return users.token(pool, email, PASSWORD)


def api(deployment: Deployment, token: str) -> ApiClient:
    return ApiClient(deployment.account.target, deployment.url, {"Authorization": token}, signed=False)


def test_the_stage_has_one_pool_and_its_functions_know_it(deployment: Deployment, pool: users.Pool) -> None:
    assert deployment.first["pools"] == {"darkroom-dev"}
    found = deployment.client("lambda").get_function_configuration(FunctionName="darkroom-dev")
    variables = found["Environment"]["Variables"]
    assert (variables["AUTH"], variables["USER_POOL_ARN"].rpartition("/")[2]) == ("cognito", pool.id)
    outputs = stacks.outputs_of(deployment.account.target, "darkroom-dev") or {}
    recorded = (variables["USER_POOL_LOGIN_URL"], variables["USER_POOL_CLIENT_ID"])
    assert recorded == (outputs["LoginUrl"], outputs["UserPoolClientId"])


def test_the_login_page_sends_the_browser_to_the_deployed_api_and_to_the_page(
    deployment: Deployment, pool: users.Pool
) -> None:
    [client] = pool.client.list_user_pool_clients(UserPoolId=pool.id)["UserPoolClients"]
    found = pool.client.describe_user_pool_client(UserPoolId=pool.id, ClientId=client["ClientId"])["UserPoolClient"]
    [api_id] = deployment.first["apis"]
    url = f"https://{api_id}.execute-api.us-east-1.amazonaws.com/api/"
    assert found["CallbackURLs"] == found["LogoutURLs"] == [url, "https://photos.example.com/"]
    assert (found["AllowedOAuthFlows"], found["AllowedOAuthFlowsUserPoolClient"]) == (["code"], True)


def test_the_deployer_s_policy_allows_every_call_with_its_arn(deployment: Deployment) -> None:
    assert "cognito-idp" in {request.service for request in deployment.requests}
    assert denied(deployment.requests, POLICIES["deployer"]) == []


def test_the_summary_names_the_login_page_and_what_was_not_tested(deployment: Deployment) -> None:
    outputs = stacks.outputs_of(deployment.account.target, "darkroom-dev") or {}
    logged = "\n".join(deployment.account.logged)
    assert f"login page: {outputs['LoginUrl']}, client {outputs['UserPoolClientId']}" in logged
    assert "NOT tested: POST and GET of images, S3 and landing, because AUTH=cognito needs a token" in logged


def test_the_smoke_test_passes_with_a_token(deployment: Deployment, pool: users.Pool) -> None:
    target = deployment.account.target
    client = smoke.create_client(target, deployment.url, Auth.COGNITO, {"TOKEN": sign_in(pool, "ann")})
    smoke.run_smoke_test(client, stage_file.settings_of(target))
    assert "  a photo posted, read back and deleted" in deployment.account.logged


def test_two_users_do_not_see_each_others_photos(deployment: Deployment, pool: users.Pool) -> None:
    ann, bob = sign_in(pool, "ann"), sign_in(pool, "bob")
    status, image = api(deployment, ann).request("POST", "images", smoke.photo(), "image/jpeg")
    assert status == 200
    sub = jwt.decode(ann, options={"verify_signature": False})["sub"]
    assert image["owner"] == shown_owner("dev", sub)
    assert api(deployment, bob).request("GET", f"images/{image['id']}")[0] == 404
    assert api(deployment, bob).request("GET", "images")[1]["items"] == []
    assert api(deployment, f"Bearer {ann}").request("GET", f"images/{image['id']}")[0] == 200


def test_a_request_without_a_good_token_is_a_401(deployment: Deployment, pool: users.Pool) -> None:
    good = sign_in(pool, "ann")
    head, body, signature = good.split(".")
    for bad in ("", "nonsense", f"{head}.{body}.", f"{head}.{body}.{signature[:-4]}AAAA"):
        assert api(deployment, bad).request("GET", "images")[0] == 401
    assert api(deployment, "nonsense").request("GET", "health")[0] == 200


def test_the_operator_s_policy_allows_what_the_commands_call(deployment: Deployment, pool: users.Pool) -> None:
    deployment.account.recorder.take()
    users.add(pool, "eve@example.com")
    list(users.users(pool))
    users.remove(pool, "eve@example.com")
    sign_in(pool, "ann")
    requests = deployment.account.recorder.take()
    assert len(requests) > 4
    assert denied(requests, POLICIES["operator"]) == []


def test_the_zip_has_nothing_that_checks_tokens(deployment: Deployment) -> None:
    [path] = (deployment.account.target.project / ".chalice" / "deployments").glob("*.zip")
    names = {name.partition("/")[0].lower() for name in zipfile.ZipFile(path).namelist()}
    assert not {name for name in names if name.startswith(("jwt", "pyjwt", "cryptography", "joserfc"))}
    locked = Path(__file__).parents[2].joinpath("requirements.txt").read_text().lower()
    assert "pyjwt" not in locked
    assert "cryptography" not in locked


def test_after_destroy_no_pool_is_left(deployment: Deployment) -> None:
    target = deployment.account.target
    deployment.account.recorder.take()
    destroy.destroy(target)
    assert denied(deployment.account.recorder.take(), POLICIES["deployer"]) == []
    assert {kind: names for kind, names in inventory(target).items() if names} == {}
    assert "USER_POOL_ARN" not in stage_file.environment(target)
