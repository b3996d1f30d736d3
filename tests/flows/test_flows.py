"""The flows that app.py names are imported at their first use; tests/test_app_imports.py shows what each one loads."""

import pytest

from chalicelib import flows


@pytest.mark.parametrize("name", flows.__all__)
def test_a_flow_is_an_attribute_of_the_package(name: str) -> None:
    assert getattr(flows, name).__name__ == f"chalicelib.flows.{name}"


def test_another_name_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = flows.nothing
