"""The description of the API, as the stage that serves it is."""

import json
from pathlib import Path
from typing import Any

from chalicelib.settings import Auth

#: What the description calls each way of telling who calls.
SCHEMES = {Auth.IAM: "sigv4", Auth.COGNITO: "cognito", Auth.API_KEY: "api_key"}


def describe(path: Path, auth: Auth) -> dict[str, Any]:
    """Read the description, and leave of its security schemes the one in force."""
    document: dict[str, Any] = json.loads(path.read_text())
    chosen = {SCHEMES[auth]: document["components"]["securitySchemes"][SCHEMES[auth]]} if auth in SCHEMES else {}
    document["components"]["securitySchemes"] = chosen
    document["security"] = [{name: []} for name in chosen]
    return document
