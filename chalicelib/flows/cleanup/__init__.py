"""The scheduled clean-up: the run, one bucket, deletion in batches with a journal, and the records that follow."""

from chalicelib.flows.cleanup.run import blocked_reason, handle

__all__ = ["blocked_reason", "handle"]
