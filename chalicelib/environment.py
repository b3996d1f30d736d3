"""Reads environment variables and collects every problem, so that one error names them all.

settings.py defines what the variables mean.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime


class SettingsError(Exception):
    """Raised when environment variables are missing or have bad values; `problems` lists all of them."""

    def __init__(self, problems: list[str], stage: str = "") -> None:
        super().__init__("; ".join(problems))
        self.problems = list(dict.fromkeys(problems))
        self._stage = stage

    @property
    def advice(self) -> str:
        """Return what is wrong and which command to run."""
        stage = self._stage or "dev"
        return (
            f"{self}. Run `make deploy STAGE={stage}`. For plain `chalice deploy`, run "
            f"`python -m scripts.deployment.resources --stage {stage}`, which creates the resources of stage {stage}, "
            f"and `make config STAGE={stage}`, which writes their names to its configuration. "
            "On this machine, use `make run`, or `chalice local --stage local` beside it."
        )


class EnvironmentReader:
    """Reads and checks one variable at a time. An empty variable counts as not set."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._problems: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        """Return the value. A variable without a default must be set."""
        value = self._environ.get(name) or default
        if not value:
            self.add_problem(f"{name} is not set")
        return value

    def optional_text(self, name: str) -> str:
        """Return the value, or "" if the variable is not set."""
        return self._environ.get(name) or ""

    def positive_integer(self, name: str, default: int) -> int:
        """Return a whole number of 1 or more."""
        value = self._environ.get(name) or str(default)
        if not (value.isascii() and value.isdigit() and int(value) > 0):
            self.add_problem(f"{name} must be a positive whole number, not {value!r}")
            return default
        return int(value)

    def choice(self, name: str, choices: tuple[str, ...], default: str = "") -> str:
        """Return one of the choices. Without a default, the first choice is the default."""
        value = self._environ.get(name) or default or choices[0]
        if value not in choices:
            self.add_problem(f"{name} must be one of {', '.join(choices)}, not {value!r}")
            return choices[0]
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """Return a truth value, written as `true` or `false`."""
        return self.choice(name, ("true", "false"), "true" if default else "false") == "true"

    def comma_separated(self, name: str, default: str) -> tuple[str, ...]:
        """Return the parts of a comma-separated list. A single comma means an empty list."""
        value = self._environ.get(name) or default
        return tuple(part.strip() for part in value.split(",") if part.strip())

    def instant(self, name: str) -> datetime | None:
        """Return an ISO 8601 date and time as UTC, or None if the variable is not set. The value needs an offset."""
        value = self._environ.get(name)
        if not value:
            return None
        with suppress(ValueError, OverflowError):
            instant = datetime.fromisoformat(value)
            if instant.tzinfo is not None:
                return instant.astimezone(UTC)
        self.add_problem(f"{name} must be a date and time with an offset, such as 2026-01-31T21:30:00Z, not {value!r}")
        return None

    def add_problem(self, problem: str) -> None:
        """Add a problem to those that raise_problems() reports."""
        self._problems.append(problem)

    def raise_problems(self) -> None:
        """Raise SettingsError if there was any problem."""
        if self._problems:
            raise SettingsError(self._problems, self._environ.get("STAGE", ""))
