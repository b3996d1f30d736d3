"""The headroom of Apple's gain maps: in the gain map itself, in the maker note, or lost."""

from fractions import Fraction

import pytest

from chalicelib.imaging.metadata.gain_map.headroom import lacks_headroom
from chalicelib.imaging.metadata.gain_map.xmp import AppleGainMap
from tests.imaging.metadata.exif.builders import apple_note, camera_exif, iphone_exif

OLD, NEW = AppleGainMap(65536, None), AppleGainMap(131072, Fraction(2))


@pytest.mark.parametrize(
    ("exif", "apple", "expected"),
    [
        (iphone_exif(apple_note()), OLD, False),
        (iphone_exif(apple_note(gain=None)), OLD, True),
        (iphone_exif(apple_note(gain=None)), NEW, False),
        (camera_exif(), OLD, False),
        (b"", OLD, False),
    ],
)
def test_a_headroom_is_lacking_only_if_a_maker_note_should_have_it(
    exif: bytes, apple: AppleGainMap, *, expected: bool
) -> None:
    assert lacks_headroom(exif, apple) is expected
