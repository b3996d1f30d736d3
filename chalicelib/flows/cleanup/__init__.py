"""The scheduled clean-up: `run` starts it, `bucket` empties one bucket, `delete` and `records` do a batch."""

from chalicelib.flows.cleanup.run import blocked_reason, handle

__all__ = ["blocked_reason", "handle"]
