"""The tags that are shown agree with Pillow's names of Exif."""

from PIL import ExifTags

from chalicelib.imaging.metadata.details.tags import EXIF_TIMES, TAGS, Text


def test_every_tag_that_pillow_knows_has_its_name() -> None:
    shown = {tag: name for tag, (_, name, _) in TAGS.items()}
    shown |= {tags[0]: name for name, tags in EXIF_TIMES.items()}
    names = {tag: ExifTags.TAGS[tag] for tag in shown if tag in ExifTags.TAGS}
    assert len(names) > 25
    assert {tag: name for tag, name in names.items() if name != shown[tag]} == {}


def test_windows_tags_are_utf_16_and_no_other_is() -> None:
    assert {tag for tag, (_, _, text) in TAGS.items() if text is Text.UTF16} == set(range(0x9C9B, 0x9CA0))
