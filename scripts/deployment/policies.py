"""Fill the templates of the functions' policies, which are in .chalice/policies, with the names of a stage.

`python -m scripts.deployment.policies --stage dev --region eu-west-1 --account 123456789012` prints the policy that
the deployer needs; with `--role deployer-people`, the rest of it, which would not fit into one; with `--role
deployer-vpc` and `--role deployer-web`, what it needs besides for a stage with a VPC and with a published page; with
`--role operator`, the one that a person needs who follows docs/runbook.md; with `--role owner`, the one for
scripts/owner.py.
"""

import argparse
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from chalicelib.settings import Settings
from scripts.project import PROJECT
from scripts.terminal import interrupt

TEMPLATES = PROJECT / ".chalice" / "policies"
#: The templates of the policies for people.
ROLES = {
    name: PROJECT / "docs" / f"{name}-policy.json"
    for name in ("deployer", "deployer-people", "deployer-vpc", "deployer-web", "operator", "owner")
}
#: Chalice names the function of all routes `<app>-<stage>`, without a suffix.
API = "api_handler"
_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")

Policy = dict[str, Any]


class PolicyError(Exception):
    """Raised for a template with an unknown placeholder, or with one that is empty in the stage."""


@dataclass(frozen=True)
class Names:
    """The values of the placeholders for one stage. They are names only; the templates build the ARNs."""

    partition: str
    region: str
    account: str
    stage: str
    images_bucket: str
    landing_bucket: str
    sanitized_bucket: str
    dog_bucket: str
    images_table: str
    dogs_table: str
    alarms_topic: str
    images_topic: str
    dead_letters: str
    state_machine: str

    @classmethod
    def of(cls, settings: Settings, region: str, account: str) -> "Names":
        """Return the names of a stage in a region and account."""
        return cls(
            partition=partition_of(region),
            region=region,
            account=account,
            stage=settings.stage,
            images_bucket=settings.images_bucket,
            landing_bucket=settings.landing_bucket,
            sanitized_bucket=settings.destination_bucket,
            dog_bucket=settings.dog_bucket,
            images_table=settings.images_table,
            dogs_table=settings.dogs_table,
            alarms_topic=settings.alarms_topic.rsplit(":", 1)[-1],
            images_topic=settings.images_topic.rsplit(":", 1)[-1],
            dead_letters=f"darkroom-{settings.stage}-dead-letters",
            state_machine=settings.dog_pipeline.rsplit(":", 1)[-1],
        )


def render(function: str, names: Names) -> Policy:
    """Return the policy of a function, which has the name `function` in .chalice/config.json.

    The placeholder `${function}` becomes its name on AWS.
    Raises PolicyError for a function without a template, for an unknown placeholder, and for an empty one.
    """
    path = TEMPLATES / f"{function}.json"
    if not path.is_file():
        raise PolicyError(f"the function {function!r} has no policy: .chalice/policies/{path.name} is missing.")
    values = asdict(names) | {"function": lambda_name(function, names.stage)}
    return fill(json.loads(path.read_text()), values, path.name)


def lambda_name(function: str, stage: str) -> str:
    """Return the name that Chalice gives a function on AWS."""
    return f"darkroom-{stage}" if function == API else f"darkroom-{stage}-{function}"


def fill(template: Policy, values: Mapping[str, str], name: str) -> Policy:
    """Replace the placeholders in every string of a template. Raises PolicyError with the placeholder and `name`."""

    def value(match: re.Match[str]) -> str:
        filled = values.get(match[1])
        if not filled:
            fault = "is empty in this stage" if match[1] in values else "is unknown"
            raise PolicyError(f"{name}: the placeholder {match[0]} {fault}.")
        return filled

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: walk(inner) for key, inner in node.items()}
        if isinstance(node, list):
            return [walk(inner) for inner in node]
        return _PLACEHOLDER.sub(value, node) if isinstance(node, str) else node

    filled: Policy = walk(template)
    return filled


def partition_of(region: str) -> str:
    """Return the AWS partition of a region."""
    isolated = {"us-iso-": "aws-iso", "us-isob-": "aws-iso-b", "eu-isoe-": "aws-iso-e", "us-isof-": "aws-iso-f"}
    prefixes = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "eusc-": "aws-eusc"} | isolated
    return next((name for prefix, name in prefixes.items() if region.startswith(prefix)), "aws")


def render_role(role: str, stage: str, region: str, account: str) -> Policy:
    """Return the policy of a role in ROLES for a stage. Raises PolicyError as render() does."""
    values = {"partition": partition_of(region), "region": region, "account": account, "stage": stage}
    return fill(json.loads(ROLES[role].read_text()), values, ROLES[role].name)


def main() -> None:
    """Print the policy that a person needs who deploys a stage, or who runs it."""
    parser = argparse.ArgumentParser(prog="python -m scripts.deployment.policies", description=__doc__)
    for name in ("stage", "region", "account"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--role", choices=ROLES, default="deployer")
    options = parser.parse_args()
    print(json.dumps(render_role(options.role, options.stage, options.region, options.account), indent=2))


if __name__ == "__main__":
    interrupt.run(main)
