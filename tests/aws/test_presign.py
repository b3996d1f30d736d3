"""Links that are signed here are equal to those that botocore signs."""

import time
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import NoCredentialsError
from botocore.loaders import Loader
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.aws.clients import Clients
from chalicelib.aws.presign import Credentials, Endpoint, domain_of, sign_get
from scripts.deployment.policies import partition_of

BUCKET = "darkroom-dev-images-123456789012"
PERMANENT, TEMPORARY = Credentials("AKID", "secret/+="), Credentials("ASIA", "other", "token/+==")


@cache
def client_of(endpoint: Endpoint, credentials: Credentials) -> Any:
    session = boto3.Session(credentials.access_key, credentials.secret_key, credentials.token, endpoint.region)
    s3: Any = {"addressing_style": "path" if endpoint.url else "virtual", "us_east_1_regional_endpoint": "regional"}
    return session.client("s3", endpoint_url=endpoint.url, config=Config(signature_version="s3v4", s3=s3))


def botocore_link(
    endpoint: Endpoint, credentials: Credentials, bucket: str, key: str, seconds: int, version: str
) -> str:
    parameters = {"Bucket": bucket, "Key": key} | ({"VersionId": version} if version else {})
    client = client_of(endpoint, credentials)
    return str(client.generate_presigned_url("get_object", Params=parameters, ExpiresIn=seconds))


def own_link(expected: str, endpoint: Endpoint, credentials: Credentials, key: str, version: str, bucket: str) -> str:
    """Return the link that is signed here at the time of another one, for as long."""
    query = parse_qs(urlsplit(expected).query)
    now = datetime.strptime(query["X-Amz-Date"][0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    named = {"versionId": version} if version else {}
    url = endpoint.object_url(bucket, key)
    return sign_get(url, credentials, endpoint.region, int(query["X-Amz-Expires"][0]), named, now)


@pytest.mark.parametrize("credentials", [PERMANENT, TEMPORARY], ids=["permanent", "temporary"])
@pytest.mark.parametrize(
    "endpoint",
    [
        Endpoint("us-east-1"),
        Endpoint("eu-central-1"),
        Endpoint("us-gov-west-1"),
        Endpoint("cn-north-1"),
        Endpoint("us-east-1", "http://127.0.0.1:4566"),
    ],
    ids=lambda each: each.url or each.region,
)
@pytest.mark.parametrize("bucket", [BUCKET, "with.dots"])
def test_a_link_is_equal_to_that_of_botocore(endpoint: Endpoint, credentials: Credentials, bucket: str) -> None:
    for key, version in (("uploads/my dog+é~%.jpg", ""), ("//a/../b/./c?&=#\t", "v.1_-~/+=")):
        expected = botocore_link(endpoint, credentials, bucket, key, 900, version)

        assert own_link(expected, endpoint, credentials, key, version, bucket) == expected


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30), st.integers(1, 604800))
def test_a_link_to_any_key_is_equal_to_that_of_botocore(key: str, seconds: int) -> None:
    endpoint = Endpoint("eu-west-1")
    expected = botocore_link(endpoint, PERMANENT, BUCKET, key, seconds, "")

    assert own_link(expected, endpoint, PERMANENT, key, "", BUCKET) == expected


def test_a_key_that_rotates_signs_the_next_link() -> None:
    clients = Clients(None)
    clients._session = boto3.Session("first", "secret", region_name="eu-west-1")
    assert clients.credentials().access_key == "first"

    session: Any = clients._session
    session._session.set_credentials("second", "secret")

    assert clients.credentials() == Credentials("second", "secret")


def test_a_temporary_key_has_its_session_token() -> None:
    clients = Clients(None)
    clients._session = boto3.Session("ASIA", "secret", "token", region_name="eu-west-1")

    assert clients.credentials() == Credentials("ASIA", "secret", "token")


@pytest.mark.parametrize("pair", [("AKID", ""), ("", "secret")])
def test_half_a_key_makes_no_link(pair: tuple[str, str]) -> None:
    clients = Clients(None)
    session: Any = boto3.Session(region_name="eu-west-1")
    session._session.set_credentials(*pair)
    clients._session = session

    with pytest.raises(NoCredentialsError):
        clients.credentials()


def test_without_credentials_no_link_is_made() -> None:
    clients = Clients(None)
    session: Any = boto3.Session(region_name="eu-west-1")
    session._session._credentials = None
    session._session.get_component("credential_provider").providers.clear()
    clients._session = session

    with pytest.raises(NoCredentialsError):
        clients.credentials()


def test_the_address_of_an_endpoint_may_end_with_a_slash() -> None:
    for url in ("http://127.0.0.1:4566", "http://127.0.0.1:4566/"):
        assert Endpoint("eu-west-1", url).object_url("b", "a/b.jpg") == "http://127.0.0.1:4566/b/a/b.jpg"
    assert Endpoint("eu-west-1", "http://x/X/").object_url("b", "a") == "http://x/X/b/a"


def test_each_region_has_the_domain_of_its_partition() -> None:
    partitions = Loader().load_data("partitions")["partitions"]
    regions = {region: each for each in partitions for region in each["regions"] if not region.endswith("-global")}
    assert len(regions) > 30
    for region, partition in regions.items():
        assert domain_of(region) == partition["outputs"]["dnsSuffix"]
        assert partition_of(region) == partition["id"]


def test_a_link_has_the_time_of_utc_wherever_the_machine_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "AHEAD-14")  # POSIX: 14 hours ahead
    time.tzset()
    try:
        link = sign_get("https://example.test/a", Credentials("AKID", "secret"), "us-east-1", 60, {})
    finally:
        monkeypatch.undo()
        time.tzset()

    signed_at = datetime.strptime(parse_qs(urlsplit(link).query)["X-Amz-Date"][0], "%Y%m%dT%H%M%S%z")
    assert abs((datetime.now(UTC) - signed_at).total_seconds()) < 3600
