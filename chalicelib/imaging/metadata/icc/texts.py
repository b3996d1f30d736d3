"""Recognise the texts of published colour profiles, so that all others can be removed.

A text is known if the whole text is from a published profile of a vendor or a standard. No person's name matches.
How profiles hold text: ICC.1:2022, 10.15 (multiLocalizedUnicodeType); ICC.1:2001-04, 6.5.17 (textDescriptionType).
"""

import re
import struct
from collections.abc import Iterator

#: What replaces an unknown text.
_NEUTRAL_TEXT = "unnamed"
_MAX_LENGTH = 160
#: The bytes that a textDescriptionType reserves for its Macintosh text.
_MACINTOSH_SIZE = 67
_LANGUAGES = frozenset(
    b"ar bg ca cs da de el en es et fi fr he hi hr hu id is it ja ko lt lv ms nb nl nn no pl pt ro ru sk sl sr sv th "
    b"tr uk vi zh".split()
)
_PROFILE_NAMES = (
    r"unnamed|none|sRGB|RGB|Gr[ae]y|Lab|XYZ|CMYK|GIMP|Little ?CMS|Google|Apple|Adobe|scRGB|e-sRGB|sRGB2014|sRGB v2|"
    r"sRGB IEC ?61966-2[-.]1(?: \(Google\)| black scaled)?|sRGB (?:Color Space )?Profile(?:\.icm)?|"
    r"IEC http://www\.iec\.ch|IEC 61966-2[-.]1 Default RGB Colou?r Space - sRGB|"
    r"Reference Viewing Condition (?:in )?IEC ?61966-2[-.]1|sRGB v1\.31 \(Canon\)|"
    r"sRGB_(?:D65_MAT|ICC_v4_Appearance|v4_ICC_preference)(?:\.icc)?|sRGB v4 ICC preference perceptual intent beta|"
    r"(?:sRGB|RGB|Gr[ae]y|Lab|XYZ|Lab identity|XYZ identity) built-in|(?:c2|c2ci|FB|[usn](?:RGB|P3C|Gry))|"
    r"Display P3|(?:Apple )?Wide Color Sharing Profile|Generic (?:RGB|CMYK|Gr[ae]y|Lab|XYZ) Profile|"
    r"DCI-?P3(?: D65| RGB)?|P3-D65|SMPTE RP 431-2-2007 DCI \(P3\)|Generic Gr[ae]y Gamma 2\.2 Profile|"
    r"Adobe ?RGB(?: ?\(?1998\)?)?|Compatible with Adobe RGB \(1998\)|(?:Apple|ColorMatch|Wide ?Gamut|CIE|eci) ?RGB|"
    r"(?:Kodak )?ProPhoto(?: RGB)?|ROMM[- ]RGB(?:: ISO 22028-2:2013)?|eciRGB v2(?: ICCv4)?|PAL/SECAM|SMPTE-C|"
    r"NTSC \(1953\)|HDTV \(Rec\. 709\)|SDTV (?:NTSC|PAL)|"
    r"(?:Rec\. )?ITU-R BT\. ?(?:709|2020)(?:-\d)?(?: Reference Display)?|"
    r"(?:Dot Gain|Gray Gamma|Gr[ae]y Gamma|Gamma|D50|D65) ?\d{0,2}(?:\.\d)?%?|Black & White|"
    r"Nikon (?:s|Adobe )RGB [\d.]{1,12}|EPSON {1,2}(?:sRGB|Standard RGB - Gamma 1\.8)|"
    r"Artifex (?:Software )?(?:sRGB|CMYK|Gray)(?: SWOP)?(?: ICC)? Profile|"
    r"(?:linear )?(?:s|Adobe |Rec709 |Rec2020 |ProPhoto )RGB|"
    r"(?:sRGB|Adobe|Display P3|Rec2020) Gamut with (?:sRGB|2Dot2|Linear|Rec2020|PQ|HLG) Transfer|"
    r"Google/Skia/[0-9A-F]{32}|"
    r"(?:GIMP built-in )?(?:D50 |D65 )?(?:Linear )?(?:sRGB|RGB|Gr[ae]yscale)(?: with (?:sRGB|Labl|Rec709) TRC)?|"
    r"(?:sRGB|Gray|Rec709|Rec2020|AllColorsRGB|LargeRGB|WideRGB|ClayRGB)-elle-V[24]-(?:srgbtrc|labl|g10|g18|g22|rec709)\.icc"
)
_PRINT_CONDITIONS = (
    r"(?:Un)?Coated FOGRA\d\d(?: \(ISO 12647-2:2004\))?|Web Coated FOGRA\d\d \(ISO 12647-2:2004\)|"
    r"ISO Coated(?: v2)?(?: 300%)?(?: \(ECI\))?|"
    r"(?:PSO|ISO) (?:Un)?coated(?: v3| ISO12647| Yellowish)?(?: \(ECI\)| \(FOGRA\d\d\))?|"
    r"Europe ISO Coated FOGRA27|Euroscale (?:Un)?coated v2|U\.S\. (?:Web|Sheetfed) (?:Un)?coated(?: \(SWOP\))? v2|"
    r"Web Coated SWOP 2006 Grade [35] Paper|Coated GRACoL 2006 \(ISO 12647-2:2004\)|Photoshop [45] Default CMYK|"
    r"Japan Color 200[123] (?:Coated|Uncoated|Web Coated|Newspaper)(?: \(Ad\))?|Japan Web Coated \(Ad\)"
)
_YEAR = r"(?:19|20)\d\d(?:(?:, ?| ?- ?)(?:19|20)\d\d)?"
_OWNERS = (
    r"(?:Apple(?: Computer)?|Adobe(?: Systems)?|Hewlett[- ]Packard|Google|Microsoft|(?:Eastman )?Kodak|Sony|Canon|"
    r"Nikon|Artifex(?: Software)?|International Color Consortium|European Color Initiative|ECI|SEIKO EPSON|"
    r"Heidelberger Druckmaschinen AG|X-Rite|LOGO GmbH|Facebook|Samsung Electronics)"
    r"(?:,? (?:Inc|Incorporated|Company|Co|Corporation|Corp|Ltd|LLC))*"
)
_COPYRIGHTS = (
    rf"(?:Copyright:? ?)?(?:\(c\) ?|© ?)?(?:by )?(?:{_YEAR},? ?)?(?:by )?{_OWNERS}"
    rf"(?:[.,]{{0,2}} ?{_YEAR})?(?:[.,]{{0,2}} ?All rights reserved)?|"
    r"Public Domain|No copyright(?:, use freely)?|CC0(?: 1\.0)?|Copyright"
)
_KNOWN = re.compile(rf"(?:{_PROFILE_NAMES}|{_PRINT_CONDITIONS}|{_COPYRIGHTS})\.?", re.IGNORECASE)


