"""Calculate the sRGB colour that a picture must show, by published numbers and not by the code under test.

The matrices from linear light to linear sRGB are those of CSS Color 4 (P3, BT.2020) and of Adobe RGB (1998), for D65.
"""

import math

Colour = tuple[int, ...]

MATRICES = {
    "P3": ((1.2249402, -0.2249402, 0.0), (-0.0420570, 1.0420570, 0.0), (-0.0196376, -0.0786360, 1.0982736)),
    "BT.2020": ((1.660491, -0.587641, -0.07285), (-0.124551, 1.1329, -0.008349), (-0.018151, -0.100579, 1.11873)),
    "Adobe RGB": ((1.3983557, -0.3983557, 0.0), (0.0, 1.0, 0.0), (0.0, -0.0429290, 1.0429290)),
    "sRGB": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
}  # fmt: skip


def srgb_to_light(value: float) -> float:
    """Decode sRGB (IEC 61966-2-1), from 0 to 1."""
    return float(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)


def light_to_srgb(light: float) -> float:
    """Encode sRGB (IEC 61966-2-1), from 0 to 1."""
    light = min(max(light, 0.0), 1.0)
    return float(light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055)


def shown(colour: Colour, space: str, gamma: float | None = None, white: int = 255) -> Colour:
    """Return the 8-bit sRGB colour of an encoded one. Its curve is sRGB's, or the exponent `gamma`."""
    light = [(level / white) ** gamma if gamma else srgb_to_light(level / white) for level in colour]
    mixed = (sum(a * b for a, b in zip(row, light, strict=True)) for row in MATRICES[space])
    return tuple(round(255 * light_to_srgb(each)) for each in mixed)


def pq_to_light(value: float) -> float:
    """Decode PQ (SMPTE ST 2084) to cd/m2."""
    power = value ** (32 / 2523)
    return float(10_000 * (max(power - 107 / 128, 0) / (2413 / 128 - 2392 / 128 * power)) ** (8192 / 1305))


def hlg_to_light(value: float) -> float:
    """Decode a grey of HLG to cd/m2 (ITU-R BT.2100, table 5). 75 % of the signal is 203 cd/m2 (BT.2408, table 1)."""
    scene = value**2 / 3 if value <= 0.5 else (math.exp((value - 0.55991073) / 0.17883277) + 0.28466892) / 12
    return float(1000 * scene**1.2)


def tone(light: float) -> float:
    """Compress light in cd/m2 to the range of sRGB, from 0 to 1: 1000 cd/m2 is white."""
    relative, peak = light / 203, 1000 / 203
    return relative * (1 + relative / (peak * peak)) / (1 + relative)
