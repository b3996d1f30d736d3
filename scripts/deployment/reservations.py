"""Read RESERVED_CONCURRENCY, and check that the account has as much: RESERVED_CONCURRENCY=api_handler:50,cleanup:1

AWS keeps 100 for functions without a reservation:
https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
"""

from collections.abc import Iterator, Mapping

from botocore.exceptions import BotoCoreError, ClientError

from scripts.deployment import policies, stage_file
from scripts.deployment.target import DeployError, Target

SETTING = "RESERVED_CONCURRENCY"
#: What an account must leave to functions without a reservation.
UNRESERVED = 100


def read(target: Target) -> dict[str, int]:
    """Return how many invocations at once are reserved, by the function's name in .chalice/config.json.

    Raises DeployError for an unknown function and for anything but a positive number.
    """
    functions, reserved = stage_file.read(target)["lambda_functions"], dict[str, int]()
    for entry in stage_file.environment(target).get(SETTING, "").split(","):
        name, _, number = (part.strip() for part in entry.partition(":"))
        if not entry.strip():
            continue
        if name not in functions:
            raise DeployError(f"{SETTING} names {name!r}. The functions are {', '.join(sorted(functions))}.")
        if name in reserved or not (number.isascii() and number.isdigit() and int(number)):
            raise DeployError(f"{SETTING} has {entry.strip()!r}. Write each function once, as <function>:<number>.")
        reserved[name] = int(number)
    return reserved


def findings(target: Target) -> Iterator[str]:
    """Report a sum that is more than the account can reserve for this stage."""
    reserved = read(target)
    if not reserved or target.is_embedded:
        return  # moto has no such limit, and does not know the call.
    try:
        limit, free = _limits(target)
        free += sum(_current(target))
    except (ClientError, BotoCoreError) as error:
        yield f"AWS does not say how much concurrency the account may reserve for {SETTING} ({error})."
        return
    if sum(reserved.values()) > free:
        yield (
            f"{SETTING} adds up to {sum(reserved.values())}, and the account can reserve {max(free, 0)} for this "
            f"stage: it may run {limit} functions at once, AWS keeps {UNRESERVED} of them unreserved, and other "
            "functions may have reservations. A new account has 10. Reserve less, or ask AWS for more (Service Quotas, "
            "Lambda, Concurrent executions)."
        )


def _limits(target: Target) -> tuple[int, int]:
    """Return how many functions the account may run at once, and how many of them it can still reserve."""
    limits: Mapping[str, int] = target.client("lambda").get_account_settings()["AccountLimit"]
    return limits["ConcurrentExecutions"], limits["UnreservedConcurrentExecutions"] - UNRESERVED


def _current(target: Target) -> Iterator[int]:
    """Yield what each function of the stage has reserved since an earlier deployment."""
    client = target.client("lambda")
    for handler in stage_file.read(target)["lambda_functions"]:
        try:
            found = client.get_function_concurrency(FunctionName=policies.lambda_name(handler, target.stage))
        except client.exceptions.ResourceNotFoundException:
            continue
        yield int(found.get("ReservedConcurrentExecutions", 0))
