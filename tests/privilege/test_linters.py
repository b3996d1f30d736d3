"""parliament and policy_sentry, which know AWS's lists of actions, find nothing wrong with any policy."""

import importlib
import json
import re
import warnings
from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

import pytest
from boto3 import Session

from chalicelib.settings import Settings
from scripts.deployment import pipeline, policies, reviewer_policy
from scripts.deployment.policies import Names, Policy
from tests.privilege.test_workflow_role import listed

FUNCTIONS = sorted(path.stem for path in policies.TEMPLATES.glob("*.json"))
MACHINES = {"state machine": "DogUploaderPipeline", "state machine of the ingestion": "IngestDogs"}
KINDS = [*FUNCTIONS, *MACHINES, "reviewer", *policies.ROLES]
#: policy_sentry knows only the paths of HTTP APIs; parliament knows those of REST APIs.
UNKNOWN = {"apigateway"}
#: Actions that the lists would restrict, and that need `*`: CloudFormation and people list alarms without names, and
#: the results of a query have an id of their own and no log group. Of what CloudFront makes, the lists disagree.
WHOLE = {
    *("cloudwatch:DescribeAlarms", "logs:GetQueryResults"),
    *("cloudfront:CreateDistribution", "cloudfront:CreateResponseHeadersPolicy"),
}
#: Actions that are newer than parliament's list. policy_sentry knows them.
NEWER = {"Unknown action cognito-idp:ListUserPoolClientSecrets"}
#: The most characters, without white space, of the inline policies of a role and of one managed policy (IAM quotas).
INLINE, MANAGED = 10_240, 6_144
#: Which policies a person puts on a role as managed ones, and how much of the inline ones stays free for later rights.
IS_MANAGED, FREE = ("deployer-people", "deployer-vpc", "deployer-web"), 1_000
#: The longest names of a stage and of a region of each partition.
LONGEST_STAGE = "s" * 16
LONGEST_REGIONS = {
    partition: max(Session().get_available_regions("lambda", partition), key=len)
    for partition in Session().get_available_partitions()
}


@pytest.fixture(scope="module")
def parliament() -> Any:
    with warnings.catch_warnings():
        # It imports pkg_resources, which warns that it is deprecated.
        warnings.simplefilter("ignore")
        return importlib.import_module("parliament")


@pytest.mark.parametrize("kind", KINDS)
def test_parliament_finds_nothing(parliament: Any, settings: Settings, kind: str) -> None:
    policy = policy_of(kind, settings)
    findings = parliament.analyze_policy_string(json.dumps(policy)).findings

    assert [(each.issue, each.detail) for each in findings if not is_known(each, policy)] == []


def is_known(finding: Any, policy: Policy) -> bool:
    """Return True for a finding that is wrong about AWS."""
    if finding.issue == "RESOURCE_STAR":
        return set(finding.detail) <= WHOLE
    if finding.issue == "UNKNOWN_ACTION":
        return finding.detail in NEWER
    # parliament asks for the form of a map run besides that of a state machine. policy_sentry checks these actions too.
    wanted = finding.detail if finding.issue == "RESOURCE_MISMATCH" else []
    return bool(wanted) and all(
        re.search("states:.*:(mapRun|express):", each["required_format"]) or is_elsewhere(policy, **each)
        for each in wanted
    )


def is_elsewhere(policy: Policy, action: str, required_format: str) -> bool:
    """Return True if another statement has an action of EC2 on the other resource that it needs, such as its VPC."""
    resources = [arn for known, arn in pairs_of(policy) if known == action]
    return action.startswith("ec2:") and any(fnmatchcase(arn, required_format) for arn in resources)


def test_parliament_finds_a_wrong_resource(parliament: Any) -> None:
    statement = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::a-bucket"]}
    policy = {"Version": "2012-10-17", "Statement": [statement]}

    assert parliament.analyze_policy_string(json.dumps(policy)).findings


