"""Exif blocks and TIFF directories (Exif 3.0, TIFF 6.0), as several containers embed them."""
