"""The environment of a stage, read word by word; every problem is told, not the first."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime


class SettingsError(Exception):
    """Raised when the environment lacks a name or holds a bad value; `problems` lists every one of them."""

    def __init__(self, problems: list[str], stage: str = "") -> None:
        super().__init__("; ".join(problems))
        self.problems = list(dict.fromkeys(problems))
        self._stage = stage

    @property
    def advice(self) -> str:
        """Say what is wrong and what to run."""
        stage = self._stage or "dev"
        return (
            f"{self}. Run `python -m scripts.deployment.resources --stage {stage}` first: it "
            f"creates the resources of stage {stage} and records their names."
        )


class Reader:
    """Collects every problem, so that a person mends the environment once and not name by name."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._problems: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        """Read a word that must be there, or have a default."""
        value = self._environ.get(name) or default
        if not value:
            self._problems.append(f"{name} is not set")
        return value

    def count(self, name: str, default: int) -> int:
        """Read a positive whole number."""
        value = self._environ.get(name) or str(default)
        if not (value.isascii() and value.isdigit() and int(value) > 0):
            self._problems.append(f"{name} must be a positive whole number, not {value!r}")
            return default
        return int(value)

    def choice(self, name: str, choices: tuple[str, ...], default: str = "") -> str:
        """Read one of several words; the default is the first of them where none is given."""
        value = self._environ.get(name) or default or choices[0]
        if value not in choices:
            self._problems.append(f"{name} must be one of {', '.join(choices)}, not {value!r}")
            return choices[0]
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """Read `true` or `false`."""
        return self.choice(name, ("true", "false"), "true" if default else "false") == "true"

    def words(self, name: str, default: str) -> tuple[str, ...]:
        """Read a list with commas; an empty one is written as a lone comma."""
        value = self._environ.get(name) or default
        return tuple(word.strip() for word in value.split(",") if word.strip())

    def instant(self, name: str) -> datetime | None:
        """Read an instant of ISO 8601 with its offset, in UTC; None when it is not set."""
        value = self._environ.get(name)
        if not value:
            return None
        with suppress(ValueError, OverflowError):
            instant = datetime.fromisoformat(value)
            if instant.tzinfo is not None:
                return instant.astimezone(UTC)
        self._problems.append(f"{name} must be an instant such as 2026-01-31T21:30:00Z, not {value!r}")
        return None

    def refuse(self, problem: str) -> None:
        """Note a problem that no single value has."""
        self._problems.append(problem)

    def finish(self) -> None:
        """Raise SettingsError when anything was wrong."""
        if self._problems:
            raise SettingsError(self._problems, self._environ.get("STAGE", ""))
