"""ICC colour profiles (ICC.1:2022): the texts that name a person or a program, and a copy without them."""

from chalicelib.imaging.metadata.icc.profile import clean_profile, inspect_profile

__all__ = ["clean_profile", "inspect_profile"]
