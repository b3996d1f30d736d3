"""The template vpc.yaml: private subnets, egress only, and endpoints that let through what functions do and no more."""

import json
import re
from typing import Any

import pytest

from chalicelib.settings import Settings
from scripts.deployment import policies
from scripts.deployment.policies import Names
from tests.privilege.enforcement import Call, permits
from tests.privilege.pairs import pairs_of
from tests.scripts.deployment import template

NAME = "vpc.yaml"
ENDPOINTS = template.of_type(NAME, "AWS::EC2::VPCEndpoint")
GROUPS = template.of_type(NAME, "AWS::EC2::SecurityGroup")
ACCOUNT, REGION = "123456789012", "us-east-1"
SECRETS = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret"
FUNCTIONS = sorted(path.stem for path in policies.TEMPLATES.glob("*.json"))
#: What the code of a function does not call: Lambda itself sends logs, traces and failed events.
BY_LAMBDA = ("logs", "xray", "sqs")
IF_DOGS = {"Condition": "FetchesDogs"}


def names(settings: Settings, dog_bucket: str) -> Names:
    """Return the names of the stage dev on AWS."""
    environ = {
        "STAGE": "dev",
        "DOG_BUCKET": dog_bucket,
        "IMAGES_BUCKET": f"darkroom-dev-images-{ACCOUNT}",
        "LANDING_BUCKET": f"darkroom-dev-landing-{ACCOUNT}",
        "DESTINATION_BUCKET": f"darkroom-dev-sanitized-{ACCOUNT}",
        "IMAGES_TABLE": "darkroom-dev-Images",
        "DDB_TABLE": "darkroom-dev-DogImageUploads",
        "ALARMS_TOPIC_ARN": f"arn:aws:sns:{REGION}:{ACCOUNT}:darkroom-dev-alarms",
        "IMAGES_TOPIC_ARN": f"arn:aws:sns:{REGION}:{ACCOUNT}:darkroom-dev-images",
        "DOG_PIPELINE_ARN": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:darkroom-dev-DogUploaderPipeline",
    }
    return Names.of(type(settings).from_environ(environ), REGION, ACCOUNT)


def filled(node: Any, dog_bucket: str = "dogs") -> Any:
    """Return a part of the template with the names of the stage dev."""
    values = {"AWS::Partition": "aws", "AWS::Region": REGION, "AWS::AccountId": ACCOUNT, "Stage": "dev"}
    values["DogBucket"] = dog_bucket
    if isinstance(node, dict):
        if "Fn::Sub" in node:
            return re.sub(r"\$\{([\w:]+)\}", lambda found: values[found[1]], node["Fn::Sub"])
        return values[node["Ref"]] if "Ref" in node else {key: filled(each, dog_bucket) for key, each in node.items()}
    return [filled(each, dog_bucket) for each in node] if isinstance(node, list) else node


def service(endpoint: dict[str, Any]) -> str:
    return str(endpoint["ServiceName"]["Fn::Sub"]).rpartition(".")[2]


POLICIES = {service(each): filled(each["PolicyDocument"]) for each in ENDPOINTS.values()}


def permits_endpoint(name: str, action: str, resource: str) -> bool:
    """Return whether the policy of a service's endpoint lets a call of the account's own roles through."""
    [statement] = POLICIES[name]["Statement"]
    bare = {key: value for key, value in statement.items() if key not in ("Principal", "Condition")}
    return permits(json.dumps({"Version": "2012-10-17", "Statement": [bare]}), Call(action, resource))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_endpoints_let_through_all_that_a_function_may_do(settings: Settings, function: str) -> None:
    pairs = list(pairs_of(policies.render(function, names(settings, "dogs"))))
    called = [(action, arn) for action, arn in pairs if action.partition(":")[0] not in BY_LAMBDA]
    assert {action.partition(":")[0] for action, _ in called} <= set(POLICIES)
    assert [pair for pair in called if not permits_endpoint(pair[0].partition(":")[0], *pair)] == []


def test_no_action_and_no_resource_of_an_endpoint_is_unnecessary(settings: Settings) -> None:
    named = names(settings, "dogs")
    needed = [pair for function in FUNCTIONS for pair in pairs_of(policies.render(function, named))]
    for policy in POLICIES.values():
        [statement] = policy["Statement"]
        assert set(statement["Action"]) <= {action for action, _ in needed}
        for arn in statement["Resource"]:
            start = arn.removesuffix("*")
            same = [each for _, each in needed if each == arn or (arn.endswith("*") and each.startswith(start))]
            assert same, arn


