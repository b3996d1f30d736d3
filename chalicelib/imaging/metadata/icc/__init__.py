"""Read ICC colour profiles (ICC.1:2022), and copy them without text that names a person, a device or a program."""

from chalicelib.imaging.metadata.icc.profile import clean_profile, inspect_profile

__all__ = ["clean_profile", "inspect_profile"]
