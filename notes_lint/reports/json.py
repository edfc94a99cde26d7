"""Machine-readable reports: JSON Lines (one object a note, the published contract) and one JSON object."""

from __future__ import annotations

import json
from typing import Any, TextIO

from notes_lint.finding import SCHEMA_VERSION, Result
from notes_lint.reports.tally import Tally
from notes_lint.sources import Problem
from notes_lint.sources.checked import Checked


def _result(item: Checked) -> dict[str, Any]:
    return Result(item.note.id, item.findings).as_dict()


def _problem(item: Problem) -> dict[str, Any]:
    return {"path": item.path, "place": item.place, "reason": item.reason, "remedy": item.remedy}


class JsonLines:
    """One object a line, in order; what could not be checked has ``"error"`` in place of ``"findings"``."""

    def __init__(self, out: TextIO) -> None:
        self.out = out

    def add(self, item: Checked | Problem) -> None:
        if isinstance(item, Problem):
            line = {"schema": SCHEMA_VERSION, "id": None, "error": _problem(item)}
        else:
            line = _result(item)
        self.out.write(json.dumps(line, ensure_ascii=False) + "\n")

    def close(self, tally: Tally) -> None:
        self.out.flush()


class Json:
    """One object: ``results`` (with path and place), ``not_checked`` and ``summary``."""

    def __init__(self, out: TextIO) -> None:
        self.out = out
        self.problems: list[dict[str, Any]] = []
        self.started = False

    def add(self, item: Checked | Problem) -> None:
        if isinstance(item, Problem):
            self.problems.append(_problem(item))
            return
        self._start()
        result = {"path": item.note.path, "place": item.note.place, **_result(item)}
        self.out.write((",\n  " if self.started else "\n  ") + json.dumps(result, ensure_ascii=False))
        self.started = True

    def _start(self) -> None:
        if not self.started:
            self.out.write(f'{{"schema": {SCHEMA_VERSION}, "results": [')

    def close(self, tally: Tally) -> None:
        self._start()
        summary = {
            "notes": tally.notes,
            "words": tally.words,
            "not_checked": tally.not_checked,
            "with_findings": tally.with_findings,
            "findings": dict(tally.findings),
        }
        problems = json.dumps(self.problems, ensure_ascii=False)
        self.out.write(f'\n ], "not_checked": {problems}, "summary": {json.dumps(summary)}}}\n')
        self.out.flush()
