"""Conditions of a template that an update of its stack changes. moto evaluates them only when it creates the stack.

CloudFormation deletes a resource whose condition does not hold any more, creates one whose condition holds now, and
updates one whose properties depend on a condition that has changed:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/conditions-section-structure.html
"""

from collections.abc import Iterator
from typing import Any

from moto.cloudformation.parsing import ResourceMap

_update, _diff = ResourceMap.update, ResourceMap.build_resource_diff


def install() -> None:
    """Make moto's updates follow the conditions. A second call changes nothing."""
    ResourceMap.update = _update_with_conditions
    ResourceMap.build_resource_diff = _diff_with_conditions


def _update_with_conditions(resources: Any, template: Any, parameters: Any = None) -> None:
    existing, before = dict(resources._parsed_resources), dict(resources._resource_json_map)
    _update(resources, template, parameters)
    for name, document in template["Resources"].items():
        if "Condition" not in document:
            continue
        # moto keeps None for a resource that it did not create, because its condition does not hold.
        if resources._parsed_resources.get(name) is None:
            resources._parsed_resources.pop(name, None)
        if not resources.lazy_condition_map[document["Condition"]]:
            resources._parsed_resources.pop(name, None)
            if existing.get(name) is not None:
                resources._delete_resource(existing[name], before[name])
        elif name not in resources._parsed_resources:
            # Reading it creates it.
            _ = resources[name]


def _diff_with_conditions(resources: Any, template: Any, parameters: Any = None) -> Any:
    """Return what an update changes: also where only a condition changes, and nothing that does not exist."""
    found, given = _diff(resources, template, parameters), parameters or {}
    changed = {name for name, value in given.items() if resources.input_parameters.get(name) != value}
    tests = template.get("Conditions", {})
    for name, document in template["Resources"].items():
        depends = {each for condition in _named(document, "Fn::If") for each in _parameters(tests[condition], tests)}
        if name in resources._resource_json_map and depends & changed and name not in found["Modify"]:
            found["Modify"].append(name)
    found["Modify"] = [name for name in found["Modify"] if resources._parsed_resources.get(name) is not None]
    return found


def _parameters(test: Any, tests: Any) -> set[str]:
    """Return the parameters that a condition depends on, also through other conditions."""
    nested = [_parameters(tests[name], tests) for name in _named(test, "Condition")]
    return set(_named(test, "Ref")).union(*nested)


def _named(node: Any, function: str) -> Iterator[str]:
    """Yield the names that a function has in a part of a template. Fn::If has its condition as the first of a list."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        if key == function:
            yield value[0] if isinstance(value, list) else value
        yield from _named(value, function)
