"""Read EXIF blocks and TIFF directories (Exif 3.0, TIFF 6.0), for TIFF and for the containers that embed them."""
