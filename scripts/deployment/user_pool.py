"""The user pool that the stack of a stage with AUTH=cognito makes, and the addresses of its login page.

A person's own pool, whose ARN is in COGNITO_USER_POOL_ARN, is used as it is.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.settings import Auth
from scripts.deployment import origin, stage_file
from scripts.deployment.target import DeployError, Target, step
from scripts.deployment.web import choice

#: The values of TOTP, the default first, and Cognito's words for them. Nobody needs a phone number.
TOTP = {"optional": "OPTIONAL", "required": "ON"}
SELF_SIGN_UP = ("false", "true")
#: Where the login page may send the browser before the API exists. Nobody can own this name (RFC 2606).
NOWHERE = "https://darkroom.invalid/"
#: The environment variable in which a deployment records the pool's ARN.
VARIABLE = "USER_POOL_ARN"
#: The variables from which the page knows where people sign in, and the outputs of the stack.
_LOGIN = {"USER_POOL_LOGIN_URL": "LoginUrl", "USER_POOL_CLIENT_ID": "UserPoolClientId"}
_ARN = re.compile(r"arn:aws[a-z-]*:cognito-idp:[a-z0-9-]+:\d{12}:userpool/[a-z0-9-]+_[A-Za-z0-9]+")


def is_made(target: Target) -> bool:
    """Return True if the stack makes the pool: with AUTH=cognito, and without the ARN of another one."""
    variables = stage_file.environment(target)
    return variables.get("AUTH") == Auth.COGNITO and not variables.get("COGNITO_USER_POOL_ARN")


def parameters(target: Target) -> dict[str, str | None]:
    """Return the stack's parameters of the pool. Raises DeployError for an invalid setting.

    A pool that was made stays if AUTH changes, because its users own images: None keeps the value that the stack has.
    """
    variables = stage_file.environment(target)
    return {
        "HasUsers": "true" if is_made(target) else None,
        "SelfSignUp": _choice(variables, "SELF_SIGN_UP", SELF_SIGN_UP),
        "Mfa": TOTP[_choice(variables, "TOTP", tuple(TOTP))],
    }


def names(target: Target, outputs: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that hold the pool's ARN, login page and client, if the stack makes it.

    Cognito chooses the id. Before the stack has the pool, the ARN is a placeholder for checks.
    """
    if not is_made(target):
        return {}
    arn = outputs.get("UserPoolArn") or target.arn("cognito-idp", f"userpool/{target.region}_unknown")
    login = {name: outputs[output] for name, output in _LOGIN.items() if output in outputs}
    return {VARIABLE: arn} | login


def findings(target: Target) -> Iterator[str]:
    """Check the ARN of a person's own pool, and CORS_ORIGIN. Chalice would deploy any text."""
    variables = stage_file.environment(target)
    yield from origin.findings(_origin(variables), signs_in=is_made(target))
    arn = variables.get("COGNITO_USER_POOL_ARN", "")
    if variables.get("AUTH") == Auth.COGNITO and arn and not _ARN.fullmatch(arn):
        yield (
            f"COGNITO_USER_POOL_ARN is {arn!r}, which is no ARN of a user pool. Copy it from the pool, or remove the "
            "variable: `make deploy` then makes a pool."
        )


def advice(target: Target) -> Iterator[str]:
    """Say what the login page cannot do with these settings. A published page needs no CORS_ORIGIN."""
    if choice.read(target) == choice.APP:
        yield from origin.advice(_origin(stage_file.environment(target)), signs_in=is_made(target))


def set_addresses(target: Target, outputs: Mapping[str, str], addresses: list[str]) -> None:
    """Let the login page of the stack's pool send the browser back to these addresses, and to no other.

    A second call changes nothing. A stack without a pool is left alone.
    """
    if not is_made(target) or "UserPoolId" not in outputs:
        return
    client = target.client("cognito-idp")
    with step("setting the addresses of the user pool's client"):
        found = {"UserPoolId": outputs["UserPoolId"], "ClientId": outputs["UserPoolClientId"]}
        current = client.describe_user_pool_client(**found)["UserPoolClient"]
        wanted = {"CallbackURLs": addresses, "LogoutURLs": addresses}
        if {name: current.get(name) for name in wanted} != wanted:
            client.update_user_pool_client(**_updatable(client, current), **wanted)


def addresses_of(url: str, cors_origin: str, page_url: str = "") -> list[str]:
    """Return the addresses of the page: the API's own, and that of the published page or of CORS_ORIGIN.

    Cognito sends nobody to a page that came by HTTP.
    """
    page = page_url or ("" if cors_origin in ("", origin.ANY) else f"{cors_origin}/")
    return [url] + ([] if page_url.startswith("http:") or not page else [page])


def _updatable(client: Any, current: Mapping[str, Any]) -> dict[str, Any]:
    """Return all fields of a client that an update may name, but the addresses.

    UpdateUserPoolClient sets each field that it does not get to its default. botocore's model has the names, so that
    no field of a later version is forgotten.
    """
    fields = client.meta.service_model.operation_model("UpdateUserPoolClient").input_shape.members
    return {name: current[name] for name in fields if name in current and name not in ("CallbackURLs", "LogoutURLs")}


def _origin(variables: Mapping[str, str]) -> str:
    return variables.get("CORS_ORIGIN") or origin.ANY


def _choice(variables: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    value = variables.get(name) or choices[0]
    if value not in choices:
        raise DeployError(f"{name} is {value!r} in .chalice/config.json. Use {' or '.join(choices)}.")
    return value
