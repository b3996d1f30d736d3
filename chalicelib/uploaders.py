"""The names of the IAM users that may put photos into the landing bucket, and of what belongs to them.

The setting UPLOADERS lists the users. scripts/deployment/uploaders/ makes them; the clean-up measures their keys.
"""

import re
from collections.abc import Sequence

from chalicelib.environment import EnvironmentReader
from chalicelib.keys import UPLOADS

#: The tag of an uploader's secret that holds when its current key was made, in ISO 8601.
KEY_CREATED = "key-created"
#: IAM's limit for the characters of a user's name.
_MOST_CHARACTERS = 64
#: The names of uploaders.
NAME = re.compile("[a-z0-9-]{1,32}")
_LOCAL = "local"


def resource_name(stage: str, uploader: str) -> str:
    """Return the name of an uploader's IAM user and of its secret."""
    return f"darkroom-{stage}-uploader-{uploader}"


def prefix(uploader: str) -> str:
    """Return the prefix of the keys that an uploader may write."""
    return f"{uploader}/"


def check_names(read: EnvironmentReader, names: Sequence[str], stage: str) -> tuple[str, ...]:
    """Return the names, and add a problem for each that cannot be an uploader of the stage."""
    for number, name in enumerate(names):
        if fault := _fault(name, stage, names[:number]):
            read.add_problem(f"UPLOADERS: {name!r} {fault}")
    if names and stage == _LOCAL:
        read.add_problem("UPLOADERS makes IAM users in a deployment, and the stage local is never deployed")
    return tuple(names)


def _fault(name: str, stage: str, earlier: Sequence[str]) -> str:
    if not NAME.fullmatch(name):
        return "must be 1 to 32 characters of a-z, 0-9 and -"
    if prefix(name) == UPLOADS:
        # Under uploads/<id>/ a put is the photo of a form of POST /uploads, which belongs to the caller who asked.
        return "is taken: the forms of POST /uploads write under this prefix"
    if len(resource_name(stage, name)) > _MOST_CHARACTERS:
        return f"is too long: {resource_name(stage, name)} would have over {_MOST_CHARACTERS} characters"
    return "is there twice" if name in earlier else ""
