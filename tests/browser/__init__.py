"""The page in Chromium, on the program that `make run` starts."""
