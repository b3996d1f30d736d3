"""The statements that a function's policy gets in a VPC: Lambda needs them, and the function's code may not use them.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html (Required IAM permissions)
"""

from scripts.deployment.policies import Names, Policy, fill, lambda_name

#: ec2:DescribeNetworkInterfaces and ec2:DescribeSubnets support no resource.
_DESCRIBE = ("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets")
_CREATE = "ec2:CreateNetworkInterface"
#: Lambda checks these when it creates or changes a function, before there is an interface: with the ARNs of interfaces,
#: it refuses the function (terraform-provider-aws, issue 20698).
BEFORE_INTERFACES = ("ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses")
_ARN = "arn:${partition}:ec2:${region}:${account}:"
_STATEMENTS = {
    "Statement": [
        {"Sid": "FindInterfaces", "Effect": "Allow", "Action": [*_DESCRIBE], "Resource": ["*"]},
        {
            "Sid": "ChangeInterfaces",
            "Effect": "Allow",
            "Action": [*BEFORE_INTERFACES],
            "Resource": ["*"],
        },
        {
            "Sid": "CreateInterfacesThere",
            "Effect": "Allow",
            "Action": [_CREATE],
            "Resource": [f"{_ARN}network-interface/*", f"{_ARN}subnet/*", f"{_ARN}security-group/*"],
        },
        {
            # Lambda itself does not send lambda:SourceFunctionArn; the code of the function always does.
            "Sid": "DenyInterfacesToCode",
            "Effect": "Deny",
            "Action": [*_DESCRIBE, _CREATE, *BEFORE_INTERFACES],
            "Resource": ["*"],
            "Condition": {
                "ArnEquals": {
                    "lambda:SourceFunctionArn": ["arn:${partition}:lambda:${region}:${account}:function:${function}"]
                }
            },
        },
    ]
}


def add(policy: Policy, function: str, names: Names) -> Policy:
    """Return a function's policy with the statements of a VPC."""
    values = {"partition": names.partition, "region": names.region, "account": names.account}
    filled = fill(_STATEMENTS, values | {"function": lambda_name(function, names.stage)}, "permissions.py")
    return policy | {"Statement": [*policy["Statement"], *filled["Statement"]]}
