"""Transfer curves: from an encoded value to linear light, both from 0 to 1."""

import struct
from dataclasses import dataclass


@dataclass(frozen=True)
class Sampled:
    """A curve by samples at equal distances. It is linear between two samples (ICC.1:2022, 10.6)."""

    samples: tuple[float, ...]

    def __call__(self, value: float) -> float:
        """Return the linear light of an encoded value."""
        last = len(self.samples) - 1
        place = min(max(value, 0.0), 1.0) * last
        below = min(int(place), last - 1)
        low, high = self.samples[below], self.samples[below + 1]
        return low + (high - low) * (place - below)


@dataclass(frozen=True)
class Parametric:
    """The curve (a * v + b) ** g + e from d on, and c * v + f below d (ICC.1:2022, 10.18, function type 4)."""

    g: float
    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 0.0
    e: float = 0.0
    f: float = 0.0

    def __call__(self, value: float) -> float:
        """Return the linear light of an encoded value."""
        if value < self.d:
            return min(max(self.c * value + self.f, 0.0), 1.0)
        base = min(max(self.a * value + self.b, 0.0), 4.0)  # bounded, so that no profile causes an OverflowError
        return min(max(float(base**self.g) + self.e, 0.0), 1.0)

    @property
    def element(self) -> bytes:
        """Return the curve as the content of an ICC tag."""
        values = (self.g, self.a, self.b, self.c, self.d, self.e, self.f)
        return b"para" + struct.pack(">4xHH7i", 4, 0, *(round(65536 * value) for value in values))


Curve = Sampled | Parametric

#: The curve of sRGB (IEC 61966-2-1).
SRGB = Parametric(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def encode_srgb(light: float) -> float:
    """Return the sRGB value of linear light, both from 0 to 1 (IEC 61966-2-1)."""
    return 12.92 * light if light <= 0.0031308 else float(1.055 * light ** (1 / 2.4) - 0.055)
