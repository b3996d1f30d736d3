"""The header of a colour profile: what in it is colour, and what tells of a device, a program or an hour (7.2)."""

import struct
from hashlib import md5

SIZE = 128
#: A profile that is mended gets this date (1 January 2000): when it was made is nobody's business.
_DATE = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)
_CLASSES = frozenset({b"scnr", b"mntr", b"prtr", b"spac", b"abst"})
_SPACES = frozenset(
    name.ljust(4)
    for name in b"XYZ Lab Luv YCbr Yxy RGB GRAY HSV HLS CMYK CMY 2CLR 3CLR 4CLR 5CLR 6CLR 7CLR 8CLR".split()
)
#: Makers of published profiles; four other letters, most of all the model's, may name a device or a person.
_MAKERS = frozenset(
    name.ljust(4)
    for name in b"none ADBE APPL appl MSFT SGI SUNW TGNT *nix HP IEC sRGB GOOG lcms Lino LINO KODA KCMS ROMM GIMP CANO "
    b"NKON Nkon SONY EPSO skia ICC HDM argl ARGL CCMS WCS ACMS LOGO XRIT ART fb c2 saws UCCM".split()
) | {bytes(4)}
_D50 = (0.9642, 1.0, 0.8249)
_TOLERANCE = 0.01
_PROGRAM = b"lcms"


def is_readable(header: bytes) -> bool:
    """Tell whether colour engines take this for the profile of a picture."""
    return (
        len(header) == SIZE
        and header[36:40] == b"acsp"
        and header[12:16] in _CLASSES
        and header[16:20] in _SPACES
        and header[20:24] in (b"XYZ ", b"Lab ")
    )


def clean_header(profile: bytes, *, published: bool) -> bytes:
    """Give the header with known makers, the flags and the ID of the specification, and zeros for the rest.

    The date stays in a published profile alone, and not in what Little CMS made: it writes the hour of the run.
    """
    cmm, platform, maker, model, creator = (_known(profile, at) for at in (4, 40, 48, 52, 80))
    dated = published and _PROGRAM not in (cmm, creator)
    return b"".join(
        (
            profile[:4] + cmm + profile[8:10] + bytes(2) + profile[12:24],
            (profile[24:36] if dated else _DATE) + profile[36:40] + platform,
            bytes((0, 0, 0, profile[47] & 3)) + maker + model + bytes(7) + bytes((profile[63] & 15,)),
            bytes((0, 0, 0, profile[67] & 3)) + _illuminant(profile) + creator + _identity(profile) + bytes(28),
        )
    )


def _known(profile: bytes, at: int) -> bytes:
    signature = profile[at : at + 4]
    return signature if signature in _MAKERS else bytes(4)


def _illuminant(profile: bytes) -> bytes:
    """Give the illuminant where it is D50, as the specification has it: engines that look at it refuse another."""
    numbers = struct.unpack_from(">3i", profile, 68)
    is_near = all(abs(number / 65536 - x) <= _TOLERANCE for number, x in zip(numbers, _D50, strict=True))
    return profile[68:80] if is_near else struct.pack(">3i", 0xF6D6, 0x10000, 0xD32D)


def _identity(profile: bytes) -> bytes:
    """Give the profile's ID where it is the fingerprint that it should be (7.2.18), else "none"."""
    if not any(profile[84:100]):
        return bytes(16)
    neutral = profile[:44] + bytes(4) + profile[48:64] + bytes(4) + profile[68:84] + bytes(16)
    digest = md5(neutral, usedforsecurity=False)
    digest.update(memoryview(profile)[100:])
    return profile[84:100] if digest.digest() == profile[84:100] else bytes(16)
