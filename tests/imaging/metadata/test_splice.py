"""ByteCopier: slices and new bytes come out in order, without an object for each of a million pieces."""

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.imaging.metadata.splice import ByteCopier

DATA = bytes(range(200))
RANGES = st.tuples(st.integers(0, 200), st.integers(0, 200)).map(sorted).map(tuple)


@given(st.lists(st.one_of(RANGES, st.binary(max_size=4)), max_size=30))
def test_the_result_is_all_slices_and_new_bytes_in_order(parts: list[tuple[int, int] | bytes]) -> None:
    copier = ByteCopier(DATA)
    for part in parts:
        if isinstance(part, bytes):
            copier.write(part)
        else:
            copier.copy(*part)
    expected = b"".join(part if isinstance(part, bytes) else DATA[slice(*part)] for part in parts)
    assert copier.size == len(expected)
    assert copier.join(b"head", b"er") == b"header" + expected


def test_an_empty_copy_is_only_what_comes_before_it() -> None:
    assert ByteCopier(DATA).join(b"header") == b"header"


def test_thousands_of_pieces_stay_in_order() -> None:
    copier = ByteCopier(DATA)
    for number in range(5000):
        copier.copy(number % 200, number % 200 + 1)
        copier.write(b"-")
    assert copier.join() == b"".join(bytes([number % 200]) + b"-" for number in range(5000))


def test_many_small_pieces_do_not_take_an_object_each() -> None:
    data = bytes(200_000)
    copier = ByteCopier(data)
    tracemalloc.start()
    for at in range(0, len(data), 2):
        copier.copy(at, at + 1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert copier.size == 100_000
    assert peak < 1 << 20


def test_adjacent_slices_are_copied_as_one() -> None:
    data = bytes(1 << 20)
    copier = ByteCopier(data)
    tracemalloc.start()
    for at in range(0, len(data), 16):
        copier.copy(at, at + 16)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert copier.join() == data
    assert peak < 1 << 16
