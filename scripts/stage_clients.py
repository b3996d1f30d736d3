"""boto3 clients for a stage: of the running `make run` for `local`, of the person's own AWS account for any other."""

from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config

from scripts.embedded.environment import STAGE, read_config
from scripts.embedded.ports import HOST

#: Gives the client of a service by its name.
ClientFor = Callable[[str], Any]

#: One try and short waits to connect: what does not answer on loopback at once is not there.
_LOCAL = Config(connect_timeout=2, read_timeout=900, retries={"total_max_attempts": 1}, proxies={})
#: A clean-up that is waited for may take Lambda's fifteen minutes; a second try would start a second one.
_DEPLOYED = Config(read_timeout=900, retries={"total_max_attempts": 1})


def clients_of(stage: str, aws_port: int) -> ClientFor:
    """Choose where a stage's clients lead and with whose credentials."""
    if stage != STAGE:
        own: Any = boto3.Session()  # its client() takes only names of services that it knows, by type
        return lambda service: own.client(service, config=_DEPLOYED)
    variables = read_config().environment_variables
    session: Any = boto3.Session(
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        region_name=variables["AWS_DEFAULT_REGION"],
    )
    return lambda service: session.client(service, endpoint_url=f"http://{HOST}:{aws_port}", config=_LOCAL)
