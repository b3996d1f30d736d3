"""Damaged AVIF and HEIC files: each is cleaned or rejected, and no unexpected error is raised."""

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.errors import CorruptImage, UnsupportedFormat
from chalicelib.imaging.metadata import isobmff
from scripts.measuring.heif_files import EXIF_ITEM, XMP_ITEM, animated_avif, avif_file, heic_file

SEEDS = (heic_file(EXIF_ITEM, XMP_ITEM, references=((b"cdsc", 2, 1),)), animated_avif(), avif_file(EXIF_ITEM).build())


@settings(max_examples=100, deadline=None)
@given(
    seed=st.sampled_from(SEEDS),
    changes=st.lists(st.tuples(st.integers(0, 2**16), st.binary(min_size=1, max_size=4)), max_size=6),
    cut=st.none() | st.integers(0, 2**16),
)
def test_a_damaged_file_is_cleaned_or_rejected(seed: bytes, changes: list[tuple[int, bytes]], cut: int | None) -> None:
    damaged = bytearray(seed)
    for at, new in changes:
        start = at % len(seed)
        damaged[start : start + len(new)] = new
    data = bytes(damaged[: cut % len(seed) if cut is not None else None])
    try:
        stripped = isobmff.strip(data)
    except (CorruptImage, UnsupportedFormat):
        return
    assert isobmff.read(stripped.data).removable == ()
