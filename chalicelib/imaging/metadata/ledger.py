"""Gathers findings in bounded memory: a file of a million tiny chunks must not cost a million objects."""

from collections.abc import Iterable
from dataclasses import replace

from chalicelib.imaging.metadata.findings import Finding, Kind

#: Distinct findings that are told apart; what comes after is counted together.
_LIMIT = 256


class Ledger:
    """Findings in the order of their first sight; alike ones are counted as one."""

    def __init__(self) -> None:
        self._sums: dict[Finding, list[int]] = {}

    def add(self, kind: Kind, where: str, size: int, summary: str, *, allowed: bool = False) -> None:
        """Count one finding of `size` bytes."""
        self._count(Finding(kind, where, 0, summary, allowed), size, 1)

    def extend(self, findings: Iterable[Finding]) -> None:
        """Count findings that another reader made."""
        for finding in findings:
            self._count(replace(finding, size=0, count=1), finding.size, finding.count)

    def _count(self, key: Finding, size: int, count: int) -> None:
        if len(self._sums) >= _LIMIT and key not in self._sums:
            key = Finding(Kind.UNKNOWN, "elsewhere", 0, "further parts", key.allowed)
        total = self._sums.setdefault(key, [0, 0])
        total[0] += count
        total[1] += size

    def findings(self) -> tuple[Finding, ...]:
        """List what was counted, with sizes summed up and how often each was seen."""
        return tuple(replace(key, size=size, count=count) for key, (count, size) in self._sums.items())

    def removed(self) -> tuple[Finding, ...]:
        """List the findings outside the allow-list."""
        return tuple(finding for finding in self.findings() if not finding.allowed)
