"""The OpenAPI description of the API, for the stage that serves it."""

import json
from pathlib import Path
from typing import Any

from chalicelib.settings import Auth

#: The name of each security scheme in the document.
SCHEMES = {Auth.IAM: "sigv4", Auth.COGNITO: "cognito", Auth.API_KEY: "api_key"}


def describe(path: Path, auth: Auth) -> dict[str, Any]:
    """Return the OpenAPI document with the security scheme of this stage alone."""
    document: dict[str, Any] = json.loads(path.read_text())
    chosen = {SCHEMES[auth]: document["components"]["securitySchemes"][SCHEMES[auth]]} if auth in SCHEMES else {}
    document["components"]["securitySchemes"] = chosen
    document["security"] = [{name: []} for name in chosen]
    return document
