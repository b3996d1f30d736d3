"""A clock for tests of what waits: only `sleep` moves it."""


class FakeTime:
    """Starts at 0. All times are in seconds."""

    now = 0.0

    def sleep(self, seconds: float) -> None:
        """Move the clock."""
        self.now += seconds
