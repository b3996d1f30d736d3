"""Read a CloudFormation template in tests, with its short forms as objects, and resolve its Subs."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parents[3] / "scripts" / "deployment"


class Loader(yaml.SafeLoader):  # type: ignore[misc]  # PyYAML is imported untyped
    """Loads `!Ref x` as {"Ref": "x"} and `!Sub x` as {"Fn::Sub": "x"}."""


def _intrinsic(loader: yaml.Loader, tag: str, node: yaml.Node) -> dict[str, Any]:
    read: Any = {
        yaml.ScalarNode: loader.construct_scalar,
        yaml.SequenceNode: lambda each: loader.construct_sequence(each, deep=True),
        yaml.MappingNode: lambda each: loader.construct_mapping(each, deep=True),
    }[type(node)]
    return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": read(node)}


Loader.add_multi_constructor("!", _intrinsic)


@cache
def read(name: str) -> dict[str, Any]:
    """Return the template with this file name."""
    document: dict[str, Any] = yaml.load((FOLDER / name).read_text(), Loader)  # noqa: S506 -- a SafeLoader
    return document


def of_type(name: str, kind: str) -> dict[str, dict[str, Any]]:
    """Return the properties of all resources of a type, by their logical name."""
    resources = read(name)["Resources"].items()
    return {logical: each.get("Properties", {}) for logical, each in resources if each["Type"] == kind}


def resources(name: str, kind: str, monitoring: str) -> list[dict[str, Any]]:
    """Return the properties of the resources of a type that a stage with this MONITORING and no uploaders has."""
    found = [each for each in read(name)["Resources"].values() if each["Type"] == kind]
    # The cost of uploaders is a part of its own.
    left_out = {"HasUploaders"} if monitoring == "full" else {"HasUploaders", "IsFull"}
    return [each["Properties"] for each in found if each.get("Condition") not in left_out]


def resolve(value: Any, **parameters: str) -> str:
    """Return the text of a Sub or a plain string, with the given parameters."""
    if isinstance(value, dict) and "Fn::If" in value:
        # What the stage has that has everything.
        value = value["Fn::If"][1]
    text: str = value["Fn::Sub"] if isinstance(value, dict) else value
    return re.sub(r"\$\{(\w+)\}", lambda found: parameters.get(found[1], found[0]), text)
