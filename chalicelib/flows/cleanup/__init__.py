"""The scheduled clean-up: `run` starts it, `bucket` cleans a bucket, `delete` and `records` handle one batch."""

from chalicelib.flows.cleanup.run import blocked_reason, handle

__all__ = ["blocked_reason", "handle"]
