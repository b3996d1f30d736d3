"""The page in the bucket: sent once, changed where it differs, and forgotten by CloudFront."""

from typing import Any

import pytest

from chalicelib.settings import Settings
from scripts.deployment import resources, stage_file
from scripts.deployment.target import Target
from scripts.deployment.web import publish, stack
from scripts.deployment.web.objects import objects
from tests.scripts.targets import set_variables

BUCKET, API = "darkroom-dev-web-123456789012", "https://abc.execute-api.us-east-1.amazonaws.com/api/"


def ready(target: Target, web: str) -> Settings:
    """Make the stack of the page, and return the settings that a deployment has after it."""
    stack.create_or_update(set_variables(target, WEB=web), 7)
    return stage_file.settings_of(target, resources.expected_names(target) | stack.names(target))


def stored(target: Target) -> dict[str, Any]:
    """Return the version of each object."""
    found = target.client("s3").list_object_versions(Bucket=BUCKET).get("Versions", [])
    return {each["Key"]: each["VersionId"] for each in found if each["IsLatest"]}


def invalidations(target: Target) -> int:
    listed = target.client("cloudfront").list_invalidations(DistributionId=stack.outputs(target)["DistributionId"])
    return int(listed["InvalidationList"]["Quantity"])


def policy_of(target: Target) -> str:
    [found] = target.client("cloudformation").describe_stacks(StackName=stack.name(target))["Stacks"]
    return str({each["ParameterKey"]: each["ParameterValue"] for each in found["Parameters"]}["Policy"])


@pytest.mark.parametrize("web", ["s3", "cloudfront"])
def test_every_object_is_stored_with_its_headers(target: Target, web: str) -> None:
    settings = ready(target, web)
    publish.publish(target, settings, API)
    wanted = {each.key: each for each in objects(web, settings, API)}
    assert set(stored(target)) == set(wanted)
    for key, each in wanted.items():
        found = target.client("s3").get_object(Bucket=BUCKET, Key=key)
        assert found["Body"].read() == each.data
        assert (found["ContentType"], found["CacheControl"]) == (each.media_type, each.cache_control)
        assert found.get("ContentEncoding", "") == each.encoding


def test_a_second_run_sends_nothing(target: Target) -> None:
    settings = ready(target, "s3")
    publish.publish(target, settings, API)
    before = stored(target)
    publish.publish(target, settings, API)
    assert stored(target) == before


def test_what_differs_is_sent_again_and_what_is_not_of_the_page_goes(target: Target) -> None:
    settings, s3 = ready(target, "s3"), target.client("s3")
    publish.publish(target, settings, API)
    before = stored(target)
    s3.put_object(Bucket=BUCKET, Key="web/app.js", Body=b"broken")
    s3.delete_object(Bucket=BUCKET, Key="web/api.js")
    s3.put_object(Bucket=BUCKET, Key="web/of-an-older-page.js", Body=b"old")
    publish.publish(target, settings, "https://other.test/api/")
    after = stored(target)
    assert set(after) == set(before)
    assert {key for key in before if before[key] != after[key]} == {
        "index.html",
        "web/config.json",
        "web/app.js",
        "web/api.js",
    }


def test_cloudfront_forgets_the_page_of_before_and_gets_the_policy(target: Target) -> None:
    settings = ready(target, "cloudfront")
    assert policy_of(target) == ""
    publish.publish(target, settings, API)
    assert (invalidations(target), API.removesuffix("/api/") in policy_of(target)) == (1, True)
    # The next deployment makes the stack before it knows the API, and keeps the policy.
    before = policy_of(target)
    stack.create_or_update(target, 7)
    assert policy_of(target) == before
    publish.publish(target, settings, API)
    assert invalidations(target) == 2


def test_with_app_nothing_is_published(target: Target) -> None:
    settings = ready(target, "app")
    publish.publish(target, settings, API)
    assert target.client("s3").list_buckets()["Buckets"] == []
