"""Sample tables: they locate the pictures of a sequence, and a table that breaks its rules is rejected."""

import struct

import pytest

from chalicelib.errors import CorruptImage, UnsupportedFormat
from chalicelib.imaging.metadata import isobmff
from scripts.measuring.heif_files import box, full_box, sequence

SECRET = b"SECRET Jane Doe!"


def test_sizes_of_samples_that_no_chunk_has_are_zeroed() -> None:
    sizes = full_box(b"stsz", struct.pack(">II", 0, 5), struct.pack(">I", 100), SECRET)
    data = sequence().replace(full_box(b"stsz", struct.pack(">II", 100, 1)), sizes)
    grown = len(sizes) - 20
    for kind in (b"stbl", b"minf", b"mdia", b"trak", b"moov"):
        at = data.index(kind) - 4
        data = data[:at] + struct.pack(">I", int.from_bytes(data[at : at + 4], "big") + grown) + data[at + 4 :]
    assert SECRET not in isobmff.strip(data).data


def test_bytes_between_the_samples_are_zeroed() -> None:
    assert isobmff.strip(sequence(offsets=(28,))).data[28:128] == b"\x01" * 100
    shorter = sequence().replace(struct.pack(">II", 100, 1), struct.pack(">II", 60, 1))
    assert isobmff.strip(shorter).data[28:128] == b"\x01" * 60 + bytes(40)


def test_a_sequence_without_a_table_of_offsets_is_rejected() -> None:
    with pytest.raises(UnsupportedFormat, match="table"):
        isobmff.strip(sequence().replace(b"stco", b"free"))


BROKEN = {
    "runs out of order": sequence(struct.pack(">IIIIIIIII", 1, 1, 1, 9, 1, 1, 1, 1, 1), (28,) * 9),
    "runs with one start": sequence(struct.pack(">III", 1, 1, 1) * 3),
    "a run after the last chunk": sequence(struct.pack(">IIIIII", 1, 1, 1, 0x53454352, 1, 1)),
    "a first run that starts at the second chunk": sequence(struct.pack(">III", 2, 1, 1), (28, 28)),
    "a run of no samples": sequence(struct.pack(">III", 1, 0, 1)),
    "a run of no coding": sequence(struct.pack(">III", 1, 1, 0x53454352)),
    "a table twice": sequence(stbl=full_box(b"stco", SECRET)),
    "two tables of offsets": sequence(stbl=full_box(b"co64", struct.pack(">IQ", 1, 28))),
    "edits cut short": sequence(trak=box(b"edts", full_box(b"elst", SECRET))),
    "more chunks than the file holds": sequence(offsets=tuple(range(28, 128, 2)) * 500),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_table_that_breaks_its_rules_is_rejected(name: str) -> None:
    with pytest.raises(CorruptImage):
        isobmff.strip(BROKEN[name])
