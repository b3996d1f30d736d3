"""Put a file into the images bucket of a running `make run`: `make put FILE=photo.jpg`."""

import sys
from pathlib import Path

if not __package__:  # Started as a file: Python then searches the folder scripts, not the project's root.
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    __import__("scripts")  # Its import handles a Ctrl-C while the rest is imported.

import argparse
import mimetypes
from urllib.parse import quote

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from scripts.project import HOST, read_config
from scripts.terminal import interrupt
from scripts.terminal.file_names import key_of, show
from scripts.terminal.option_types import port

#: One try and short time-outs: a server on loopback answers at once, or it is not running.
ONE_TRY = Config(connect_timeout=2, read_timeout=60, retries={"total_max_attempts": 1}, proxies={})


class PutError(Exception):
    """Raised when the file could not be put into S3. The message is for the user."""


def main() -> int:
    """Put the file and print how to read its record. Return 1, with one sentence on stderr, if that fails."""
    options = _read_options()
    try:
        key = put(options.file, f"http://{HOST}:{options.aws_port}")
    except PutError as error:
        print(f"darkroom: {error}", file=sys.stderr)
        return 1
    record = f"http://{HOST}:{options.port}/images?key={quote(key)}"
    print(f"{show(Path(options.file))} is in S3 as {key}. Read its record: curl -s '{record}'")
    return 0


def put(file: str, endpoint_url: str) -> str:
    """Put a file under uploads/ in the images bucket and return its key. Raises PutError."""
    if not file:
        raise PutError("name a file: make put FILE=photo.jpg.")
    path = Path(file)
    if not path.is_file():
        raise PutError(f"there is no file {show(path)}.")
    key = f"uploads/{key_of(path.name)}"
    try:
        _upload(path, key, endpoint_url)
    except (BotoCoreError, ClientError) as error:
        raise PutError(
            f"the embedded AWS does not answer on {endpoint_url}. Start `make run` with this AWS_PORT."
        ) from error
    return key


def _upload(path: Path, key: str, endpoint_url: str) -> None:
    variables = read_config().environment_variables
    client = boto3.client(
        "s3",
        endpoint_url=endpoint_url,
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        region_name=variables["AWS_DEFAULT_REGION"],
        config=ONE_TRY,
    )
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    with path.open("rb") as body:
        client.put_object(Bucket=variables["IMAGES_BUCKET"], Key=key, Body=body, ContentType=media_type)


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make put", description=__doc__)
    parser.add_argument("--port", type=port, default=8000)
    parser.add_argument("--aws-port", type=port, default=4566)
    parser.add_argument("file")
    return parser.parse_args()


if __name__ == "__main__":
    interrupt.run(main)
