"""Conditions of a template that an update of its stack changes. moto evaluates them only when it creates the stack.

CloudFormation deletes a resource whose condition does not hold any more, and creates one whose condition holds now:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/conditions-section-structure.html
"""

from typing import Any

from moto.cloudformation.parsing import ResourceMap

_update = ResourceMap.update


def install() -> None:
    """Make moto's updates follow the conditions. A second call changes nothing."""
    ResourceMap.update = _update_with_conditions


def _update_with_conditions(resources: Any, template: Any, parameters: Any = None) -> None:
    existing, before = dict(resources._parsed_resources), dict(resources._resource_json_map)
    _update(resources, template, parameters)
    for name, document in template["Resources"].items():
        if "Condition" not in document:
            continue
        # moto keeps None for a resource that it could not update, because its condition does not hold.
        if resources._parsed_resources.get(name) is None:
            resources._parsed_resources.pop(name, None)
        if not resources.lazy_condition_map[document["Condition"]]:
            resources._parsed_resources.pop(name, None)
            if existing.get(name) is not None:
                resources._delete_resource(existing[name], before[name])
        elif name not in resources._parsed_resources:
            # Reading it creates it.
            _ = resources[name]
