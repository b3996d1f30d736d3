"""Pure image work: bytes or an image in, bytes or an image out; no AWS, no HTTP, no environment, no clock."""
