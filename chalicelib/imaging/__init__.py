"""Image processing as pure functions: bytes or an image in, bytes or an image out.

No AWS, no HTTP, no environment variables, no clock. The modules outside `metadata` do not import `metadata`.
"""
