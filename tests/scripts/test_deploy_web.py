"""A stage publishes its page in a public bucket and behind CloudFront, takes it back, and is destroyed."""

import gzip
import json
import sys
from collections.abc import Iterator
from typing import Any
from urllib.request import urlopen

import pytest

from scripts import destroy, doctor
from scripts.deploy import deploy
from scripts.deployment.web import stack
from tests.privilege import deployer
from tests.privilege.recorded_calls import denied
from tests.scripts.account_inventory import inventory
from tests.scripts.embedded_account import Account, InstalledWheels, embedded_account
from tests.scripts.targets import copy_project, set_variables

# The doctor refuses to deploy with an older Python.
pytestmark = pytest.mark.skipif(sys.version_info < doctor.OLDEST, reason="packaging needs Python 3.12")

POLICY = json.dumps(deployer.policy(*deployer.ALWAYS, "deployer-web"))
BUCKET, NAME = "darkroom-dev-web-123456789012", "darkroom-dev-web"


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with embedded_account(copy_project(tmp_path_factory.mktemp("project"))) as account:
        yield account


def deployed(account: Account, web: str) -> str:
    """Deploy with WEB=`web` and every right of a deployment; return the URL of the API."""
    set_variables(account.target, WEB=web)
    account.recorder.take()
    url = deploy(account.target, dependencies=InstalledWheels(), smoke_test=False)
    assert denied(account.recorder.take(), POLICY) == []
    return url


def shown(account: Account, key: str) -> Any:
    """Get an object of the page as a browser does, without a signature; return its headers and its text."""
    with urlopen(f"{account.server.url}/{BUCKET}/{key}") as response:  # noqa: S310 -- HTTP of this machine
        data = response.read()
        is_compressed = response.headers.get("Content-Encoding") == "gzip"
        return response.headers, (gzip.decompress(data) if is_compressed else data).decode()


def origins(account: Account) -> set[str]:
    """Return the origins that the buckets, the functions and the API's preflight name."""
    s3, functions = account.target.client("s3"), account.target.client("lambda")
    found = set()
    for word in ("images", "landing", "sanitized"):
        [rule] = s3.get_bucket_cors(Bucket=f"darkroom-dev-{word}-123456789012")["CORSRules"]
        found |= set(rule["AllowedOrigins"])
    variables = functions.get_function_configuration(FunctionName="darkroom-dev")["Environment"]["Variables"]
    page = variables.get("PAGE_URL", "")
    return found | {"/".join(page.split("/")[:3]) or "*"}


def test_s3_shows_a_page_that_knows_its_api_and_may_call_it(account: Account) -> None:
    url = deployed(account, "s3")
    headers, page = shown(account, "index.html")
    assert (headers["Content-Type"], headers["Cache-Control"]) == ("text/html; charset=utf-8", "no-cache")
    assert f"connect-src &#x27;self&#x27; {account.server.url}" in page
    config = json.loads(shown(account, "web/config.json")[1])
    assert (config["api"], config["endpoint_url"]) == (url, account.server.url)
    with urlopen(f"{config['api']}health") as answer:  # noqa: S310 -- HTTP of this machine
        assert answer.headers["Access-Control-Allow-Origin"] == account.server.url
    assert origins(account) == {account.server.url}
    assert f"  page: {account.server.url}/{BUCKET}/index.html\n" in account.logged[-1]


def test_app_leaves_nothing_of_it_and_every_page_may_call_again(account: Account) -> None:
    deployed(account, "app")
    assert origins(account) == {"*"}
    found = inventory(account.target)
    assert (NAME in found["stacks"], BUCKET in found["buckets"]) == (False, False)


def test_behind_cloudfront_the_page_knows_its_api_too(account: Account) -> None:
    url = deployed(account, "cloudfront")
    headers, page = shown(account, "index.html")
    assert "Content-Security-Policy" not in page
    assert headers.get("Content-Encoding") is None
    assert json.loads(shown(account, "web/config.json")[1])["api"] == url
    [distribution] = account.target.client("cloudfront").list_distributions()["DistributionList"]["Items"]
    assert stack.outputs(account.target)["PageUrl"] == f"https://{distribution['DomainName']}/"
    assert NAME in inventory(account.target)["stacks"]


def test_destroy_leaves_no_page(account: Account) -> None:
    account.recorder.take()
    destroy.destroy(account.target)
    assert denied(account.recorder.take(), POLICY) == []
    assert {kind: names for kind, names in inventory(account.target).items() if names} == {}
    assert not account.target.client("cloudfront").list_distributions()["DistributionList"].get("Items")
