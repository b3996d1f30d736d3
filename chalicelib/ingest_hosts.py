"""The setting INGEST_HOSTS: hosts, besides those of the dog API, from which pictures may be ingested."""

import re
from collections.abc import Sequence

from chalicelib.environment import EnvironmentReader

#: A name with a dot whose last label begins with a letter: neither an IP address nor `localhost`, and no port.
_HOST = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")


def check(read: EnvironmentReader, hosts: Sequence[str]) -> tuple[str, ...]:
    """Return the hosts, and add a problem for each that is not the plain name of one."""
    for host in hosts:
        if not _HOST.fullmatch(host):
            read.add_problem(f"INGEST_HOSTS must name hosts such as pictures.example.org, and has {host!r}")
    return tuple(dict.fromkeys(hosts))
