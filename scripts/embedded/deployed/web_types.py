"""CloudFormation's types of CloudFront, which moto ignores: a distribution, its access to S3, and its headers.

moto's CloudFront keeps them and sends no page: the embedded AWS shows the page of a bucket by S3 itself.
"""

import uuid
from typing import Any

from moto.cloudformation.exceptions import UnformattedGetAttTemplateException
from moto.cloudfront.models import CloudFrontBackend, cloudfront_backends

Properties = dict[str, Any]


def _backend(account: str) -> CloudFrontBackend:
    """Return moto's CloudFront, which is in no region."""
    return cloudfront_backends[account]["aws"]


class _Resource:
    """A resource of CloudFront. A template can read its `attribute`; None: it can read nothing."""

    attribute: str | None = None

    def __init__(self, backend: CloudFrontBackend, identifier: str) -> None:
        self.backend, self.physical_resource_id = backend, identifier

    def is_created(self) -> bool:
        """Return True: nothing happens later."""
        return True

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """Return whether a template can read the attribute."""
        return attr == cls.attribute

    def get_cfn_attribute(self, attr: str) -> str:
        """Return the value of an attribute."""
        if attr != self.attribute:
            raise UnformattedGetAttTemplateException
        return self.value

    @property
    def value(self) -> str:
        """Return the value of `attribute`."""
        return self.physical_resource_id


class Distribution(_Resource):
    """A distribution. moto reads lists in the form of the API, with their number."""

    attribute = "DomainName"

    @classmethod
    def create_from_cloudformation_json(
        cls, _name: str, document: Properties, account: str, _region: str, **_: str
    ) -> "Distribution":
        """Create the distribution."""
        properties = document["Properties"]
        config = _config(properties["DistributionConfig"], str(uuid.uuid4()))
        made, _, _ = _backend(account).create_distribution_with_tags(config, properties["Tags"])
        return cls(_backend(account), made.id)

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource: "Distribution", cloudformation_json: Properties, **_: str
    ) -> "Distribution":
        """Change the distribution; its id and its domain stay."""
        known, config = original_resource, cloudformation_json["Properties"]["DistributionConfig"]
        current, _ = known.backend.get_distribution_config(known.physical_resource_id)
        known.backend.update_distribution(
            _config(config, current.caller_reference), known.physical_resource_id, if_match=True
        )
        return known

    @property
    def value(self) -> str:
        """Return its domain."""
        return str(self.backend.get_distribution(self.physical_resource_id)[0].domain_name)

    def delete(self, *_: str) -> None:
        """Delete the distribution, which CloudFormation disables first."""
        self.backend.delete_distribution(self.physical_resource_id, if_match=True)


class OriginAccessControl(_Resource):
    """What signs CloudFront's requests to S3."""

    attribute = "Id"

    @classmethod
    def create_from_cloudformation_json(
        cls, _name: str, document: Properties, account: str, _region: str, **_: str
    ) -> "OriginAccessControl":
        """Create it."""
        config = dict(document["Properties"]["OriginAccessControlConfig"])
        return cls(_backend(account), _backend(account).create_origin_access_control(config).id)

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource: "OriginAccessControl", cloudformation_json: Properties, **_: str
    ) -> "OriginAccessControl":
        """Change it; its id stays."""
        config = cloudformation_json["Properties"]["OriginAccessControlConfig"]
        original_resource.backend.update_origin_access_control(original_resource.physical_resource_id, dict(config))
        return original_resource

    def delete(self, *_: str) -> None:
        """Delete it."""
        self.backend.delete_origin_access_control(self.physical_resource_id)


class ResponseHeadersPolicy(_Resource):
    """The headers of the answers. moto has none; cfn-lint and the tests of the template check it."""

    @classmethod
    def create_from_cloudformation_json(
        cls, _name: str, document: Properties, account: str, _region: str, **_: str
    ) -> "ResponseHeadersPolicy":
        """Create nothing, but refuse a policy that CloudFront would refuse."""
        _check(document)
        return cls(_backend(account), str(uuid.uuid4()))

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource: "ResponseHeadersPolicy", cloudformation_json: Properties, **_: str
    ) -> "ResponseHeadersPolicy":
        """Change nothing, but refuse a policy that CloudFront would refuse."""
        _check(cloudformation_json)
        return original_resource

    def delete(self, *_: str) -> None:
        """Delete nothing."""


#: The class of each type.
TYPES: dict[str, type[Any]] = {
    "AWS::CloudFront::Distribution": Distribution,
    "AWS::CloudFront::OriginAccessControl": OriginAccessControl,
    "AWS::CloudFront::ResponseHeadersPolicy": ResponseHeadersPolicy,
}
#: The most characters of a header (CloudFront's quotas).
MAX_HEADER = 1_783


def _config(template: Properties, reference: str) -> Properties:
    """Return a template's DistributionConfig in the form of the API."""
    origins, behavior = template["Origins"], dict(template["DefaultCacheBehavior"])
    methods, cached = behavior.pop("AllowedMethods"), behavior.pop("CachedMethods")
    allowed = {"Items": methods, "CachedMethods": {"Items": cached}}
    listed = {"Quantity": len(origins), "Items": [dict(each) for each in origins]}
    return dict(template) | {
        "CallerReference": reference,
        "Origins": listed,
        "DefaultCacheBehavior": behavior | {"AllowedMethods": allowed},
    }


def _check(document: Properties) -> None:
    headers = document["Properties"]["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    policy = headers["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    if not 0 < len(policy) <= MAX_HEADER:
        raise ValueError(f"a header of {len(policy)} characters, of at most {MAX_HEADER}")
