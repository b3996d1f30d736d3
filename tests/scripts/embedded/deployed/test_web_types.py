"""CloudFront's types in a stack: made, changed and deleted in moto's CloudFront."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from scripts.embedded.deployed import cloudformation, web_types

CONTROL = {
    "Name": "one",
    "OriginAccessControlOriginType": "s3",
    "SigningBehavior": "always",
    "SigningProtocol": "sigv4",
}


ORIGIN = {
    "Id": "bucket",
    "DomainName": "photos.s3.us-east-1.amazonaws.com",
    "S3OriginConfig": {"OriginAccessIdentity": ""},
}
BEHAVIOR = {
    "TargetOriginId": "bucket",
    "ViewerProtocolPolicy": "redirect-to-https",
    "AllowedMethods": ["GET", "HEAD"],
    "CachedMethods": ["GET", "HEAD"],
    "ResponseHeadersPolicyId": {"Ref": "Headers"},
}
OUTPUTS = {
    "Id": {"Ref": "Page"},
    "Domain": {"Fn::GetAtt": ["Page", "DomainName"]},
    "Access": {"Fn::GetAtt": ["Access", "Id"]},
}


def template(comment: str = "first", policy: str = "default-src 'none'") -> str:
    config = {"Comment": comment, "Enabled": True, "Origins": [ORIGIN], "DefaultCacheBehavior": BEHAVIOR}
    security = {"ContentSecurityPolicy": {"ContentSecurityPolicy": policy, "Override": True}}
    headers = {"Name": "one", "SecurityHeadersConfig": security}
    described = {
        "Page": ("Distribution", {"DistributionConfig": config, "Tags": [{"Key": "stage", "Value": "dev"}]}),
        "Access": ("OriginAccessControl", {"OriginAccessControlConfig": CONTROL | {"Description": comment}}),
        "Headers": ("ResponseHeadersPolicy", {"ResponseHeadersPolicyConfig": headers}),
    }
    document: dict[str, Any] = {
        "Resources": {
            name: {"Type": f"AWS::CloudFront::{kind}", "Properties": properties}
            for name, (kind, properties) in described.items()
        },
        "Outputs": {name: {"Value": value} for name, value in OUTPUTS.items()},
    }
    return json.dumps(document)


@pytest.fixture
def stacks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.delenv("MOTO_PORT", raising=False)
    cloudformation.register_types()
    with mock_aws():
        client = boto3.client("cloudformation")
        client.create_stack(StackName="one", TemplateBody=template())
        yield client


def outputs(stacks: Any) -> dict[str, str]:
    [found] = stacks.describe_stacks(StackName="one")["Stacks"]
    return {each["OutputKey"]: each["OutputValue"] for each in found["Outputs"]}


def test_a_distribution_has_what_the_template_says(stacks: Any) -> None:
    cloudfront, made = boto3.client("cloudfront"), outputs(stacks)
    found = cloudfront.get_distribution(Id=made["Id"])["Distribution"]
    assert found["DomainName"] == made["Domain"]
    behavior = found["DistributionConfig"]["DefaultCacheBehavior"]
    assert behavior["AllowedMethods"]["Items"] == ["GET", "HEAD"]
    assert behavior["ViewerProtocolPolicy"] == "redirect-to-https"
    assert cloudfront.list_tags_for_resource(Resource=found["ARN"])["Tags"]["Items"] == [
        {"Key": "stage", "Value": "dev"}
    ]
    control = cloudfront.get_origin_access_control(Id=made["Access"])["OriginAccessControl"]
    assert control["OriginAccessControlConfig"]["SigningBehavior"] == "always"


def test_an_update_keeps_ids_and_domain(stacks: Any) -> None:
    before = outputs(stacks)
    stacks.update_stack(StackName="one", TemplateBody=template("second", "default-src 'self'"))
    assert outputs(stacks) == before
    cloudfront = boto3.client("cloudfront")
    assert cloudfront.get_distribution_config(Id=before["Id"])["DistributionConfig"]["Comment"] == "second"
    control = cloudfront.get_origin_access_control(Id=before["Access"])["OriginAccessControl"]
    assert control["OriginAccessControlConfig"]["Description"] == "second"


def test_nothing_is_left_of_a_deleted_stack(stacks: Any) -> None:
    stacks.delete_stack(StackName="one")
    cloudfront = boto3.client("cloudfront")
    assert not cloudfront.list_distributions()["DistributionList"].get("Items")
    assert not cloudfront.list_origin_access_controls()["OriginAccessControlList"].get("Items")


@pytest.mark.parametrize("policy", ["", "a" * (web_types.MAX_HEADER + 1)])
def test_a_header_that_cloudfront_refuses_is_refused(stacks: Any, policy: str) -> None:
    with pytest.raises(ValueError, match="a header of"):
        stacks.create_stack(StackName="two", TemplateBody=template(policy=policy))
