"""The steps of `make deploy` and `make destroy`.

Nothing here imports `scripts.embedded`: a deployment does not need the embedded AWS.
"""
