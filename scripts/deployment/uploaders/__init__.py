"""The IAM users of the setting UPLOADERS: each may put photos under its own prefix of the landing bucket.

`users` makes and deletes them. `rotation` replaces the key of one, step by step; `keys` reads and changes its keys and
its secret, and `probe` tries a new key.
"""
