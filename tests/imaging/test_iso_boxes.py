"""Boxes are found by their path, and a box that reaches past its parent ends the search."""

from chalicelib.imaging.iso_boxes import boxes, find_box, find_meta, properties_of, read_primary
from scripts.measuring.heif_files import box, heic_file, ispe

NESTED = box(b"moov", box(b"trak", b"first"), box(b"trak", b"second"))


def test_the_first_box_of_a_path_is_found() -> None:
    found = find_box(NESTED, (0, len(NESTED)), b"moov", b"trak")
    assert found
    assert NESTED[slice(*found)] == b"first"
    assert find_box(NESTED, (0, len(NESTED)), b"moov", b"meta", b"trak") is None


def test_a_box_that_reaches_past_its_parent_is_left_out() -> None:
    data = box(b"free", b"1234") + b"\0\0\0\x40mdat" + bytes(8)
    assert [kind for kind, _, _ in boxes(data, 0, len(data))] == [b"free"]


def test_the_properties_of_the_primary_item_are_found() -> None:
    data = heic_file(properties=(ispe(8, 8), ispe(9, 9)))
    meta = find_meta(data)
    assert meta
    assert read_primary(data, meta) == 1
    assert [data[start + 4 : end] for _, start, end in properties_of(data, meta, 1)] == [bytes((0, 0, 0, 8) * 2)]
    assert list(properties_of(data, meta, 2)) == []
