"""Write the names of a deployed stage into .chalice/config.json, for plain `chalice deploy`: make config STAGE=dev

`make deploy` keeps the names in .chalice/recorded/, which git ignores, and hands Chalice both files as one. Chalice's
own command reads only .chalice/config.json, which git tracks: undo the change with `git checkout .chalice/config.json`.
"""

import sys
from pathlib import Path

if not __package__:  # Started as a file: Python then searches the folder scripts, not the project's root.
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    __import__("scripts")  # Its import handles a Ctrl-C while the rest is imported.

import argparse

from scripts.deployment import resources, stacks, stage_file
from scripts.deployment.target import DeployError, Target
from scripts.deployment.vpc import choice
from scripts.deployment.vpc import stack as vpc_stack
from scripts.terminal import interrupt


def main() -> int:
    """Run the command line; return 1, with one message on stderr, if the stage has no stack."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stage", default="dev", help="dev, staging or prod")
    options = parser.parse_args()
    try:
        write(Target(options.stage))
    except DeployError as error:
        print(f"darkroom: {error}", file=sys.stderr)
        return 1
    print(f"Next: `chalice deploy --stage {options.stage}`. Undo: `git checkout .chalice/config.json`.")
    return 0


def write(target: Target) -> None:
    """Record the names of the stage's stack, and write them into the file. Raises DeployError without a stack."""
    outputs = stacks.outputs_of(target, target.name)
    if not outputs:
        raise DeployError(
            f"{target.name} has no stack in this account and region. "
            f"Run `python -m scripts.deployment.resources --stage {target.stage}`, or `make deploy`, first."
        )
    if choice.read(target).is_new and not vpc_stack.own_network(target).subnets:
        raise DeployError(f"VPC=new is set, and there is no VPC yet. Run `make deploy STAGE={target.stage}` first.")
    resources.record(target, outputs)
    target.log(f"wrote {stage_file.write_config(target)}")


if __name__ == "__main__":
    interrupt.run(main)