@pytest.mark.parametrize("kind", KINDS)
def test_every_action_supports_its_resources(settings: Settings, kind: str) -> None:
    pairs = list(pairs_of(policy_of(kind, settings)))

    assert pairs
    assert [pair for pair in pairs if not supports(*pair) and pair[0] not in WHOLE] == []


def test_a_resource_of_another_type_is_found() -> None:
    assert not supports("s3:GetObject", "arn:aws:s3:::a-bucket")
    assert not supports("dynamodb:GetItem", "*")


@pytest.mark.parametrize("region", LONGEST_REGIONS.values())
@pytest.mark.parametrize("role", policies.ROLES)
def test_the_policy_of_a_person_fits_a_role_with_the_longest_names(role: str, region: str) -> None:
    policy = policies.render_role(role, LONGEST_STAGE, region, "123456789012")
    assert characters(policy) <= (MANAGED if role in IS_MANAGED else INLINE - FREE)


@pytest.mark.parametrize("region", LONGEST_REGIONS.values())
def test_the_policy_of_the_reviewers_fits_with_the_longest_names(settings: Settings, region: str) -> None:
    prefix = f"darkroom-{LONGEST_STAGE}"
    buckets = {f"{word}_bucket": f"{prefix}-{word}-123456789012" for word in ("images", "landing", "sanitized")}
    tables = {"images_table": f"{prefix}-Images", "dogs_table": f"{prefix}-DogImageUploads"}
    others = {"dog_bucket": "b" * 63, "state_machine": f"{prefix}-DogUploaderPipeline", "stage": LONGEST_STAGE}
    names = replace(Names.of(settings, region, "123456789012"), **buckets, **tables, **others)
    policy = reviewer_policy.policy(names, "a1b2c3d4e5", FUNCTIONS, with_photos=True)
    assert characters(policy) <= INLINE


def characters(policy: Policy) -> int:
    """Return how long IAM finds a policy: it does not count white space."""
    return len(json.dumps(policy, separators=(",", ":")))


def policy_of(kind: str, settings: Settings) -> Policy:
    """Return the policy of a function, or of one of the other roles."""
    if kind in policies.ROLES:
        return policies.render_role(kind, "staging", "ap-southeast-1", "123456789012")
    if kind in MACHINES:
        [machine] = [each for each in pipeline.machines(settings) if each.policy_name == MACHINES[kind]]
        return machine.policy
    names = Names.of(settings, "us-east-1", "123456789012")
    if kind == "reviewer":
        return reviewer_policy.policy(names, "a1b2c3d4e5", FUNCTIONS, with_photos=True)
    return policies.render(kind, names)


def pairs_of(policy: Policy) -> Iterator[tuple[str, str]]:
    """List every action of a policy with every resource."""
    for each in listed(policy)["Statement"]:
        yield from ((action, arn) for action in each["Action"] for arn in each["Resource"])


def supports(action: str, arn: str) -> bool:
    """Return whether an action supports a resource. `*` is right only if the action supports no other."""
    # Imported late: every test process imports this module, one runs it, and its list of actions loads slowly.
    from policy_sentry.querying.actions import get_action_data

    service, _, name = action.partition(":")
    if service in UNKNOWN:
        return arn != "*"
    known = get_action_data(service, name)
    assert known, f"AWS has no action {action}"
    forms = {each["resource_arn_format"] for each in known[service]} - {"*"}
    return any(re.fullmatch(pattern(form), arn) for form in forms) if forms else arn == "*"


def pattern(form: str) -> str:
    """Return a format of ARNs as a regular expression. policy_sentry's matcher fails on log groups with slashes."""
    flat = form.replace("${BucketName}", "[^:/]+").replace("${TableName}", "[^:/]+").replace("${ObjectName}", ".+")
    # Most actions need ":*" after the name of a log group; those about tags need the name alone.
    flat = re.sub(r"\$\{LogGroupName\}$", r"[^:]*(:\\*)?", flat)
    return re.sub(r"\$\{\w+\}", "[^:]*", flat)
