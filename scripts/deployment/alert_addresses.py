"""The email addresses that get a stage's alarms and PNG alerts, and the words that may stand for them."""

import re
from collections.abc import Iterator, Mapping

from scripts.deployment import stage_file
from scripts.deployment.target import DeployError, Target

#: The value that deletes the subscription.
NOBODY = "none"
#: The value of PNG_ALERT_EMAIL for the address of the alarms, as without a value.
AS_ALARMS = "alarms"
#: SNS checks no more than this before it sends its message to confirm.
_ADDRESS = re.compile(r"[^\s@,]+@[^\s@,]+\.[^\s@,]+")
#: The variables, and the words that each accepts.
_WORDS = {"ALARM_EMAIL": (NOBODY,), "PNG_ALERT_EMAIL": (NOBODY, AS_ALARMS)}


def parameters(target: Target, alarms: str = "", png_alerts: str | None = "") -> dict[str, str | None]:
    """Return the stack's parameters. An empty argument means the variable of the stage.

    Without that too, the alarms keep their address, since an update must not delete a subscription that a person has
    confirmed, and the PNG alerts go to it. With `png_alerts=None` they keep theirs: the command is not about them.
    Raises DeployError for a text that is no address.
    """
    variables = stage_file.environment(target)
    alarms = _checked("ALARM_EMAIL", alarms or variables.get("ALARM_EMAIL", ""))
    chosen = _checked("PNG_ALERT_EMAIL", png_alerts or variables.get("PNG_ALERT_EMAIL", ""))
    return {
        "AlarmEmail": {"": None, NOBODY: ""}.get(alarms, alarms),
        # In the template, "" is the address of the alarms.
        "PngAlertEmail": None if not chosen and png_alerts is None else {AS_ALARMS: ""}.get(chosen, chosen),
    }


def line(outputs: Mapping[str, str]) -> str:
    """Say who gets the PNG alerts, from the outputs of the stack."""
    address = outputs.get("PngAlertEmail")
    if address is None:
        return "PNG alerts: nobody gets them by email. Set PNG_ALERT_EMAIL=, or EMAIL= for them and the alarms"
    return f"PNG alerts: {address}, once the link in AWS's email to it is confirmed"


def findings(target: Target) -> Iterator[str]:
    """Check the addresses in .chalice/config.json. SNS would refuse a wrong one in the middle of a deployment."""
    for name in _WORDS:
        try:
            _checked(name, stage_file.environment(target).get(name, ""))
        except DeployError as error:
            yield str(error)


def _checked(name: str, text: str) -> str:
    if text and text not in _WORDS[name] and not _ADDRESS.fullmatch(text):
        words = " or ".join(f"`{word}`" for word in _WORDS[name])
        raise DeployError(f"{name} is {text!r}, which is no email address. Write one address, {words}.")
    return text
