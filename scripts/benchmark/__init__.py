"""`make bench` and `make bench-lambda`: Darkroom beside other tools, and its functions beside a bare handler."""
