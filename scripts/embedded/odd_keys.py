"""Makes moto's S3 treat keys with unusual characters as S3 does.

- ListObjectVersions encodes its keys if the client asks for it (`encoding-type=url`, which botocore does). Otherwise a
  control character in a key makes the answer invalid XML.
- DeleteObjects refuses a body that is not valid XML 1.0 with MalformedXML, and deletes nothing.
- A key may have a line break. moto's server finds no route for it, and answers 404.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from moto.moto_server.utilities import RegexConverter
from moto.s3.exceptions import MalformedXML
from moto.s3.responses import S3Response

#: What XML 1.0 cannot hold (section 2.2).
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: The members of the answer that hold keys.
_KEYS = ("Prefix", "Delimiter", "KeyMarker", "NextKeyMarker")


@contextmanager
def installed() -> Iterator[None]:
    """Replace moto's answers until the block ends."""
    serialized, delete_keys = S3Response.serialized, S3Response._bucket_response_delete_keys
    route = RegexConverter.__init__
    S3Response.serialized = _serialized(serialized)
    S3Response._bucket_response_delete_keys = _delete_keys(delete_keys)
    RegexConverter.__init__ = _across_lines(route)
    try:
        yield
    finally:
        S3Response.serialized, S3Response._bucket_response_delete_keys = serialized, delete_keys
        RegexConverter.__init__ = route


def _serialized(original: Any) -> Any:
    def serialized(self: Any, action_result: Any) -> Any:
        is_listing = self.data.get("Action") == "ListObjectVersions"
        if is_listing and self.querystring.get("encoding-type") == ["url"]:
            _encode(action_result.result)
        return original(self, action_result)

    return serialized


def _encode(result: dict[str, Any]) -> None:
    """Percent-encode the keys of a listing in place, and say so."""
    result["EncodingType"] = "url"
    for name in _KEYS:
        if result.get(name):
            result[name] = quote(result[name])
    for entry in [*result["Versions"], *result["DeleteMarkers"]]:
        entry["Key"] = quote(entry["Key"])
    for entry in result.get("CommonPrefixes", []):
        entry["Prefix"] = quote(entry["Prefix"])


def _across_lines(original: Any) -> Any:
    """Make `.` in the pattern of a route match a line break too."""

    def init(self: Any, url_map: Any, *items: Any) -> None:
        original(self, url_map, *items)
        self.regex = f"(?s:{self.regex})"

    return init


def _delete_keys(original: Any) -> Any:
    def delete_keys(self: Any, *arguments: Any, **options: Any) -> Any:
        body = self.body if isinstance(self.body, str) else self.body.decode("utf-8", "surrogateescape")
        if _NOT_XML.search(body):
            raise MalformedXML
        return original(self, *arguments, **options)

    return delete_keys
