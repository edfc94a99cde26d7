"""The records that pass between the parts: what was found, where, and what to write instead.

This module knows nothing of rules, models or files, so that everything else may import it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

SCHEMA_VERSION = 1
"""Version of the JSON form of a result; rises when a field changes meaning or goes away."""

Severity = Literal["low", "medium", "high"]
SEVERITIES: tuple[Severity, ...] = ("low", "medium", "high")

CATEGORIES: tuple[str, ...] = (
    "agency",
    "self_risk",
    "consent",
    "sexualisation",
    "complicity",
    "credibility",
    "engagement",
    "missing",
    "adultification",
    "character",
    "minimisation",
    "parent_blame",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One run of words that blames, in one text.

    Attributes:
        start: offset of the first character, in characters of the original text.
        end: offset after the last character; ``text[start:end]`` is ``Finding.text``.
        text: the words themselves.
        code: permanent rule code, two letters and three digits; ``..000`` is wording that no rule names.
        category: one of ``CATEGORIES``.
        severity: "low", "medium" or "high".
        score: calibrated probability, 0 to 1, that a practitioner would mark these words.
        reported: True for the words of another professional that the writer passes on.
        message: what the words do, in one sentence.
        suggestions: other words for the same facts, best first.
        unsure: True where the score is so low that more than one in ten such findings is wrong.
    """

    start: int
    end: int
    text: str
    code: str
    category: str
    severity: Severity
    score: float
    reported: bool
    message: str
    suggestions: tuple[str, ...]
    unsure: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The finding as plain JSON values, in the order of the published schema."""
        return {
            "start": self.start,
            "end": self.end,
            "text": self.text,
            "code": self.code,
            "category": self.category,
            "severity": self.severity,
            "score": round(self.score, 4),
            "reported": self.reported,
            "message": self.message,
            "suggestions": list(self.suggestions),
            "unsure": self.unsure,
        }


@dataclass(frozen=True, slots=True)
class Result:
    """The findings of one note, in the order of the text."""

    id: str
    findings: tuple[Finding, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA_VERSION,
            "id": self.id,
            "findings": [finding.as_dict() for finding in self.findings],
        }


def at_least(severity: Severity, level: Severity) -> bool:
    """Whether ``severity`` is ``level`` or worse."""
    return SEVERITIES.index(severity) >= SEVERITIES.index(level)
