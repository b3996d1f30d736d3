"""Check the ID token of a request, as API Gateway's authorizer for a Cognito user pool does.

It checks signature, issuer, client, use and time. Without scopes, API Gateway accepts ID tokens only:
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-invoke-api-integrated-with-cognito-user-pool.html
"""

import http.client
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import jwt

from scripts.embedded.token_authorizer import EXPIRED, UNAUTHORIZED, TokenRefused

#: The only algorithm that Cognito signs with. A token that names another one, such as `none`, is refused.
ALGORITHM = "RS256"
#: The claims without which no ID token of Cognito is complete.
_REQUIRED = ("iss", "aud", "sub", "token_use", "iat", "exp")
#: The value of `token_use` in an ID token; it is `access` in the other one.
_USE = "id"
#: Seconds that the embedded AWS has to return its public keys.
_SECONDS = 30.0


@dataclass(frozen=True)
class Verifier:
    """Checks the tokens of one user pool."""

    issuer: str
    #: The ids of the pool's clients. API Gateway accepts the tokens of all of them.
    clients: Collection[str]
    #: The pool's public keys, by their id.
    keys: Mapping[str, jwt.PyJWK]

    def claims(self, authorization: str | None) -> dict[str, str]:
        """Return the claims of the token in an Authorization header, as text. Raises TokenRefused."""
        # API Gateway takes the token with `Bearer ` in front, and without.
        token = (authorization or "").removeprefix("Bearer ")
        try:
            claims = self._decode(token)
        except jwt.ExpiredSignatureError as error:
            raise TokenRefused(EXPIRED) from error
        except jwt.PyJWTError as error:
            raise TokenRefused(UNAUTHORIZED) from error
        if claims["token_use"] != _USE:
            raise TokenRefused(UNAUTHORIZED)
        return {name: str(value) for name, value in claims.items()}

    def _decode(self, token: str) -> dict[str, Any]:
        if not token.isascii():
            raise jwt.DecodeError("a token is ASCII")
        key = self.keys.get(str(jwt.get_unverified_header(token).get("kid")))
        if key is None:
            raise jwt.InvalidKeyError("the pool has no such key")
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=self.clients,
            issuer=self.issuer,
            options={"require": list(_REQUIRED)},
        )
        return claims


def verifier_of(arn: str, client: Any) -> Verifier:
    """Return what checks the tokens of a user pool. `client` is boto3's for Cognito on the embedded AWS."""
    region, pool = arn.split(":")[3], arn.rpartition("/")[2]
    pages = client.get_paginator("list_user_pool_clients").paginate(UserPoolId=pool)
    clients = frozenset(each["ClientId"] for page in pages for each in page["UserPoolClients"])
    issuer = f"https://cognito-idp.{region}.amazonaws.com/{pool}"
    return Verifier(issuer, clients, _read_keys(client.meta.endpoint_url, pool))


def _read_keys(endpoint: str, pool: str) -> dict[str, jwt.PyJWK]:
    """Read a pool's public keys from the embedded AWS, where AWS has them too."""
    connection = http.client.HTTPConnection(urlsplit(endpoint).netloc, timeout=_SECONDS)
    try:
        connection.request("GET", f"/{pool}/.well-known/jwks.json")
        document = json.load(connection.getresponse())
    finally:
        connection.close()
    return {str(key.key_id): key for key in jwt.PyJWKSet.from_dict(document).keys}