def is_known(text: str) -> bool:
    """Return True if a text is empty, or if all of it is the text of a published profile."""
    return not text or (len(text) <= _MAX_LENGTH and text.isprintable() and bool(_KNOWN.fullmatch(text.strip())))


def is_known_element(element: bytes) -> bool:
    """Return True if a text element is valid and holds nothing but known texts."""
    read = _READERS.get(element[:4])
    if read is None or any(element[4:8]):
        return False
    try:
        return all(map(is_known, read(element)))
    except (struct.error, UnicodeDecodeError, _InvalidElement):
        return False


def neutral_element(kind: bytes, size: int) -> bytes:
    """Return an element of type `kind` with a neutral text, or b"" if `size` is too small or `kind` has no text."""
    text = _NEUTRAL_TEXT.encode() + b"\0"
    unicode_text = _NEUTRAL_TEXT.encode("utf-16-be")
    element = {
        b"text": b"text" + bytes(4) + text,
        b"desc": b"desc" + struct.pack(">II", 0, len(text)) + text + bytes(8 + 3 + _MACINTOSH_SIZE),
        b"mluc": b"mluc" + struct.pack(">III4sII", 0, 1, 12, b"enUS", len(unicode_text), 28) + unicode_text,
    }.get(kind, b"")
    return element if len(element) <= size else b""


class _InvalidElement(Exception):
    """A text element is malformed, or holds bytes that are not text."""


def _require(*, condition: bool) -> None:
    if not condition:
        raise _InvalidElement


def _read_terminated(data: bytes) -> str:
    """Return the text up to its terminating zero. Only zeros may follow."""
    text, _, rest = data.partition(b"\0")
    _require(condition=not any(rest))
    return text.decode("latin-1")


def _read_text(element: bytes) -> Iterator[str]:
    yield _read_terminated(element[8:])


def _read_description(element: bytes) -> Iterator[str]:
    """Yield the three forms of a description: ASCII, Unicode and Macintosh. The last two may be missing."""
    (count,) = struct.unpack_from(">I", element, 8)
    _require(condition=12 + count <= len(element))
    yield _read_terminated(element[12 : 12 + count])
    rest = element[12 + count :].ljust(8, b"\0")
    language, length = struct.unpack_from(">II", rest)
    _require(condition=not language and 8 + 2 * length <= len(rest))
    yield rest[8 : 8 + 2 * length].decode("utf-16-be").rstrip("\0")
    last = rest[8 + 2 * length :].ljust(3 + _MACINTOSH_SIZE, b"\0")
    _require(condition=not any(last[:2]) and last[2] <= _MACINTOSH_SIZE and not any(last[3 + last[2] :]))
    yield _read_terminated(last[3 : 3 + last[2]])


def _read_localised(element: bytes) -> Iterator[str]:
    """Yield the text of each language. Bytes that no record points at must be zero."""
    count, size = struct.unpack_from(">II", element, 8)
    _require(condition=size == 12 and 16 + 12 * count <= len(element))
    unused = bytearray(element)
    unused[: 16 + 12 * count] = bytes(16 + 12 * count)
    for locale, length, at in struct.iter_unpack(">4sII", element[16 : 16 + 12 * count]):
        _require(
            condition=_is_locale(locale) and length <= 2 * _MAX_LENGTH and at >= 16 and at + length <= len(element)
        )
        unused[at : at + length] = bytes(length)
        yield element[at : at + length].decode("utf-16-be").rstrip("\0")
    _require(condition=not any(unused))


def _is_locale(locale: bytes) -> bool:
    country = locale[2:]
    return locale[:2] in _LANGUAGES and (country == b"\0\0" or (country.isalpha() and country.isupper()))


_READERS = {b"text": _read_text, b"desc": _read_description, b"mluc": _read_localised}
