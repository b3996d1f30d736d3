"""Presigned links to S3 objects, by AWS Signature Version 4 in the query.

A page of 100 records has 300 links. botocore needs 0.5 ms for each, and an S3 client first.
Source: "Authenticating Requests: Using Query Parameters" in the Amazon S3 API reference.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import quote, urlsplit

_ALGORITHM = "AWS4-HMAC-SHA256"
#: The characters that Signature Version 4 does not encode in a query. In a path, the slash stays too.
_UNRESERVED = "-_.~"


@dataclass(frozen=True)
class Credentials:
    """What signs a request. A temporary key has a session token."""

    access_key: str
    secret_key: str
    token: str | None = None


@dataclass(frozen=True)
class Endpoint:
    """Where S3 is: a region, and on a laptop the address of the embedded AWS."""

    region: str
    url: str | None = None

    def object_url(self, bucket: str, key: str) -> str:
        """Return the URL of an object, percent-encoded. AWS has the bucket in its host name, other endpoints do not."""
        path = quote(key, safe=f"/{_UNRESERVED}")
        if self.url:
            return f"{self.url.rstrip('/')}/{bucket}/{path}"
        suffix = domain_of(self.region)
        if "." in bucket:  # the certificate of S3 covers one label only
            return f"https://s3.{self.region}.{suffix}/{bucket}/{path}"
        return f"https://{bucket}.s3.{self.region}.{suffix}/{path}"


#: The domains of partitions that have one of their own, by the beginning of their regions.
_DOMAINS = {
    "cn-": "amazonaws.com.cn",
    "eusc-": "amazonaws.eu",
    "us-iso-": "c2s.ic.gov",
    "us-isob-": "sc2s.sgov.gov",
    "eu-isoe-": "cloud.adc-e.uk",
    "us-isof-": "csp.hci.ic.gov",
}


def domain_of(region: str) -> str:
    """Return the domain of AWS's services in a region. botocore's data/partitions.json has them, too."""
    return next((domain for start, domain in _DOMAINS.items() if region.startswith(start)), "amazonaws.com")


def sign_get(
    url: str, credentials: Credentials, region: str, seconds: int, query: dict[str, str], now: datetime | None = None
) -> str:
    """Return the URL with a signature for a GET that is valid for `seconds` from `now` (UTC), and with `query`."""
    date = (now or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{date[:8]}/{region}/s3/aws4_request"
    signed = query | {
        "X-Amz-Algorithm": _ALGORITHM,
        "X-Amz-Credential": f"{credentials.access_key}/{scope}",
        "X-Amz-Date": date,
        "X-Amz-Expires": str(seconds),
        "X-Amz-SignedHeaders": "host",
    }
    if credentials.token:
        signed["X-Amz-Security-Token"] = credentials.token
    encoded = {name: quote(value, safe=_UNRESERVED) for name, value in signed.items()}
    parts = urlsplit(url)
    canonical_query = "&".join(f"{name}={encoded[name]}" for name in sorted(encoded))
    request = f"GET\n{parts.path}\n{canonical_query}\nhost:{parts.netloc}\n\nhost\nUNSIGNED-PAYLOAD"
    to_sign = f"{_ALGORITHM}\n{date}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = _signing_key(credentials.secret_key, date[:8], region)
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    return f"{url}?{'&'.join(f'{name}={value}' for name, value in encoded.items())}&X-Amz-Signature={signature}"


@lru_cache(maxsize=4)
def _signing_key(secret_key: str, day: str, region: str) -> bytes:
    """Return the key of a day. It stays the same for all links of that day."""
    key = f"AWS4{secret_key}".encode()
    for part in (day, region, "s3", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key
