"""The OpenAPI description of the API, for the stage that serves it."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from chalicelib.settings import Auth

#: The name of each security scheme in the document.
SCHEMES = {Auth.IAM: "sigv4", Auth.COGNITO: "cognito", Auth.API_KEY: "api_key"}


@cache
def describe(path: Path, auth: Auth) -> str:
    """Return the OpenAPI document as JSON, with the security scheme of this stage alone. It is written once."""
    document: dict[str, Any] = json.loads(path.read_text())
    chosen = {SCHEMES[auth]: document["components"]["securitySchemes"][SCHEMES[auth]]} if auth in SCHEMES else {}
    document["components"]["securitySchemes"] = chosen
    document["security"] = [{name: []} for name in chosen]
    return json.dumps(document, separators=(",", ":"))
