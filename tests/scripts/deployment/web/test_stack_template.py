"""The template web.yaml: a bucket as the stage's others, and CloudFront with the headers of the app."""

from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from chalice.test import Client

from chalicelib import page_content
from chalicelib.settings import Auth, Settings
from scripts.deployment import policies
from scripts.embedded.deployed.web_types import MAX_HEADER
from tests.scripts.deployment import template

NAME = "web.yaml"
[BUCKET] = template.of_type(NAME, "AWS::S3::Bucket").values()
[OTHER] = [
    each for key, each in template.of_type("resources.yaml", "AWS::S3::Bucket").items() if key == "SanitizedBucket"
]
[CONFIG] = [each["DistributionConfig"] for each in template.of_type(NAME, "AWS::CloudFront::Distribution").values()]
[HEADERS] = template.of_type(NAME, "AWS::CloudFront::ResponseHeadersPolicy").values()
IF_CLOUDFRONT: dict[str, Any] = {"Fn::If": ["IsCloudFront", True, False]}


def test_the_bucket_is_as_the_others_of_the_stage_and_open_only_as_a_website() -> None:
    same = ("BucketEncryption", "OwnershipControls", "VersioningConfiguration", "LifecycleConfiguration", "Tags")
    assert {name: BUCKET[name] for name in same} == {name: OTHER[name] for name in same}
    assert template.resolve(BUCKET["BucketName"], Stage="dev") == "darkroom-dev-web-${AWS::AccountId}"
    blocks = {"BlockPublicPolicy": IF_CLOUDFRONT, "RestrictPublicBuckets": IF_CLOUDFRONT}
    assert BUCKET["PublicAccessBlockConfiguration"] == {"BlockPublicAcls": True, "IgnorePublicAcls": True, **blocks}


def test_who_reads_the_bucket_may_only_get_objects() -> None:
    [policy] = template.of_type(NAME, "AWS::S3::BucketPolicy").values()
    _, cloudfront, public = policy["PolicyDocument"]["Statement"]["Fn::If"]
    allowed = [each for each in [*cloudfront, *public] if each["Effect"] == "Allow"]
    assert [each["Principal"] for each in allowed] == [{"Service": "cloudfront.amazonaws.com"}, "*"]
    assert {each["Action"] for each in allowed} == {"s3:GetObject"}
    assert all(each["Resource"] == {"Fn::Sub": "${WebBucket.Arn}/*"} for each in allowed)
    assert [each["Sid"] for each in cloudfront if each["Effect"] == "Deny"] == ["TlsOnly"]


def test_cloudfront_sends_the_headers_that_the_app_sends(client: Client) -> None:
    sent = client.http.get("/").headers
    security = HEADERS["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    assert all(each.pop("Override") is True for each in [dict(each) for each in security.values()])
    assert security["FrameOptions"]["FrameOption"] == sent["X-Frame-Options"]
    assert security["ReferrerPolicy"]["ReferrerPolicy"] == sent["Referrer-Policy"]
    assert sent["X-Content-Type-Options"] == "nosniff"
    assert set(security["ContentTypeOptions"]) == {"Override"}
    policy = security["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    assert policy == {"Fn::If": ["HasPolicy", {"Ref": "Policy"}, "default-src 'none'"]}
    assert security["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 31536000


def test_the_longest_policy_is_not_too_long_for_a_header(settings: Settings) -> None:
    region, stage = "ap-southeast-1", "s" * 16
    longest = replace(
        settings,
        images_bucket=f"darkroom-{stage}-images-123456789012",
        landing_bucket=f"darkroom-{stage}-landing-123456789012",
        destination_bucket=f"darkroom-{stage}-sanitized-123456789012",
        images_topic=f"arn:aws:sns:{region}:123456789012:images",
        endpoint_url=None,
        auth=Auth.COGNITO,
        login_url=f"https://darkroom-{stage}-01234567.auth.{region}.amazoncognito.com",
    )
    api = f"https://a1b2c3d4e5.execute-api.{region}.amazonaws.com/api/"
    policy = page_content.content_security_policy(longest, api, "https://d111111abcdef8.cloudfront.net/")
    assert longest.login_url in policy
    assert len(policy) < MAX_HEADER


def test_people_get_and_head_by_tls_and_nothing_else() -> None:
    behavior = CONFIG["DefaultCacheBehavior"]
    assert behavior["AllowedMethods"] == behavior["CachedMethods"] == ["GET", "HEAD"]
    assert (behavior["ViewerProtocolPolicy"], behavior["Compress"]) == ("redirect-to-https", True)
    assert CONFIG["DefaultRootObject"] == "index.html"
    assert CONFIG["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    [origin] = CONFIG["Origins"]
    assert origin["OriginAccessControlId"] == {"Fn::GetAtt": "OriginAccess.Id"}
    [access] = template.of_type(NAME, "AWS::CloudFront::OriginAccessControl").values()
    signing = access["OriginAccessControlConfig"]
    assert (signing["SigningBehavior"], signing["SigningProtocol"]) == ("always", "sigv4")


def test_nothing_of_cloudfront_is_made_without_it() -> None:
    kinds = {each["Type"]: each.get("Condition") for each in template.read(NAME)["Resources"].values()}
    assert {kind for kind, condition in kinds.items() if condition == "IsCloudFront"} == {
        kind for kind in kinds if "CloudFront" in kind
    }


def test_no_function_has_a_right_on_the_bucket(settings: Settings) -> None:
    names = policies.Names.of(settings, "us-east-1", "123456789012")
    functions = [path.stem for path in policies.TEMPLATES.glob("*.json")]
    granted = {arn for name in functions for arn in resources_of(policies.render(name, names))}
    assert "cleanup" in functions
    bucket = f"arn:aws:s3:::darkroom-{settings.stage}-web-123456789012"
    assert not {arn for arn in granted if arn != "*" and (fnmatchcase(bucket, arn) or fnmatchcase(f"{bucket}/a", arn))}
    assert {arn.split(":")[2] for arn in granted if arn != "*"} >= {"s3", "dynamodb"}


def resources_of(policy: policies.Policy) -> list[str]:
    """Return every resource that a policy names."""
    listed = [each["Resource"] for each in policy["Statement"]]
    return [arn for each in listed for arn in (each if isinstance(each, list) else [each])]
