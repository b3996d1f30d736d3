"""The examples that `make run` prints: each can be pasted as it stands, in bash or zsh, in a clean clone."""

import os
import shlex
import sys
from pathlib import Path

from scripts.project import HOST

SAMPLE = Path("docs/sample.jpg")

#: Turns the answer of POST /uploads into a curl configuration; form-string takes a value that begins with @ as text.
_CURL_CONFIG = (
    'import json; t = json.load(open("ticket.json")); q = json.dumps; print("url =", q(t["url"])); '
    '[print("form-string =", q(k + "=" + v)) for k, v in t["fields"].items()]'
)
_READ_ID = 'import json, sys; print(json.load(open(sys.argv[1]))["id"])'


def usage(port: int, aws_port: int) -> str:
    """Write the examples for the API on `port` and the AWS endpoint on `aws_port`."""
    api_url, aws_url = f"http://{HOST}:{port}", f"http://{HOST}:{aws_port}"
    blocks = [_post(api_url), _upload(api_url), _drop(api_url, port, aws_port), _aws(aws_url)]
    return "\n\n".join(blocks) + "\n\nCtrl-C stops everything."


def _post(api_url: str) -> str:
    post = "curl -s --data-binary @- -H 'Content-Type: text/plain'"
    return f"""Post a photo:
  base64 < {SAMPLE} | {post} '{api_url}/images?filename=sample.jpg' -o posted.json
  cat posted.json
Fetch the result into out.png:
  curl -sL -o out.png "{api_url}/images/{_id_in("posted.json")}/content\""""


def _upload(api_url: str) -> str:
    ticket = f'{{"filename":"sample.jpg","content_type":"image/jpeg","size":{_size()}}}'
    return f"""Upload a large one, past the limit of a request's body:
  curl -s -H 'Content-Type: application/json' -d '{ticket}' {api_url}/uploads -o ticket.json
  {_python()} -c {shlex.quote(_CURL_CONFIG)} > upload.curl
  curl -s -K upload.curl -F file=@{SAMPLE}
  curl -s "{api_url}/images/{_id_in("ticket.json")}\""""


def _drop(api_url: str, port: int, aws_port: int) -> str:
    ports = "" if (port, aws_port) == (8000, 4566) else f"PORT={port} AWS_PORT={aws_port} "
    return f"""Drop one into S3:
  make put {ports}FILE={SAMPLE}
  curl -s '{api_url}/images?key=uploads/{SAMPLE.name}'"""


def _aws(aws_url: str) -> str:
    login = "AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_DEFAULT_REGION=us-east-1"
    return f"""Look into S3, with the aws command line:
  {login} aws --endpoint-url {aws_url} s3 ls --recursive s3://darkroom-local-images"""


def _id_in(file: str) -> str:
    return f"$({_python()} -c '{_READ_ID}' {file})"


def _size() -> int:
    return SAMPLE.stat().st_size if SAMPLE.exists() else 1_000_000


def _python() -> str:
    # The interpreter of this process: a python3 on the PATH may be a version manager's shim that does not start.
    return shlex.quote(os.path.relpath(sys.executable))
