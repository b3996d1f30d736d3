"""What each entry point imports: it must pay only for what it uses."""

import ast
import json
import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

#: What is slow to import, by the first part of a module's name.
SLOW = ("PIL", "pi_heif", "boto3", "botocore.session", "http.client", "ssl", "chalicelib.imaging.metadata")
#: What each flow may import of it. Clients and decoders are imported at their first use.
ALLOWED: dict[str, set[str]] = {
    "cleanup": set(),
    "dog_ingestion": set(),
    "dog_stats": set(),
    "dogs": set(),
    "images": set(),
    "reconcile": set(),
    "resize": {"PIL"},
    "sanitize": {"PIL", "chalicelib.imaging.metadata"},
    "upload": {"PIL"},
    "uploaders": set(),
}
SCRIPT = """
import json, sys
import app
for name in sys.argv[1:]:
    getattr(app.flows, name)
print(json.dumps(sorted(sys.modules)))
"""


def flows_by_handler() -> dict[str, set[str]]:
    """Return the flows that each function of app.py names."""
    functions = [
        each for each in ast.walk(ast.parse((ROOT / "app.py").read_text())) if isinstance(each, ast.FunctionDef)
    ]
    return {each.name: {name for node in ast.walk(each) if (name := _flow(node))} for each in functions}


def _flow(node: ast.AST) -> str:
    is_flow = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "flows"
    return node.attr if is_flow and isinstance(node, ast.Attribute) else ""


def slow_modules(*flows: str) -> set[str]:
    """Import app.py and some flows in a new process, and return what is slow of what it has imported."""
    command = [sys.executable, "-c", SCRIPT, *flows]
    ended = subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=True)
    loaded = json.loads(ended.stdout)
    return {slow for slow in SLOW if any(name == slow or name.startswith(f"{slow}.") for name in loaded)}


def test_the_import_of_the_app_loads_nothing_slow() -> None:
    assert slow_modules() == set()


def test_the_page_is_served_without_anything_slow() -> None:
    show = "from chalice.test import Client; Client(app.app, stage_name='test').http.get"
    code = f"import json, sys, app; {show}('/'); {show}('/web/config.json'); print(json.dumps(sorted(sys.modules)))"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=dict(os.environ), capture_output=True, text=True)
    loaded = json.loads(ended.stdout.splitlines()[-1])
    # Chalice's test client itself imports botocore and an HTTP client.
    assert not [name for name in loaded if name.startswith(("PIL", "pi_heif", "chalicelib.imaging.metadata", "boto3"))]


@pytest.mark.parametrize("flow", sorted(ALLOWED))
def test_a_flow_imports_only_what_it_uses(flow: str) -> None:
    assert slow_modules(flow) == ALLOWED[flow]


@pytest.mark.parametrize(
    "handler", ["show_image", "list_images", "delete_image", "clean_up", "reconcile_records", "dog_fetch", "alert_png"]
)
def test_a_handler_that_decodes_no_photo_names_only_light_flows(handler: str) -> None:
    flows = flows_by_handler()[handler]

    assert flows
    assert not [flow for flow in flows if ALLOWED[flow]]


def test_every_flow_of_the_app_is_listed() -> None:
    assert set.union(*flows_by_handler().values()) == set(ALLOWED)
