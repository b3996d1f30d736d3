"""The examples that `make run` prints. Each can be pasted as it is, in bash or zsh, in a clean clone."""

import os
import shlex
import sys
from pathlib import Path

from scripts.project import HOST

SAMPLE = Path("docs/sample.jpg")
#: A made-up login: the embedded AWS accepts any.
_LOGIN = "AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_DEFAULT_REGION=us-east-1"
_PASTE = "Paste these lines into a second terminal, in this folder.\n"


def usage(port: int, aws_port: int, key: str = "") -> str:
    """Return the examples for these ports, with an API key if the stage needs one."""
    named_key = f"\n  KEY={shlex.quote(key)}" if key else ""
    curl = 'curl -s -H "X-Api-Key: $KEY"' if key else "curl -s"
    ports = "" if (port, aws_port) == (8000, 4566) else f"PORT={port} AWS_PORT={aws_port} "
    return f"""\
{_PASTE}
  B=http://{HOST}:{port}{named_key}

Post a photo, and read its record:
  {curl} --data-binary @{SAMPLE} "$B/images?width=600&grayscale=false" -o posted.json
  {_python()} -m json.tool posted.json

Fetch the picture, and open out.png:
  ID=$(grep -o '"id":"[^"]*"' posted.json | cut -d'"' -f4)
  {curl} -L -o out.png "$B/images/$ID/content"

Put a photo into S3. The S3 event processes it; a moment later, read its record:
  make put {ports}FILE={SAMPLE}
  {_read_record(aws_port, key)}

List the objects in S3, with the AWS command line:
  {_LOGIN} aws --endpoint-url http://{HOST}:{aws_port} s3 ls --recursive s3://darkroom-local-images

docs/examples.md has the other calls. Ctrl-C stops everything."""


def _read_record(aws_port: int, key: str) -> str:
    """Return the command that shows the record of the photo in S3. With keys, the API shows it to nobody."""
    if key:
        return f"{_python()} -m scripts.why uploads/{SAMPLE.name} --aws-port {aws_port}"
    return f'curl -s "$B/images?key=uploads/{SAMPLE.name}" | {_python()} -m json.tool'


def _python() -> str:
    # The interpreter of this process: a python3 on the PATH may be a version manager's shim that does not start.
    return shlex.quote(os.path.relpath(sys.executable))
