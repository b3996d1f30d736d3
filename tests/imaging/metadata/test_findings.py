"""Findings: equal ones are counted together, and a hostile file cannot make the list long."""

from chalicelib.imaging.metadata.findings import Finding, FindingCounter, Kind, Reading


def test_equal_findings_are_counted_as_one_with_the_sum_of_their_sizes() -> None:
    counter = FindingCounter()
    counter.add(Kind.COMMENT, "COM", 10, "comment")
    counter.add(Kind.COMMENT, "COM", 5, "comment")
    assert counter.findings() == (Finding(Kind.COMMENT, "COM", 15, "comment", count=2),)


def test_findings_that_differ_stay_apart_in_the_order_of_the_first_of_each() -> None:
    counter = FindingCounter()
    counter.add(Kind.COLOR, "APP14", 12, "transform", allowed=True)
    counter.add(Kind.COMMENT, "COM", 5, "comment")
    counter.add(Kind.COLOR, "APP14", 20, "transform")
    counter.add(Kind.COLOR, "APP14", 12, "transform", allowed=True)
    assert counter.findings() == (
        Finding(Kind.COLOR, "APP14", 24, "transform", allowed=True, count=2),
        Finding(Kind.COMMENT, "COM", 5, "comment"),
        Finding(Kind.COLOR, "APP14", 20, "transform"),
    )


def test_findings_of_another_function_keep_their_number_and_size() -> None:
    counter = FindingCounter()
    counter.add(Kind.TEXT, "tEXt", 1, "text")
    counter.extend([Finding(Kind.TEXT, "tEXt", 30, "text", count=3), Finding(Kind.GPS, "tEXt", 0, "position")])
    assert counter.findings() == (
        Finding(Kind.TEXT, "tEXt", 31, "text", count=4),
        Finding(Kind.GPS, "tEXt", 0, "position"),
    )


def test_after_256_distinct_findings_all_others_are_counted_together() -> None:
    counter = FindingCounter()
    for number in range(1000):
        counter.add(Kind.PRIVATE, f"chunk {number}", 2, "private")
    counter.add(Kind.PRIVATE, "chunk 0", 2, "private")
    found = counter.findings()
    assert len(found) == 257
    assert found[0] == Finding(Kind.PRIVATE, "chunk 0", 4, "private", count=2)
    assert found[-1] == Finding(Kind.UNKNOWN, "elsewhere", 2 * 744, "more parts", count=744)
    assert (sum(each.size for each in found), sum(each.count for each in found)) == (2002, 1001)


def test_allowed_findings_stay_allowed_when_they_are_counted_together() -> None:
    counter = FindingCounter()
    for number in range(300):
        counter.add(Kind.COLOR, f"chunk {number}", 1, "colour", allowed=True)
    assert Reading(counter.findings(), (1, 1)).removable == ()


def test_only_findings_that_are_not_allowed_are_removable() -> None:
    comment = Finding(Kind.COMMENT, "COM", 5, "comment")
    density = Finding(Kind.DENSITY, "APP0", 16, "JFIF header", allowed=True)
    assert Reading((density, comment), (1, 1)).removable == (comment,)