@pytest.mark.parametrize(
    ("name", "action", "resource"),
    [
        ("s3", "s3:GetObject", "arn:aws:s3:::another-bucket/uploads/a.jpg"),
        ("s3", "s3:PutObject", f"arn:aws:s3:::darkroom-dev-images-{ACCOUNT}-copy/a.jpg"),
        ("s3", "s3:GetObject", f"arn:aws:s3:::darkroom-dev-state-{ACCOUNT}/deployed/dev.json"),
        ("s3", "s3:PutBucketPolicy", f"arn:aws:s3:::darkroom-dev-images-{ACCOUNT}"),
        ("dynamodb", "dynamodb:GetItem", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/darkroom-prod-Images"),
        ("dynamodb", "dynamodb:DeleteTable", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/darkroom-dev-Images"),
        ("sns", "sns:Publish", f"arn:aws:sns:{REGION}:{ACCOUNT}:another-topic"),
        ("states", "states:StartExecution", f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:another"),
        ("secretsmanager", "secretsmanager:DescribeSecret", f"{SECRETS}:darkroom-prod-uploader-backend-a1B2c3"),
        ("secretsmanager", "secretsmanager:GetSecretValue", f"{SECRETS}:darkroom-dev-uploader-backend-a1B2c3"),
    ],
)
def test_endpoints_let_nothing_else_through(name: str, action: str, resource: str) -> None:
    assert not permits_endpoint(name, action, resource)


@pytest.mark.parametrize("name", POLICIES)
def test_an_endpoint_serves_only_this_account(name: str) -> None:
    [statement] = POLICIES[name]["Statement"]
    assert statement["Condition"] == {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}


def test_s3_and_dynamodb_have_gateways_and_the_others_an_interface_in_both_zones() -> None:
    kinds = {service(each): each["VpcEndpointType"] for each in ENDPOINTS.values()}
    interfaces = dict.fromkeys(("sns", "states", "secretsmanager"), "Interface")
    assert kinds == {"s3": "Gateway", "dynamodb": "Gateway"} | interfaces
    for each in ENDPOINTS.values():
        if each["VpcEndpointType"] == "Interface":
            assert each["PrivateDnsEnabled"] is True
            assert each["SubnetIds"] == [{"Ref": "PrivateSubnetA"}, {"Ref": "PrivateSubnetB"}]
            assert each["SecurityGroupIds"] == [{"Fn::GetAtt": "EndpointsGroup.GroupId"}]
        else:
            assert each["RouteTableIds"] == [{"Ref": "PrivateRoutes"}]


def test_nobody_opens_a_connection_to_a_function_and_it_opens_only_https() -> None:
    functions, endpoints = GROUPS["FunctionsGroup"], GROUPS["EndpointsGroup"]
    assert functions["SecurityGroupIngress"] == []
    [out] = functions["SecurityGroupEgress"]
    assert (out["IpProtocol"], out["FromPort"], out["ToPort"], out["CidrIp"]) == ("tcp", 443, 443, "0.0.0.0/0")
    [into] = endpoints["SecurityGroupIngress"]
    assert (into["FromPort"], into["SourceSecurityGroupId"]) == (443, {"Fn::GetAtt": "FunctionsGroup.GroupId"})
    assert [each["CidrIp"] for each in endpoints["SecurityGroupEgress"]] == ["127.0.0.1/32"]


def test_subnets_are_in_two_zones_and_give_no_public_address() -> None:
    subnets = template.of_type(NAME, "AWS::EC2::Subnet")
    assert {each["MapPublicIpOnLaunch"] for each in subnets.values()} == {False}
    zones = [subnets[f"PrivateSubnet{zone}"]["AvailabilityZone"] for zone in "AB"]
    assert zones == [{"Ref": "ZoneA"}, {"Ref": "ZoneB"}]


@pytest.mark.parametrize("name", ["resources.yaml", "monitoring.yaml", "vpc.yaml", "web.yaml"])
def test_no_template_asks_for_what_may_differ_in_the_next_update(name: str) -> None:
    # AWS documents no order of the zones of Fn::GetAZs. A dynamic reference or a macro may resolve to something else.
    text = json.dumps(template.read(name))
    unstable = ("Fn::GetAZs", "{{resolve:", "Fn::Transform", "AWS::SSM::Parameter::Value")
    assert [each for each in unstable if each in text] == []


def test_only_what_dogs_and_uploaders_need_is_conditional_and_the_outputs_are_not() -> None:
    resources = template.read(NAME)["Resources"]
    conditional = {name for name, each in resources.items() if "Condition" in each}
    assert [name for name in conditional if resources[name]["Condition"] == "HasUploaders"] == ["SecretsEndpoint"]
    assert conditional - {"SecretsEndpoint"} == {
        *("StatesEndpoint", "PublicSubnet", "Internet", "InternetOfVpc", "PublicRoutes", "PublicRoutesOfSubnet"),
        *("PublicDefaultRoute", "NatAddress", "Nat", "PrivateDefaultRoute"),
    }
    for name in set(resources) - conditional:
        refers = set(re.findall(r'"(?:Ref|Fn::GetAtt)": "(\w+)', json.dumps(resources[name])))
        assert not refers & conditional, name
    refers = set(re.findall(r'"(?:Ref|Fn::GetAtt)": "(\w+)', json.dumps(template.read(NAME)["Outputs"])))
    assert not refers & conditional


def test_every_resource_that_can_have_tags_has_the_tags_of_costs() -> None:
    untagged = ("Association", "Route", "VPCGatewayAttachment", "VPCEndpoint")
    tagged = [each for each in template.read(NAME)["Resources"].values() if not each["Type"].endswith(untagged)]
    assert len(tagged) > 8
    for each in tagged:
        keys = {tag["Key"] for tag in each["Properties"]["Tags"]}
        assert keys >= {"application", "stage"}, each
