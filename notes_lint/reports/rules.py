"""The rulebook in print: a list of rules, and one rule explained."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict

from notes_lint.rulebook import Rule

_OPEN = {"they": "they", "them": "them", "their": "their", "themselves": "themselves", "are": "are", "have": "have"}


def listing(rules: Iterable[Rule]) -> str:
    """One line a rule: code, severity, category, name."""
    return "\n".join(f"{r.code}  {r.severity:<6}  {r.category:<14}  {r.name}" for r in rules)


def as_json(rules: Iterable[Rule], lines: bool) -> str:
    """The rules as one JSON list, or as an object a line."""
    entries = [asdict(rule) for rule in rules]
    if lines:
        return "\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries)
    return json.dumps(entries, ensure_ascii=False, indent=1)


def explanation(rule: Rule) -> str:
    """A rule for a reader who has met its code."""
    parts = [f"{rule.code}: {rule.name}", f"{rule.severity} severity, {rule.category.replace('_', ' ')}", ""]
    parts.append(rule.why)
    if rule.context:
        parts += ["", f"When the same words are fine: {rule.context}"]
    if rule.contested:
        parts += ["", "Guides disagree about this wording: a service may decide otherwise."]
    parts += ["", "Instead, perhaps:"]
    parts += [f"  - {text.format(**_OPEN)}" for text in rule.alternatives]
    if rule.ask:
        parts += ["", f"Ask: {rule.ask}"]
    if rule.source:
        parts += ["", f"Source: {rule.source.title}", f"  {rule.source.url}"]
    return "\n".join(parts)
