"""Clean the header of an ICC profile: keep colour facts; remove device, program and time (ICC.1:2022, 7.2)."""

import struct
from hashlib import md5

SIZE = 128
#: A profile that changes gets this date (1 January 2000), because its own date may identify its maker.
_NEUTRAL_DATE = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)
_CLASSES = frozenset({b"scnr", b"mntr", b"prtr", b"spac", b"abst"})
_COLOUR_SPACES = frozenset(
    name.ljust(4)
    for name in b"XYZ Lab Luv YCbr Yxy RGB GRAY HSV HLS CMYK CMY 2CLR 3CLR 4CLR 5CLR 6CLR 7CLR 8CLR".split()
)
#: Signatures of published profiles. Other letters, above all those of the model, may name a device or a person.
_KNOWN_SIGNATURES = frozenset(
    name.ljust(4)
    for name in b"none ADBE APPL appl MSFT SGI SUNW TGNT *nix HP IEC sRGB GOOG lcms Lino LINO KODA KCMS ROMM GIMP CANO "
    b"NKON Nkon SONY EPSO skia ICC HDM argl ARGL CCMS WCS ACMS LOGO XRIT ART fb c2 saws UCCM".split()
) | {bytes(4)}
_D50 = (0.9642, 1.0, 0.8249)
_D50_TOLERANCE = 0.01
_LITTLE_CMS = b"lcms"


def is_readable(header: bytes) -> bool:
    """Return True if colour engines accept this header as that of a picture's profile."""
    return (
        len(header) == SIZE
        and header[36:40] == b"acsp"
        and header[12:16] in _CLASSES
        and header[16:20] in _COLOUR_SPACES
        and header[20:24] in (b"XYZ ", b"Lab ")
    )


def clean_header(profile: bytes, *, published: bool) -> bytes:
    """Return the header with known signatures, the flags and the ID of the specification, and zeros elsewhere.

    Only a published profile keeps its date. A profile of Little CMS does not, since it holds the time of its creation.
    """
    cmm, platform, maker, model, creator = (_known(profile, at) for at in (4, 40, 48, 52, 80))
    keeps_date = published and _LITTLE_CMS not in (cmm, creator)
    return b"".join(
        (
            profile[:4] + cmm + profile[8:10] + bytes(2) + profile[12:24],
            (profile[24:36] if keeps_date else _NEUTRAL_DATE) + profile[36:40] + platform,
            bytes((0, 0, 0, profile[47] & 3)) + maker + model + bytes(7) + bytes((profile[63] & 15,)),
            bytes((0, 0, 0, profile[67] & 3)) + _illuminant(profile) + creator + _profile_id(profile) + bytes(28),
        )
    )


def _known(profile: bytes, at: int) -> bytes:
    signature = profile[at : at + 4]
    return signature if signature in _KNOWN_SIGNATURES else bytes(4)


def _illuminant(profile: bytes) -> bytes:
    """Return the illuminant if it is near D50, else D50 itself: engines that check it refuse any other."""
    numbers = struct.unpack_from(">3i", profile, 68)
    is_near = all(abs(number / 65536 - x) <= _D50_TOLERANCE for number, x in zip(numbers, _D50, strict=True))
    return profile[68:80] if is_near else struct.pack(">3i", 0xF6D6, 0x10000, 0xD32D)


def _profile_id(profile: bytes) -> bytes:
    """Return the profile ID if it is the MD5 that the specification defines (7.2.18), else zeros."""
    if not any(profile[84:100]):
        return bytes(16)
    hashed = profile[:44] + bytes(4) + profile[48:64] + bytes(4) + profile[68:84] + bytes(16)
    digest = md5(hashed, usedforsecurity=False)
    digest.update(memoryview(profile)[100:])
    return profile[84:100] if digest.digest() == profile[84:100] else bytes(16)
