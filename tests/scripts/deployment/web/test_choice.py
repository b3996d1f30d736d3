"""WEB: its values, where CloudFront is not, another CORS_ORIGIN, and accounts that block public buckets."""

import pytest

from scripts.deployment import resources, stage_file
from scripts.deployment.target import DeployError, Target
from scripts.deployment.web import choice
from tests.scripts.targets import moto_target, set_variables

PAGE = "https://d111.cloudfront.net/"
OPEN = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": False, "RestrictPublicBuckets": False}


@pytest.mark.parametrize(("variables", "web"), [({}, "app"), ({"WEB": ""}, "app"), ({"WEB": "s3"}, "s3")])
def test_the_api_serves_the_page_unless_a_person_chooses_a_bucket(
    target: Target, variables: dict[str, str], web: str
) -> None:
    assert choice.read(set_variables(target, **variables)) == web


def test_another_value_is_an_error_that_names_the_three(target: Target) -> None:
    with pytest.raises(DeployError, match=r"WEB is 'cdn' in .*config.json. Use app, s3 or cloudfront\."):
        choice.read(set_variables(target, WEB="cdn"))


@pytest.mark.parametrize(
    ("region", "web", "count"),
    [
        ("eu-west-1", "cloudfront", 0),
        ("cn-north-1", "cloudfront", 1),
        ("us-gov-west-1", "cloudfront", 1),
        ("cn-north-1", "s3", 0),
        ("cn-north-1", "app", 0),
    ],
)
def test_cloudfront_is_refused_outside_of_the_partition_aws(target: Target, region: str, web: str, count: int) -> None:
    there = set_variables(moto_target(target.project), WEB=web)
    vars(there).update(region=region)
    found = list(choice.findings(there))
    assert len(found) == count
    assert all("WEB=cloudfront needs the partition aws" in each and "Use WEB=app or WEB=s3." in each for each in found)


@pytest.mark.parametrize(
    ("variables", "page", "count"),
    [
        ({"WEB": "cloudfront"}, PAGE, 0),
        ({"WEB": "cloudfront", "CORS_ORIGIN": PAGE.rstrip("/")}, PAGE, 0),
        ({"WEB": "cloudfront", "CORS_ORIGIN": PAGE.rstrip("/")}, "", 1),
        ({"WEB": "cloudfront", "CORS_ORIGIN": "https://photos.example.com"}, PAGE, 1),
        ({"WEB": "s3", "CORS_ORIGIN": "*"}, "", 1),
        ({"WEB": "app", "CORS_ORIGIN": "https://photos.example.com"}, "", 0),
    ],
)
def test_a_cors_origin_of_another_page_is_found(
    target: Target, variables: dict[str, str], page: str, count: int
) -> None:
    names = resources.expected_names(target)
    stage_file.write_names(set_variables(target, **variables), names | ({"PAGE_URL": page} if page else {}))
    found = list(choice.findings(target))
    assert len(found) == count
    assert all("Remove CORS_ORIGIN" in each and variables["CORS_ORIGIN"] in each for each in found)


@pytest.mark.parametrize(
    ("web", "changes", "named"),
    [
        ("s3", {}, ""),
        ("s3", {"BlockPublicPolicy": True}, "(BlockPublicPolicy of"),
        (
            "s3",
            {"BlockPublicPolicy": True, "RestrictPublicBuckets": True},
            "(BlockPublicPolicy, RestrictPublicBuckets of",
        ),
        ("cloudfront", {"BlockPublicPolicy": True}, ""),
        ("app", {"BlockPublicPolicy": True}, ""),
    ],
)
def test_an_account_that_blocks_public_buckets_cannot_have_one(
    target: Target, web: str, changes: dict[str, bool], named: str
) -> None:
    set_variables(target, WEB=web)
    assert list(choice.account_findings(target)) == []
    blocks = OPEN | changes
    target.client("s3control").put_public_access_block(AccountId=target.account, PublicAccessBlockConfiguration=blocks)
    found = list(choice.account_findings(target))
    assert len(found) == bool(named)
    assert all(named in each and "Use WEB=cloudfront or WEB=app" in each for each in found)


def test_the_embedded_aws_blocks_nothing(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    assert list(choice.account_findings(set_variables(target, WEB="s3"))) == []


def test_a_person_is_told_what_http_cannot_do(target: Target) -> None:
    assert [list(choice.advice(set_variables(target, WEB=web))) for web in ("app", "cloudfront")] == [[], []]
    [line] = choice.advice(set_variables(target, WEB="s3", AUTH="api_key"))
    assert "WEB=s3 is HTTP" in line
    lines = list(choice.advice(set_variables(target, AUTH="cognito")))
    assert lines[0] == line
    assert "people paste an ID token" in lines[1]
