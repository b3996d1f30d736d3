"""Chalice's own deployer in a process of its own, since app.py reads the stage's environment when it is imported.

It does what `chalice deploy` and `chalice delete` do, and more: what was created before a fault is recorded too, so
that the next run goes on with it and makes no second API; what is gone already is passed over; what is off stays off.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from chalice.awsclient import ResourceDoesNotExistError
from chalice.cli.factory import CLIFactory
from chalice.utils import UI

from scripts.deployment import rules, stage_file
from scripts.deployment.target import DeployError, Target
from scripts.project import PROJECT

#: How the calls begin by which Chalice takes away, and what AWS answers where there is nothing to take.
_TAKING = ("delete_", "remove_", "disconnect_")
_GONE = ("ResourceNotFoundException", "NotFoundException", "NoSuchEntity", "NoSuchBucket")


def run(target: Target, action: str) -> None:
    """Let Chalice `deploy` or `delete` the stage; raises DeployError with its last words."""
    if action == "delete":
        _run(target, action)
        return
    with rules.stay_off(target):
        _run(target, action)


def _run(target: Target, action: str) -> None:
    # -B: bytecode written into chalicelib would be hashed and packed.
    where = ["--stage", target.stage, "--project", str(target.project)]
    chosen = ["--architecture", stage_file.architecture(target)]
    command = [sys.executable, "-B", "-m", "scripts.deployment.chalice_run", action, *where, *chosen]
    lines = []
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        for line in process.stdout or ():
            lines.append(line.strip())
            target.log(f"  {lines[-1]}")
    if process.returncode:
        words = " ".join(line for line in lines[-8:] if line)
        raise DeployError(
            f"Chalice could not {action} stage {target.stage}: {words}. "
            "How to go on: mend that and run the same command again; what was done is recorded."
        )


def deploy(project: Path, stage: str, architecture: str) -> None:
    """Deploy as `chalice deploy` does; whatever happens, what was created is recorded."""
    factory = CLIFactory(str(project), environ=os.environ)
    chosen = {"lambda_architecture": architecture}
    config = factory.create_config_obj(chalice_stage_name=stage, user_provided_params=chosen)
    deployer = factory.create_default_deployer(session=factory.create_botocore_session(), config=config, ui=UI())
    _pass_over_what_is_gone(deployer._executor)
    try:
        deployer.deploy(config, chalice_stage_name=stage)
    except BaseException:
        _record(project, stage, deployer._executor.resource_values)
        raise


def delete(project: Path, stage: str) -> None:
    """Delete as `chalice delete` does; what is gone already is passed over."""
    factory = CLIFactory(str(project), environ=os.environ)
    config = factory.create_config_obj(chalice_stage_name=stage)
    deployer = factory.create_deletion_deployer(session=factory.create_botocore_session(), ui=UI())
    _pass_over_what_is_gone(deployer._executor)
    deployer.deploy(config, chalice_stage_name=stage)


def _pass_over_what_is_gone(executor: Any) -> None:
    # Chalice stops at the first thing that is gone, and it would in every run after one that died half-way.
    call = executor._do_apicall

    def call_or_pass_over(instruction: Any) -> None:
        try:
            call(instruction)
        except (ResourceDoesNotExistError, ClientError) as error:
            if not (instruction.method_name.startswith(_TAKING) and _says_gone(error)):
                raise

    executor._do_apicall = call_or_pass_over


def _says_gone(error: ResourceDoesNotExistError | ClientError) -> bool:
    return not isinstance(error, ClientError) or error.response.get("Error", {}).get("Code") in _GONE


def _record(project: Path, stage: str, created: list[dict[str, Any]]) -> None:
    """Add what was created to what was known before."""
    path = project / ".chalice" / "deployed" / f"{stage}.json"
    known = json.loads(path.read_text())["resources"] if path.exists() else []
    merged = {each["name"]: each for each in [*known, *created]}
    if merged:
        path.parent.mkdir(parents=True, exist_ok=True)
        document = {"resources": list(merged.values()), "schema_version": "2.0", "backend": "api"}
        path.write_text(json.dumps(document, indent=2) + "\n")


def main() -> int:
    """Do what the command line says; Chalice's own words are on stdout and stderr."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=("deploy", "delete"))
    parser.add_argument("--stage", required=True)
    parser.add_argument("--architecture", default="arm64", help="the processor that the zip is for")
    parser.add_argument("--project", type=Path, default=PROJECT)
    options = parser.parse_args()
    try:
        if options.action == "deploy":
            deploy(options.project, options.stage, options.architecture)
        else:
            delete(options.project, options.stage)
    except Exception as error:  # noqa: BLE001 -- Chalice raises many kinds; a person wants its words, not its stack
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
