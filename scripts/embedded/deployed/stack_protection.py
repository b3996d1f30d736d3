"""CloudFormation's termination protection. moto stores it for a new stack and never checks it."""

from typing import Any

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult

_delete_stack = CloudFormationResponse.delete_stack


def install() -> None:
    """Add UpdateTerminationProtection to moto, and make DeleteStack refuse a protected stack."""
    CloudFormationResponse.update_termination_protection = _update_protection
    CloudFormationResponse.delete_stack = _delete_unprotected


def _update_protection(response: Any) -> ActionResult:
    stack = response.cloudformation_backend.get_stack(response._get_param("StackName"))
    stack.enable_termination_protection = response._get_bool_param("EnableTerminationProtection")
    return ActionResult({"StackId": stack.stack_id})


def _delete_unprotected(response: Any) -> Any:
    name = response._get_param("StackName")
    stacks = response.cloudformation_backend.stacks.values()
    if any(name in (stack.name, stack.stack_id) and stack.enable_termination_protection for stack in stacks):
        raise ValidationError(name, f"Stack [{name}] cannot be deleted while TerminationProtection is enabled")
    return _delete_stack(response)
