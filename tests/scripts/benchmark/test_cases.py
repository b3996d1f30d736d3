"""The rows name photos that exist, and real photos get rows of their own."""

from scripts.benchmark import cases, photos


def test_each_row_has_a_made_photo_and_a_name_of_its_own() -> None:
    assert {case.photo for case in cases.CASES} | set(cases.SCRUBBED) == set(photos.MADE)
    assert len({case.name for case in cases.CASES}) == len(cases.CASES)


def test_a_real_photo_gets_two_rows() -> None:
    rows = cases.real_cases(["a.jpg"])
    assert [case.photo for case in rows] == ["a.jpg", "a.jpg"]
    assert rows[1].options == {"outputs": 2}
