"""Makes moto's DynamoDB write the values of items as they are.

moto looks up each of the ten types of an attribute in botocore's model, for each value of each item: for a page of 100
records, that is nine tenths of the time of the request. moto stores the values in the form of DynamoDB's JSON already.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.core.serialize import JSONSerializer

#: The types that hold bytes, which moto's serializer turns into base64 text.
_BINARY = ("B", "BS")


@contextmanager
def installed() -> Iterator[None]:
    """Replace moto's serializer of structures until the block ends."""
    original = JSONSerializer._serialize_type_structure

    def serialize(self: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
        if shape.name == "AttributeValue" and key and is_plain(value):
            serialized[self.get_serialized_name(shape, key)] = value
        else:
            original(self, serialized, value, shape, key)

    JSONSerializer._serialize_type_structure = serialize
    try:
        yield
    finally:
        JSONSerializer._serialize_type_structure = original


def is_plain(value: Any) -> bool:
    """Return True for the JSON of one value, such as {"S": "text"}, without bytes in it."""
    if not isinstance(value, dict) or len(value) != 1:
        return False
    [(kind, content)] = value.items()
    if kind in _BINARY:
        return False
    if kind == "M":
        return all(is_plain(each) for each in content.values())
    return all(is_plain(each) for each in content) if kind == "L" else True
