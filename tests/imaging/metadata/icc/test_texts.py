"""Texts of ICC profiles: only those of published profiles are known, in every type of text element."""

import struct

import pytest

from chalicelib.imaging.metadata.icc.texts import is_known, is_known_element, neutral_element
from tests.imaging.metadata.icc.builders import NAME, description, localised, text

SECRET = NAME.encode()


@pytest.mark.parametrize(
    "copyright_text",
    [
        "Copyright (c) 1998 Hewlett-Packard Company",
        "Copyright 1999 Adobe Systems Incorporated",
        "Copyright Apple Inc., 2017",
        "Copyright Apple Computer, Inc., 2005",
        "Copyright 2007 Apple Inc., all rights reserved.",
        "Google Inc. 2016",
        "Copyright (c) Eastman Kodak Company, 1999, all rights reserved.",
        "Copyright International Color Consortium, 2015",
        "Public Domain",
        "CC0",
        "FB",
    ],
)
def test_the_copyrights_of_published_profiles_are_known(copyright_text: str) -> None:
    assert is_known_element(localised(copyright_text))


@pytest.mark.parametrize(
    "name",
    [
        "",
        "sRGB IEC61966-2.1",
        "Display P3",
        "Adobe RGB (1998)",
        "Dot Gain 20%",
        "Coated FOGRA39 (ISO 12647-2:2004)",
        "U.S. Web Coated (SWOP) v2",
        "Google/Skia/E3CADAB7BD3DE5E3436874D2A9DEE126",
        "unnamed",
    ],
)
def test_the_names_of_published_profiles_are_known(name: str) -> None:
    assert is_known(name)


@pytest.mark.parametrize(
    "unknown",
    [
        NAME,
        f"sRGB {NAME}",
        f"Copyright 2017 {NAME}",
        "Copyright Apple Inc., 2017, Jane",
        "sRGB\nJane",
        "sRGB\n",
        "Google/Skia/JANE",
        "sRGB" + " " * 160,
        "\u202esRGB",
    ],
)
def test_a_text_that_is_only_partly_known_is_unknown(unknown: str) -> None:
    assert not is_known(unknown)


@pytest.mark.parametrize(
    "element",
    [
        text(b"Apple"),
        description(b"sRGB"),
        description(b"sRGB", macintosh=b"sRGB\0"),
        description(b"sRGB")[:17],
        localised("sRGB"),
        localised("sRGB", b"de\0\0"),
    ],
    ids=["text", "description", "Macintosh", "ASCII alone", "localised", "no country"],
)
def test_an_element_with_known_texts_is_known(element: bytes) -> None:
    assert is_known_element(element)


@pytest.mark.parametrize(
    "element",
    [
        text(SECRET),
        text(b"Apple") + SECRET,
        b"text\0\0\0\1Apple\0",
        description(SECRET),
        description(b"sRGB", macintosh=SECRET),
        description(b"sRGB", macintosh=b"sRGB\0Jane"),
        description(b"sRGB", after=SECRET),
        b"desc" + struct.pack(">II", 0, 99) + b"sRGB\0",
        localised(NAME),
        localised("sRGB") + SECRET,
        localised("sRGB", b"jane"),
        localised("sRGB", b"enus"),
        localised("sRGB")[:-1],
        b"mluc" + struct.pack(">III", 0, 9, 12),
        b"data\0\0\0\0sRGB",
        b"",
    ],
)
def test_an_element_with_any_other_byte_is_unknown(element: bytes) -> None:
    assert not is_known_element(element)


@pytest.mark.parametrize("kind", [b"text", b"desc", b"mluc"])
def test_a_neutral_element_is_known_and_fits(kind: bytes) -> None:
    element = neutral_element(kind, 200)
    assert element[:4] == kind
    assert is_known_element(element)
    assert neutral_element(kind, len(element)) == element
    assert neutral_element(kind, len(element) - 1) == b""


def test_there_is_no_neutral_element_of_another_type() -> None:
    assert neutral_element(b"XYZ ", 200) == b""
