"""The policy of a deployment with WEB=s3 or WEB=cloudfront allows what the page's stack needs, and no more."""

import json
from pathlib import Path

import pytest

from scripts.deployment.policies import render_role
from tests.privilege.test_deployer import HANDLERS as OF_THE_STAGE
from tests.privilege.test_deployer import permissions
from tests.scripts.deployment import template

#: What CloudFormation's handlers call. tests/privilege/README.md says where the copy comes from.
HANDLERS = json.loads(Path(__file__).with_name("handlers_web.json").read_text())
#: Actions for what this bucket does not have: replication, CORS and events.
UNUSED_OF_BUCKET = {"iam:PassRole", "s3:PutBucketCORS", "s3:PutBucketNotification"}
#: Actions of features that the template does not use: distributions of many tenants, and trials of a new one.
UNUSED = {
    *("cloudfront:CreateConnectionGroup", "cloudfront:GetConnectionGroup"),
    "cloudfront:UpdateDistributionWithStagingConfig",
}
#: Names in the schemas that are no actions of IAM (Service Authorization Reference).
MISNAMED = {"cloudfront:CreateDistributionWithTags": "cloudfront:CreateDistribution"}
#: What IAM asks for to make and to remove a website, what the doctor, the publication and the emptying call, and tags.
OTHERS = {
    *("s3:PutBucketWebsite", "s3:DeleteBucketWebsite", "s3:GetAccountPublicAccessBlock"),
    *("s3:ListBucketVersions", "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"),
    "cloudfront:CreateInvalidation",
}
POLICY = render_role("deployer-web", "dev", "us-east-1", "1" * 12)
ACTIONS = {action for each in POLICY["Statement"] for action in each["Action"]}
KINDS = sorted({each["Type"] for each in template.read("web.yaml")["Resources"].values()})


def needed(kind: str) -> set[str]:
    """Return the actions that a type of the template needs."""
    if kind in OF_THE_STAGE:
        return permissions(kind) - UNUSED_OF_BUCKET
    assert {"create", "read", "delete"} <= set(HANDLERS[kind])
    listed = {action for actions in HANDLERS[kind].values() for action in actions}
    return {MISNAMED.get(action, action) for action in listed} - UNUSED


@pytest.mark.parametrize("kind", KINDS)
def test_a_resource_of_the_stack_can_be_created_read_changed_and_deleted(kind: str) -> None:
    assert needed(kind) - ACTIONS == set()


def test_no_action_is_unnecessary() -> None:
    assert ACTIONS - {action for kind in KINDS for action in needed(kind)} - OTHERS == set()
    assert OTHERS <= ACTIONS


@pytest.mark.parametrize("action", sorted(UNUSED | set(MISNAMED)))
def test_an_unused_action_is_in_some_handler(action: str) -> None:
    assert action in {each for kind in HANDLERS.values() for actions in kind.values() for each in actions}


def test_only_the_bucket_has_a_name_of_the_stage() -> None:
    # CloudFront chooses the ids of all that it has.
    for each in POLICY["Statement"]:
        [arn] = each["Resource"]
        own = ("arn:aws:s3:::darkroom-dev-web-111111111111", "arn:aws:cloudfront::111111111111:")
        assert arn.startswith(own) or each["Sid"] in ("AccountBlocksPublicBuckets", "MakeCloudFront")


def test_nothing_of_the_bucket_is_unused() -> None:
    assert permissions("AWS::S3::Bucket") >= UNUSED_OF_BUCKET
    assert not ACTIONS & UNUSED_OF_BUCKET
