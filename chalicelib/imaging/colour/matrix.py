"""Converts chromaticities to matrices from linear RGB to CIE XYZ, and calculates with matrices of 3 x 3."""

#: The xy chromaticities of red, green, blue and white.
Primaries = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]
Vector = tuple[float, ...]
Matrix = tuple[Vector, ...]
#: The chromaticities of sRGB (IEC 61966-2-1).
SRGB: Primaries = ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060), (0.3127, 0.3290))
#: The white point of the ICC connection space (ICC.1:2022, 7.2.16), and Bradford's cone response (annex E).
D50: Vector = (0.9642, 1.0, 0.8249)
_BRADFORD: Matrix = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))


def to_xyz(primaries: Primaries) -> Matrix:
    """Return the matrix from linear RGB to XYZ, in which white has Y = 1 (SMPTE RP 177).

    Raises ZeroDivisionError if the chromaticities are on one line, or if white has y = 0.
    """
    unscaled: Matrix = tuple(zip(*((x, y, 1 - x - y) for x, y in primaries[:3]), strict=True))
    scales = transform(inverse(unscaled), _white(primaries))
    return tuple(tuple(value * scale for value, scale in zip(row, scales, strict=True)) for row in unscaled)


def to_d50(primaries: Primaries) -> Matrix:
    """Return the matrix from linear RGB to XYZ for D50, by Bradford's adaptation (ICC.1:2022, annex E).

    Raises ZeroDivisionError like to_xyz().
    """
    source, target = transform(_BRADFORD, _white(primaries)), transform(_BRADFORD, D50)
    gains = tuple(after / before for after, before in zip(target, source, strict=True))
    adapted = tuple(tuple(gain * value for value in row) for gain, row in zip(gains, _BRADFORD, strict=True))
    return multiply(multiply(inverse(_BRADFORD), adapted), to_xyz(primaries))


def multiply(one: Matrix, other: Matrix) -> Matrix:
    """Return the product of two matrices."""
    columns = tuple(zip(*other, strict=True))
    return tuple(transform(columns, row) for row in one)


def transform(matrix: Matrix, vector: Vector) -> Vector:
    """Return the product of a matrix and a vector."""
    return tuple(sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)


def inverse(matrix: Matrix) -> Matrix:
    """Return the inverse of a matrix. Raises ZeroDivisionError if there is none."""
    (a, b, c), (d, e, f), (g, h, i) = matrix
    determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    adjugate = (
        (e * i - f * h, c * h - b * i, b * f - c * e),
        (f * g - d * i, a * i - c * g, c * d - a * f),
        (d * h - e * g, b * g - a * h, a * e - b * d),
    )
    return tuple(tuple(value / determinant for value in row) for row in adjugate)


def _white(primaries: Primaries) -> Vector:
    x, y = primaries[3]
    return x / y, 1.0, (1 - x - y) / y
