"""The parameters of an HDR gain map in their binary form (ISO 21496-1, annex C; item `tmap` and JPEG segment APP2)."""

import struct
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

_VERSIONS = bytes(4)
_MULTICHANNEL, _BASE_COLOURS, _BACKWARD, _COMMON_DENOMINATOR = 0x80, 0x40, 0x04, 0x08
_HEAD, _FRACTION, _CHANNEL_FIELDS = 5, 8, 5
#: The largest denominator that is written. A free choice of both numbers could hide eight bytes in each parameter.
_MAX_DENOMINATOR = 1_000_000
_MAX_STOPS = 64


class Channel(NamedTuple):
    """The parameters of one colour channel: gain as a base-2 logarithm, gamma, and the two offsets."""

    minimum: Fraction
    maximum: Fraction
    gamma: Fraction
    base_offset: Fraction
    alternate_offset: Fraction


@dataclass(frozen=True)
class Parameters:
    """All parameters of a gain map. The headrooms are base-2 logarithms. `channels` has one channel or three."""

    base_headroom: Fraction
    alternate_headroom: Fraction
    channels: tuple[Channel, ...]
    uses_base_colours: bool = True
    #: A flag of Ultra HDR: the base picture is the HDR picture.
    is_backward: bool = False


def round_parameter(value: Fraction) -> Fraction | None:
    """Return a parameter as it is written, or None if no encoder writes such a value."""
    rounded = value.limit_denominator(_MAX_DENOMINATOR)
    return rounded if abs(rounded) <= _MAX_STOPS else None


def read_parameters(data: bytes, *, is_ultra_hdr: bool = False) -> Parameters | None:
    """Read the parameters at the start of `data`.

    Ultra HDR has a form of its own, with a common denominator of all parameters. ISO reserves its flag.
    Returns None if they are cut short, out of range or of a later version.
    """
    if len(data) < _HEAD or data[:2] != _VERSIONS[:2]:
        return None
    flags = data[4]
    count = 2 + _CHANNEL_FIELDS * (3 if flags & _MULTICHANNEL else 1)
    read = _read_common if is_ultra_hdr and flags & _COMMON_DENOMINATOR else _read_fractions
    values = [round_parameter(value) for value in read(data[_HEAD:], count)]
    known = [value for value in values if value is not None]
    if len(known) < count:
        return None
    base, alternate, *rest = known
    channels = tuple(Channel(*rest[at : at + _CHANNEL_FIELDS]) for at in range(0, len(rest), _CHANNEL_FIELDS))
    if min(base, alternate) < 0 or any(channel.gamma <= 0 for channel in channels):
        return None
    return Parameters(base, alternate, channels, bool(flags & _BASE_COLOURS), bool(flags & _BACKWARD))


def write_parameters(parameters: Parameters) -> bytes:
    """Return the one binary form of the parameters, with a denominator for each of them."""
    flags = _MULTICHANNEL if len(parameters.channels) == 3 else 0
    flags |= _BASE_COLOURS if parameters.uses_base_colours else 0
    flags |= _BACKWARD if parameters.is_backward else 0
    values = [parameters.base_headroom, parameters.alternate_headroom, *sum(parameters.channels, ())]
    fractions = b"".join(struct.pack(">iI", value.numerator, value.denominator) for value in values)
    return _VERSIONS + bytes([flags]) + fractions


def _read_fractions(data: bytes, count: int) -> list[Fraction]:
    pairs = list(struct.iter_unpack(">iI", data[: min(count, len(data) // _FRACTION) * _FRACTION]))
    return [Fraction(top, bottom) for top, bottom in pairs if bottom]


def _read_common(data: bytes, count: int) -> list[Fraction]:
    numbers = [top for (top,) in struct.iter_unpack(">i", data[4 : 4 + min(count, len(data) // 4 - 1) * 4])]
    bottom = int.from_bytes(data[:4], "big")
    return [Fraction(top, bottom) for top in numbers] if bottom else []
