"""The policies of a role that deploys the stage dev, as one: IAM allows what any of them allows."""

from scripts.deployment.policies import Policy, render_role

#: What every deployment needs: an inline policy, and a managed one, since a role's inline policies have a limit.
ALWAYS = ("deployer", "deployer-people")


def policy(*roles: str, account: str = "123456789012") -> Policy:
    """Return the statements of these policies in us-east-1, by default of those that every deployment needs."""
    rendered = [render_role(role, "dev", "us-east-1", account) for role in roles or ALWAYS]
    return {"Version": "2012-10-17", "Statement": [each for one in rendered for each in one["Statement"]]}
