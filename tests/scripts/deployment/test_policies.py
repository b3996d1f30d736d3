"""Templates become policies of a stage, or an error that names what does not fit."""

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
def test_a_policy_names_its_stage_and_leaves_no_placeholder(names: Names, function: str) -> None:
    text = json.dumps(policies.render(function, names))

    assert "${" not in text
    assert all(arn.split(":")[4] in ("", "210987654321") for arn in arns(json.loads(text)))
    assert all(arn.split(":")[3] in ("", "eu-west-1") for arn in arns(json.loads(text)))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_star_stands_alone_for_traces_only(names: Names, function: str) -> None:
    starred = [each["Sid"] for each in policies.render(function, names)["Statement"] if "*" in each["Resource"]]

    assert starred == ["Trace"]


def test_every_template_is_a_functions() -> None:
    assert {path.stem for path in policies.TEMPLATES.glob("*.json")} == set(FUNCTIONS)


def test_the_function_of_the_routes_has_the_stages_name() -> None:
    assert policies.lambda_name("api_handler", "dev") == "darkroom-dev"
    assert policies.lambda_name("cleanup", "dev") == "darkroom-dev-cleanup"


def test_every_name_is_used_by_some_template() -> None:
    text = "".join(path.read_text() for path in policies.TEMPLATES.glob("*.json"))
    unused = {field.name for field in fields(Names) if f"${{{field.name}}}" not in text}

    # The function's own name holds the stage.
    assert unused == {"stage"}


def test_an_unknown_placeholder_is_refused() -> None:
    with pytest.raises(PolicyError, match=r"x\.json: the placeholder \$\{colour\} is not one"):
        policies.fill({"Resource": ["${colour}"]}, {}, "x.json")


def test_a_name_that_the_stage_leaves_empty_is_refused(names: Names) -> None:
    with pytest.raises(PolicyError, match=r"images_bucket\} is empty"):
        policies.render("api_handler", replace(names, images_bucket=""))


def test_a_function_without_a_template_is_refused(names: Names) -> None:
    with pytest.raises(PolicyError, match="'stranger'"):
        policies.render("stranger", names)


@pytest.mark.parametrize(("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")])
def test_other_partitions_have_arns_of_their_own(settings: Settings, region: str, partition: str) -> None:
    policy = policies.render("cleanup", Names.of(settings, region, "210987654321"))

    assert {arn.split(":")[1] for arn in arns(policy)} == {partition}


def arns(policy: dict[str, Any]) -> Iterator[str]:
    """List the ARNs of a policy."""
    return (arn for each in policy["Statement"] for arn in each["Resource"] if arn != "*")
