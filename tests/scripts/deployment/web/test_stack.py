"""The stack of the page in moto: made, changed from one kind to the other and back, and deleted."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from scripts import destroy
from scripts.deployment import resources, stage_file
from scripts.deployment.target import Target
from scripts.deployment.web import stack
from tests.scripts.account_inventory import inventory
from tests.scripts.targets import moto_target, set_variables

BUCKET, NAME = "darkroom-dev-web-123456789012", "darkroom-dev-web"
BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
WEBSITE = f"http://{BUCKET}.s3-website.us-east-1.amazonaws.com/"


def made(target: Target, web: str) -> dict[str, str]:
    """Make the stack with WEB=`web`, and return its outputs."""
    stack.create_or_update(set_variables(target, WEB=web), 7)
    return stack.outputs(target)


def bucket_of(target: Target) -> dict[str, Any]:
    """Return who may read the bucket, what blocks the public, and whether it is a website."""
    s3 = target.client("s3")
    [statement] = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])["Statement"]
    try:
        website = s3.get_bucket_website(Bucket=BUCKET)["IndexDocument"]["Suffix"]
    except ClientError:
        website = ""
    block = s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]
    return {"statement": statement, "website": website, "open": {name for name in BLOCKS if not block[name]}}


def distributions(target: Target) -> list[dict[str, Any]]:
    listed = target.client("cloudfront").list_distributions()["DistributionList"]
    return list(listed.get("Items", []))


def is_public(target: Target) -> None:
    found = bucket_of(target)
    assert found["statement"] == {
        "Sid": "ReadByEverybody",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/*",
    }
    assert (found["website"], found["open"]) == ("index.html", {"BlockPublicPolicy", "RestrictPublicBuckets"})
    assert distributions(target) == []


def is_behind_cloudfront(target: Target) -> None:
    found, [distribution] = bucket_of(target), distributions(target)
    assert found["statement"]["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert found["statement"]["Action"] == "s3:GetObject"
    arn = f"arn:aws:cloudfront::123456789012:distribution/{distribution['Id']}"
    assert found["statement"]["Condition"] == {"StringEquals": {"aws:SourceArn": arn}}
    assert (found["website"], found["open"]) == ("", set())
    assert stack.names(target) == {"PAGE_URL": f"https://{distribution['DomainName']}/"}


def test_with_app_there_is_no_stack_and_no_address(target: Target) -> None:
    assert made(target, "app") == {}
    assert (stack.names(target), stack.cors_origin(target)) == ({}, "*")
    assert inventory(target)["stacks"] == set()


def test_s3_makes_a_public_website_of_this_bucket_alone(target: Target) -> None:
    assert made(target, "s3") == {"WebBucket": BUCKET, "PageUrl": WEBSITE}
    is_public(target)
    assert stack.names(target) == {"PAGE_URL": WEBSITE}


def test_cloudfront_reads_a_private_bucket(target: Target) -> None:
    assert set(made(target, "cloudfront")) == {"WebBucket", "PageUrl", "DistributionId"}
    is_behind_cloudfront(target)


def test_a_page_changes_its_kind_and_comes_back(target: Target) -> None:
    made(target, "s3")
    made(target, "cloudfront")
    is_behind_cloudfront(target)
    made(target, "s3")
    is_public(target)
    made(target, "cloudfront")
    is_behind_cloudfront(target)


def test_the_origin_of_the_page_may_call_unless_a_person_names_another_one(target: Target) -> None:
    made(target, "s3")
    assert stack.cors_origin(target) == WEBSITE.rstrip("/")
    assert resources.parameters(target)["CorsOrigin"] == WEBSITE.rstrip("/")
    assert (
        stack.cors_origin(set_variables(target, CORS_ORIGIN="https://photos.example.com"))
        == "https://photos.example.com"
    )


def test_buckets_and_functions_get_the_origin_and_lose_it_again(target: Target) -> None:
    origins = []
    for web in ("s3", "app"):
        outputs = resources.create_or_update(set_variables(target, WEB=web))
        [rule] = target.client("s3").get_bucket_cors(Bucket=outputs["ImagesBucket"])["CORSRules"]
        settings = stage_file.settings_of(target)
        assert rule["AllowedOrigins"] == [settings.cors_origin]
        origins.append((settings.page_url, settings.cors_origin))
    assert origins == [(WEBSITE, WEBSITE.rstrip("/")), ("", "*")]


@pytest.mark.parametrize("web", ["s3", "cloudfront"])
def test_app_leaves_nothing_of_a_published_page(target: Target, web: str) -> None:
    before = inventory(target)
    made(target, web)
    for _ in range(2):
        target.client("s3").put_object(Bucket=BUCKET, Key="index.html", Body=b"page")
    stack.delete_unused(target)
    assert NAME in inventory(target)["stacks"]
    stack.delete_unused(set_variables(target, WEB="app"))
    assert (inventory(target), distributions(target)) == (before, [])
    assert not target.client("cloudfront").list_origin_access_controls()["OriginAccessControlList"].get("Items")
    stack.delete_unused(target)


def test_prod_loses_its_page_and_keeps_its_data(target: Target) -> None:
    prod = moto_target(target.project, "prod")
    resources.create_or_update(set_variables(prod, WEB="s3"))
    destroy.delete_stacks(prod, {}, with_data=False)
    assert inventory(prod)["stacks"] == {"darkroom-prod"}
    assert "darkroom-prod-web-123456789012" not in inventory(prod)["buckets"]


def test_the_embedded_aws_shows_the_page_by_s3(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    made(target, "cloudfront")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566/")
    assert stack.names(target) == {"PAGE_URL": f"http://127.0.0.1:4566/{BUCKET}/index.html"}
