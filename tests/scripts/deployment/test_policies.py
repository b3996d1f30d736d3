"""Filling the policy templates with the names of a stage, and the errors of a template that does not fit."""

import json
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import pytest

from chalicelib.settings import Settings
from scripts.deployment import policies
from scripts.deployment.policies import Names, PolicyError
from tests.conftest import ROOT

FUNCTIONS = json.loads((ROOT / ".chalice" / "config.json").read_text())["lambda_functions"]


@pytest.fixture
def names(settings: Settings) -> Names:
    return Names.of(settings, "eu-west-1", "210987654321")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_policy_has_no_placeholder_and_one_account_and_region(names: Names, function: str) -> None:
    text = json.dumps(policies.render(function, names))

    assert "${" not in text
    assert all(arn.split(":")[4] in ("", "210987654321") for arn in arns(json.loads(text)))
    assert all(arn.split(":")[3] in ("", "eu-west-1") for arn in arns(json.loads(text)))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_only_the_trace_statement_has_a_star_as_resource(names: Names, function: str) -> None:
    starred = [each["Sid"] for each in policies.render(function, names)["Statement"] if "*" in each["Resource"]]

    assert starred == ["Trace"]


def test_every_template_belongs_to_a_function() -> None:
    assert {path.stem for path in policies.TEMPLATES.glob("*.json")} == set(FUNCTIONS)


def test_the_function_of_the_routes_has_no_suffix() -> None:
    assert policies.lambda_name("api_handler", "dev") == "darkroom-dev"
    assert policies.lambda_name("cleanup", "dev") == "darkroom-dev-cleanup"


def test_every_name_is_used_by_a_template() -> None:
    text = "".join(path.read_text() for path in policies.TEMPLATES.glob("*.json"))
    unused = {field.name for field in fields(Names) if f"${{{field.name}}}" not in text}

    assert unused == set()


def test_an_unknown_placeholder_is_an_error() -> None:
    with pytest.raises(PolicyError, match=r"x\.json: the placeholder \$\{colour\} is unknown"):
        policies.fill({"Resource": ["${colour}"]}, {}, "x.json")


def test_an_empty_name_is_an_error(names: Names) -> None:
    with pytest.raises(PolicyError, match=r"images_bucket\} is empty"):
        policies.render("api_handler", replace(names, images_bucket=""))


def test_a_function_without_a_template_is_an_error(names: Names) -> None:
    with pytest.raises(PolicyError, match="'unknown'"):
        policies.render("unknown", names)


@pytest.mark.parametrize(("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")])
def test_arns_have_the_partition_of_the_region(settings: Settings, region: str, partition: str) -> None:
    policy = policies.render("cleanup", Names.of(settings, region, "210987654321"))

    assert {arn.split(":")[1] for arn in arns(policy)} == {partition}


def arns(policy: dict[str, Any]) -> Iterator[str]:
    """Return the ARNs in a policy."""
    return (arn for each in policy["Statement"] for arn in each["Resource"] if arn != "*")
