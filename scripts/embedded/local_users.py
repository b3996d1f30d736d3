"""Create the user pool of stage `local`, with the settings of the one in scripts/deployment/resources.yaml.

A test compares the two.
"""

from collections.abc import Mapping
from typing import Any

from scripts.deployment.user_pool import TOTP, addresses_of

#: The pool, in the form of CreateUserPool.
POOL: dict[str, Any] = {
    "UsernameAttributes": ["email"],
    "UsernameConfiguration": {"CaseSensitive": False},
    "AutoVerifiedAttributes": ["email"],
    "AccountRecoverySetting": {"RecoveryMechanisms": [{"Name": "verified_email", "Priority": 1}]},
    "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
    "UserPoolTier": "ESSENTIALS",
    "Policies": {
        "PasswordPolicy": {
            "MinimumLength": 12,
            "RequireLowercase": True,
            "RequireUppercase": True,
            "RequireNumbers": True,
            "RequireSymbols": False,
            "TemporaryPasswordValidityDays": 7,
        }
    },
}
#: The client of the page, in the form of CreateUserPoolClient. It has no secret, since a page cannot keep one.
CLIENT: dict[str, Any] = {
    "GenerateSecret": False,
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthFlows": ["code"],
    "AllowedOAuthScopes": ["openid", "email"],
    "SupportedIdentityProviders": ["COGNITO"],
    "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    "ReadAttributes": ["email", "email_verified"],
    "WriteAttributes": ["email"],
    "PreventUserExistenceErrors": "ENABLED",
    "EnableTokenRevocation": True,
    "IdTokenValidity": 60,
    "AccessTokenValidity": 60,
    "RefreshTokenValidity": 7,
    "TokenValidityUnits": {"IdToken": "minutes", "AccessToken": "minutes", "RefreshToken": "days"},
}


def create(client: Any, stage: str, url: str, environ: Mapping[str, str]) -> str:
    """Create the pool and the client of the page at `url`, and return the pool's ARN.

    `client` is boto3's for Cognito on the embedded AWS. `environ` may have SELF_SIGN_UP and TOTP.
    """
    only_admins = environ.get("SELF_SIGN_UP") != "true"
    settings = POOL | {"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": only_admins}}
    tags = {"application": "darkroom", "stage": stage}
    pool = client.create_user_pool(PoolName=f"darkroom-{stage}", UserPoolTags=tags, **settings)["UserPool"]
    client.set_user_pool_mfa_config(
        UserPoolId=pool["Id"],
        SoftwareTokenMfaConfiguration={"Enabled": True},
        MfaConfiguration=TOTP.get(environ.get("TOTP", ""), TOTP["optional"]),
    )
    addresses = {"CallbackURLs": addresses_of(url, ""), "LogoutURLs": addresses_of(url, "")}
    client.create_user_pool_client(UserPoolId=pool["Id"], ClientName=f"darkroom-{stage}-page", **CLIENT, **addresses)
    return str(pool["Arn"])
