"""Read and write the parameters from which readers apply an HDR gain map, for JPEG, HEIC and AVIF."""
