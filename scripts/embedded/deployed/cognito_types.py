"""CloudFormation's types of Cognito, which moto ignores: a user pool, its client, its domain and its login style."""

from contextlib import suppress
from typing import Any

from moto.cloudformation.exceptions import UnformattedGetAttTemplateException
from moto.cognitoidp.exceptions import ResourceNotFoundError
from moto.cognitoidp.models import CognitoIdpBackend, cognitoidp_backends

Properties = dict[str, Any]


class UserPool:
    """A user pool."""

    def __init__(self, backend: CognitoIdpBackend, pool: Any) -> None:
        self._backend, self._pool = backend, pool
        self.physical_resource_id: str = pool.id

    @classmethod
    def create_from_cloudformation_json(
        cls, _name: str, document: Properties, account: str, region: str, **_: str
    ) -> "UserPool":
        """Create the pool."""
        backend, properties = cognitoidp_backends[account][region], dict(document["Properties"])
        pool = cls(backend, backend.create_user_pool(properties["UserPoolName"], _configuration(properties)))
        pool.set_mfa(properties["MfaConfiguration"])
        return pool

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource: "UserPool", cloudformation_json: Properties, **_: str
    ) -> "UserPool":
        """Change the pool; its id stays."""
        properties = cloudformation_json["Properties"]
        original_resource._pool.update_extended_config(_configuration(properties))
        original_resource.set_mfa(properties["MfaConfiguration"])
        return original_resource

    @staticmethod
    def has_cfn_attr(attr: str) -> bool:
        """Return whether a template can read the attribute."""
        return attr == "Arn"

    def get_cfn_attribute(self, attr: str) -> str:
        """Return the value of an attribute."""
        if attr != "Arn":
            raise UnformattedGetAttTemplateException
        return str(self._pool.arn)

    def set_mfa(self, mode: str) -> None:
        """Offer or require an authenticator app."""
        self._backend.set_user_pool_mfa_config(self._pool.id, None, {"Enabled": True}, mode)

    def delete(self, *_: str) -> None:
        """Delete the pool with its users. AWS does so only after its domain is deleted."""
        if self._pool.domain:
            raise ValueError(f"the user pool {self._pool.id} still has a domain")
        self._backend.delete_user_pool(self._pool.id)

    def is_created(self) -> bool:
        """Return True: nothing happens later."""
        return True


class UserPoolClient:
    """A client of a user pool."""

    def __init__(self, backend: CognitoIdpBackend, pool: str, client: str) -> None:
        self._backend, self._pool, self.physical_resource_id = backend, pool, client

    @classmethod
    def create_from_cloudformation_json(
        cls, _name: str, document: Properties, account: str, region: str, **_: str
    ) -> "UserPoolClient":
        """Create the client."""
        backend, properties = cognitoidp_backends[account][region], dict(document["Properties"])
        pool, secret = properties.pop("UserPoolId"), properties.pop("GenerateSecret")
        return cls(backend, pool, backend.create_user_pool_client(pool, secret, properties).id)

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource: "UserPoolClient", cloudformation_json: Properties, **_: str
    ) -> "UserPoolClient":
        """Set all fields to those of the template, also the addresses, as CloudFormation does."""
        named = ("UserPoolId", "GenerateSecret")
        fields = {name: value for name, value in cloudformation_json["Properties"].items() if name not in named}
        known = original_resource
        known._backend.update_user_pool_client(known._pool, known.physical_resource_id, fields)
        return known

    @staticmethod
    def has_cfn_attr(_attr: str) -> bool:
        """Return False: the template reads none."""
        return False

    def delete(self, *_: str) -> None:
        """Delete the client. moto may have deleted the pool first, and its clients with it."""
        with suppress(ResourceNotFoundError):
            self._backend.delete_user_pool_client(self._pool, self.physical_resource_id)

    def is_created(self) -> bool:
        """Return True: nothing happens later."""
        return True


class UserPoolDomain:
    """The domain of the login page. Its name never changes."""

    def __init__(self, backend: CognitoIdpBackend, name: str) -> None:
        self._backend, self.physical_resource_id = backend, name

    @classmethod
    def create_from_cloudformation_json(
        cls, _name: str, document: Properties, account: str, region: str, **_: str
    ) -> "UserPoolDomain":
        """Create the domain."""
        backend, properties = cognitoidp_backends[account][region], document["Properties"]
        backend.create_user_pool_domain(properties["UserPoolId"], properties["Domain"])
        return cls(backend, properties["Domain"])

    @staticmethod
    def has_cfn_attr(_attr: str) -> bool:
        """Return False: the template reads none."""
        return False

    def delete(self, *_: str) -> None:
        """Delete the domain."""
        self._backend.delete_user_pool_domain(self.physical_resource_id)

    def is_created(self) -> bool:
        """Return True: nothing happens later."""
        return True


class LoginStyle:
    """The look of the login page. moto has none; cfn-lint and the tests of the template check it."""

    physical_resource_id = "login-style"

    @classmethod
    def create_from_cloudformation_json(cls, _name: str, document: Properties, *_: str, **__: str) -> "LoginStyle":
        """Create nothing."""
        if not {"UserPoolId", "ClientId"} <= set(document["Properties"]):
            raise ValueError("a login style needs a pool and a client")
        return cls()

    @staticmethod
    def has_cfn_attr(_attr: str) -> bool:
        """Return False: the template reads none."""
        return False

    def delete(self, *_: str) -> None:
        """Delete nothing."""

    def is_created(self) -> bool:
        """Return True: nothing happens later."""
        return True


#: The class of each type.
TYPES: dict[str, type[Any]] = {
    "AWS::Cognito::UserPool": UserPool,
    "AWS::Cognito::UserPoolClient": UserPoolClient,
    "AWS::Cognito::UserPoolDomain": UserPoolDomain,
    "AWS::Cognito::ManagedLoginBranding": LoginStyle,
}


def _configuration(properties: Properties) -> Properties:
    """Return the properties in the form of CreateUserPool."""
    elsewhere = ("UserPoolName", "EnabledMfas", "MfaConfiguration")
    return {name: value for name, value in properties.items() if name not in elsewhere}
