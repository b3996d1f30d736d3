"""Find options of Chalice in .chalice/config.json that a deployment sets itself, because they need more than Chalice.

A network needs permissions in every policy, and a reservation needs a limit of the account.
"""

import json
from collections.abc import Iterator
from typing import Any

from scripts.deployment.target import Target
from scripts.project import RECORDED_OPTIONS, recorded_file, tracked_config

Options = dict[str, Any]


def findings(target: Target) -> Iterator[str]:
    """Report each option that a person set. `make config` writes them too; those are what the deployment recorded."""
    path, config = recorded_file(target.project, target.stage), tracked_config(target.project)
    recorded: Options = json.loads(path.read_text()) if path.exists() else {}
    places = [*_places("", config, {}), *_places(f"stage {target.stage}", config["stages"][target.stage], recorded)]
    for place, chosen, known in places:
        for option in [each for each in RECORDED_OPTIONS if each in chosen and chosen[each] != known.get(each)]:
            yield (
                f"{place} in .chalice/config.json has {option}, which a deployment sets. Remove it, and set "
                f"{_SETTINGS[option]} in the environment_variables of the stage."
            )


_SETTINGS = {
    "subnet_ids": "VPC=new or VPC_SUBNETS",
    "security_group_ids": "VPC=new or VPC_SECURITY_GROUPS",
    "reserved_concurrency": "RESERVED_CONCURRENCY",
}


def _places(name: str, chosen: Options, known: Options) -> Iterator[tuple[str, Options, Options]]:
    """Yield a part of the configuration and each of its functions: a name, its options, and what is recorded."""
    yield f"the {name}" if name else "the project", chosen, known
    functions = known.get("lambda_functions", {})
    for function, options in chosen.get("lambda_functions", {}).items():
        yield f"the function {function}{name and f' of the {name}'}", options, functions.get(function, {})
