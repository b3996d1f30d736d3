"""Run Chalice's deployer in a process of its own, because app.py reads the stage's environment at import.

It differs from `chalice deploy` and `chalice delete` in four ways:
- It reads what a deployment recorded besides .chalice/config.json.
- If it fails, it still records what it created. The next run continues with that and creates no second API.
- It ignores a resource that it should delete and that does not exist.
- A disabled rule stays disabled.
"""

import argparse
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from chalice.awsclient import ResourceDoesNotExistError
from chalice.utils import UI

from scripts.deployment import deployed_state, rules, stage_file
from scripts.deployment.target import DeployError, Target
from scripts.project import PROJECT, Factory
from scripts.terminal import interrupt

#: Prefixes of the Chalice client's methods that delete something.
_DELETE_PREFIXES = ("delete_", "remove_", "disconnect_")
#: Error codes of AWS for a resource that does not exist.
_NOT_FOUND = ("ResourceNotFoundException", "NotFoundException", "NoSuchEntity", "NoSuchBucket")


def run(target: Target, action: str) -> None:
    """Run Chalice's `deploy` or `delete` for the stage. Raises DeployError with the end of its output."""
    if action == "delete":
        _run(target, action)
        return
    with rules.keep_disabled(target):
        _run(target, action)


def _run(target: Target, action: str) -> None:
    # -B, because Chalice hashes and packs every file in chalicelib, bytecode too.
    command = [sys.executable, "-B", "-m", "scripts.deployment.chalice_run", action]
    command += ["--stage", target.stage, "--project", str(target.project)]
    command += ["--architecture", stage_file.architecture(target)]
    status, lines = _run_and_log(command, target.log)
    if status:
        output = " ".join(line for line in lines[-8:] if line)
        raise DeployError(
            f"Chalice could not {action} stage {target.stage}: {output}. "
            "What to do: remove the cause and run the same command again; it continues from here."
        )


def _run_and_log(command: list[str], log: Callable[[str], None]) -> tuple[int, list[str]]:
    """Run a command to its end and log its output; return its status and its lines.

    The terminal's Ctrl-C does not reach it, because it runs in a session of its own. If this process is told to stop,
    it tells the command once, and waits until the command has recorded what it created.
    """
    lines: list[str] = []
    with subprocess.Popen(
        command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    ) as process:
        try:
            for line in process.stdout or ():
                lines.append(line.strip())
                log(f"  {lines[-1]}")
        except BaseException:
            process.terminate()
            process.wait()
            raise
    return process.returncode, lines


def deploy(project: Path, stage: str, architecture: str) -> None:
    """Deploy as `chalice deploy` does. If it fails, record what it created."""
    factory = Factory(project, stage)
    params = {"lambda_architecture": architecture}
    config = factory.create_config_obj(chalice_stage_name=stage, user_provided_params=params)
    deployer = factory.create_default_deployer(session=factory.create_botocore_session(), config=config, ui=UI())
    _ignore_missing_resources(deployer._executor)
    try:
        deployer.deploy(config, chalice_stage_name=stage)
    except BaseException:
        deployed_state.add(Target(stage, project), deployer._executor.resource_values)
        raise


def delete(project: Path, stage: str) -> None:
    """Delete as `chalice delete` does, and ignore resources that do not exist."""
    factory = Factory(project, stage)
    config = factory.create_config_obj(chalice_stage_name=stage)
    deployer = factory.create_deletion_deployer(session=factory.create_botocore_session(), ui=UI())
    _ignore_missing_resources(deployer._executor)
    deployer.deploy(config, chalice_stage_name=stage)


def _ignore_missing_resources(executor: Any) -> None:
    # Chalice stops at the first missing resource, so after a run that died half-way no later run could finish.
    call = executor._do_apicall

    def call_or_ignore(instruction: Any) -> None:
        try:
            call(instruction)
        except (ResourceDoesNotExistError, ClientError) as error:
            if not (instruction.method_name.startswith(_DELETE_PREFIXES) and _is_not_found(error)):
                raise

    executor._do_apicall = call_or_ignore


def _is_not_found(error: ResourceDoesNotExistError | ClientError) -> bool:
    return not isinstance(error, ClientError) or error.response.get("Error", {}).get("Code") in _NOT_FOUND


def main() -> int:
    """Run the command line; Chalice's output goes to stdout and stderr."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=("deploy", "delete"))
    parser.add_argument("--stage", required=True)
    parser.add_argument("--architecture", default="arm64", help="processor architecture of the zip")
    parser.add_argument("--project", type=Path, default=PROJECT)
    options = parser.parse_args()
    try:
        if options.action == "deploy":
            deploy(options.project, options.stage, options.architecture)
        else:
            delete(options.project, options.stage)
    except Exception as error:  # noqa: BLE001 -- Chalice raises many types; a person needs the message, not the traceback
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    interrupt.run(main)
