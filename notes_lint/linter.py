"""The linter: one note in, findings out. Reading, judging and wording, composed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

from notes_lint.finding import Finding, Result
from notes_lint.judging.artefact import Model, load
from notes_lint.judging.judge import Judgement
from notes_lint.reading import Piece, Reader
from notes_lint.resources import model_folder
from notes_lint.rulebook import Rulebook, default_rulebook
from notes_lint.wording import suggest

Note = str | tuple[str, str] | Mapping[str, str]
"""A note for ``check_many``: its text, or (id, text), or an object with "id" and "text"."""

BATCH = 64
"""Notes judged at once by ``check_many``: enough to feed scikit-learn, few enough to keep memory flat."""


class Linter:
    """Finds victim-blaming wording. Made once (about a second), then used from any thread.

    Parameters:
        model: folder of the model; the one that came with the package if not given.
        rulebook: the rules; the package's own if not given.
        trust_model: load a model that did not come with the package. A model file can run code: say so only of
            one that you made.

    Raises:
        ModelError: the model is missing, damaged or not trusted.
        RuleError: a rule file is wrong.
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | None = None,
        *,
        rulebook: Rulebook | None = None,
        trust_model: bool = False,
    ) -> None:
        self.rulebook = rulebook if rulebook is not None else default_rulebook()
        self.model: Model = load(Path(model) if model is not None else model_folder(), trust=trust_model)
        self.reader = Reader(self.rulebook)

    def check(self, text: str) -> list[Finding]:
        """The findings of one note, in the order of the text; offsets count characters of ``text``."""
        return self._check([text])[0]

    def check_many(self, notes: Iterable[Note]) -> Iterator[Result]:
        """Check a stream of notes of any length in flat memory.

        Yields:
            a result for each note, in order. A note without an id is known by its number, from 1.
        """
        counted = enumerate(notes, 1)
        while batch := list(islice(counted, BATCH)):
            named = [_named(number, note) for number, note in batch]
            for (name, _), findings in zip(named, self._check([text for _, text in named]), strict=True):
                yield Result(name, tuple(findings))

    def _check(self, texts: list[str]) -> list[list[Finding]]:
        pieces = [(owner, piece) for owner, text in enumerate(texts) for piece in self.reader.read(text)]
        found: list[list[Finding]] = [[] for _ in texts]
        judged = self.model.judge.judge([piece.doc for _, piece in pieces])
        for (owner, piece), judgements in zip(pieces, judged, strict=True):
            found[owner] += [self._finding(piece, j) for j in judgements if j.is_finding]
        return found

    def _finding(self, piece: Piece, judgement: Judgement) -> Finding:
        doc, offset = piece.doc, piece.offset
        span = doc[judgement.start : judgement.end]
        if judgement.code is not None:
            rule = self.rulebook[judgement.code]
            severity = rule.severity
        else:
            rule, severity = self.rulebook.fallback(judgement.category), judgement.severity
        return Finding(
            start=offset + span.start_char,
            end=offset + span.end_char,
            text=span.text,
            code=rule.code,
            category=rule.category,
            severity=severity,
            score=round(judgement.score, 6),  # beyond that it depends on the batch
            reported=judgement.reported,
            message=rule.why,
            suggestions=suggest(rule, doc, judgement.start, judgement.end),
            unsure=judgement.unsure,
        )


def _named(number: int, note: Note) -> tuple[str, str]:
    if isinstance(note, str):
        return str(number), note
    if isinstance(note, Mapping):
        return str(note.get("id", number)), note["text"]
    return note
