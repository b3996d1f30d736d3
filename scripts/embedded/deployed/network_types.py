"""CloudFormation types of a VPC that moto creates in part and never deletes, completed in moto's own EC2."""

from collections.abc import Callable
from typing import Any, ClassVar

from moto.ec2.exceptions import DependencyViolationError
from moto.ec2.models import ec2_backends
from moto.ec2.models.elastic_ip_addresses import ElasticAddress
from moto.ec2.models.internet_gateways import InternetGateway
from moto.ec2.models.nat_gateways import NatGateway
from moto.ec2.models.route_tables import RouteTable
from moto.ec2.models.security_groups import SecurityGroup
from moto.ec2.models.subnets import SubnetRouteTableAssociation
from moto.ec2.models.vpcs import VPCEndPoint

Properties = dict[str, Any]
#: Takes moto's EC2, the resource and its properties, and sets what moto ignores.
Complete = Callable[[Any, Any, Properties], object]
#: Takes moto's EC2 and the physical id of a resource, and deletes it.
Remove = Callable[[Any, str], object]


class NetworkResource:
    """A resource that moto creates; `complete` sets the rest, and `remove` deletes it."""

    #: moto's own class.
    model: ClassVar[Any]
    complete: ClassVar[Complete]
    remove: ClassVar[Remove]

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """Return what moto's own class returns."""
        return bool(cls.model.has_cfn_attr(attr))

    @classmethod
    def create_from_cloudformation_json(
        cls, name: str, document: Properties, account: str, region: str, **kwargs: Any
    ) -> Any:
        """Create the resource with all its properties."""
        resource = cls.model.create_from_cloudformation_json(name, document, account, region, **kwargs)
        cls.complete(ec2_backends[account][region], resource, document.get("Properties", {}))
        return resource

    @classmethod
    def delete_from_cloudformation_json(cls, name: str, _document: Properties, account: str, region: str) -> None:
        """Delete the resource."""
        cls.remove(ec2_backends[account][region], name)


def _nothing(*_: Any) -> None:
    """Do nothing: moto does it, or it disappears with the resource that it belongs to."""


def _resource(model: Any, remove: Remove = _nothing, complete: Complete = _nothing) -> type[NetworkResource]:
    methods = {"remove": staticmethod(remove), "complete": staticmethod(complete)}
    return type("Resource", (NetworkResource,), {"model": model, **methods})


def _set_egress(ec2: Any, group: Any, properties: Properties) -> None:
    ec2.revoke_security_group_egress(group.id, "-1", None, None, [{"CidrIp": "0.0.0.0/0"}])
    for rule in properties["SecurityGroupEgress"]:
        ports = (rule["IpProtocol"], rule["FromPort"], rule["ToPort"])
        ec2.authorize_security_group_egress(group.id, *ports, [{"CidrIp": rule["CidrIp"]}])


def _associate(ec2: Any, _association: Any, properties: Properties) -> None:
    ec2.associate_route_table(properties["RouteTableId"], subnet_id=properties["SubnetId"])


def _release_address(ec2: Any, address: str) -> None:
    [found] = [each for each in ec2.describe_addresses() if each.public_ip == address]
    ec2.release_address(allocation_id=found.allocation_id)


def _delete_internet_gateway(ec2: Any, gateway: str) -> None:
    for attachment in ec2.internet_gateways[gateway].attachments:
        ec2.detach_internet_gateway(gateway, attachment["VpcId"])
    ec2.delete_internet_gateway(gateway)


def _delete_route_table(ec2: Any, table: str) -> None:
    # CloudFormation deletes the endpoint first, because it refers to the table. moto tries again after an error.
    if any(table in (each.route_table_ids or ()) and each.state == "available" for each in ec2.vpc_end_points.values()):
        raise DependencyViolationError(f"The routeTable '{table}' has dependencies and cannot be deleted.")
    for association in list(ec2.route_tables[table]._associations):
        ec2.disassociate_route_table(association)
    ec2.delete_route_table(table)


TYPES: dict[str, type[Any]] = {
    "AWS::EC2::EIP": _resource(ElasticAddress, _release_address),
    "AWS::EC2::InternetGateway": _resource(InternetGateway, _delete_internet_gateway),
    "AWS::EC2::NatGateway": _resource(NatGateway, lambda ec2, gateway: ec2.delete_nat_gateway(gateway)),
    "AWS::EC2::RouteTable": _resource(RouteTable, _delete_route_table),
    "AWS::EC2::SecurityGroup": _resource(SecurityGroup, complete=_set_egress),
    "AWS::EC2::SubnetRouteTableAssociation": _resource(SubnetRouteTableAssociation, complete=_associate),
    "AWS::EC2::VPCEndpoint": _resource(VPCEndPoint, lambda ec2, endpoint: ec2.delete_vpc_endpoints([endpoint])),
}
