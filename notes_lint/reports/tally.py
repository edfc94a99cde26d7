"""What every report has in common: running counts, and taking checked notes one at a time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Protocol

from notes_lint.finding import SEVERITIES, Severity, at_least
from notes_lint.sources import Problem
from notes_lint.sources.checked import Checked


@dataclass
class Tally:
    """Running counts of a check: what was read, what was not, what was found."""

    notes: int = 0
    words: int = 0
    with_findings: int = 0
    not_checked: int = 0
    findings: Counter[Severity] = field(default_factory=Counter)

    def add(self, item: Checked | Problem) -> None:
        if isinstance(item, Problem):
            self.not_checked += 1
            return
        self.notes += 1
        self.words += len(item.note.text.split())
        self.with_findings += bool(item.findings)
        self.findings.update(finding.severity for finding in item.findings)

    def fails(self, level: Severity) -> bool:
        """Whether anything at or above ``level`` was found."""
        return any(count and at_least(severity, level) for severity, count in self.findings.items())

    def summary(self) -> str:
        """One line that a person can quote."""
        total = self.findings.total()
        parts = [f"{self.notes:,} {'note' if self.notes == 1 else 'notes'} checked"]
        if self.not_checked:
            parts.append(f"{self.not_checked:,} not checked")
        if total:
            by = ", ".join(f"{self.findings[s]:,} {s}" for s in reversed(SEVERITIES) if self.findings[s])
            parts.append(
                f"{total:,} {'finding' if total == 1 else 'findings'} ({by}) in {self.with_findings:,} "
                f"{'note' if self.with_findings == 1 else 'notes'}, "
                f"{1000 * total / max(1, self.words):.1f} per 1,000 words"
            )
        elif self.notes:
            parts.append("nothing found")
        return "; ".join(parts)


class Report(Protocol):
    """Something that shows a check."""

    def add(self, item: Checked | Problem) -> None:
        """Show one checked note, or one thing that could not be checked."""

    def close(self, tally: Tally) -> None:
        """Show what belongs at the end."""
