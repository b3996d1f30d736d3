"""CloudFormation's termination protection, which moto takes with a new stack and never looks at."""

from typing import Any

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult

_delete_stack = CloudFormationResponse.delete_stack


def teach() -> None:
    """Give moto the call that switches it, and let it refuse to delete what is protected."""
    CloudFormationResponse.update_termination_protection = _switch
    CloudFormationResponse.delete_stack = _delete


def _switch(response: Any) -> ActionResult:
    stack = response.cloudformation_backend.get_stack(response._get_param("StackName"))
    stack.enable_termination_protection = response._get_bool_param("EnableTerminationProtection")
    return ActionResult({"StackId": stack.stack_id})


def _delete(response: Any) -> Any:
    name = response._get_param("StackName")
    stacks = response.cloudformation_backend.stacks.values()
    if any(name in (stack.name, stack.stack_id) and stack.enable_termination_protection for stack in stacks):
        raise ValidationError(name, f"Stack [{name}] cannot be deleted while TerminationProtection is enabled")
    return _delete_stack(response)
