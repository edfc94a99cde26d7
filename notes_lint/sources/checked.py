"""Notes from any source through the linter, problems kept in their place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from notes_lint.finding import Finding
from notes_lint.linter import BATCH, Linter
from notes_lint.sources.note import Note, Problem


@dataclass(frozen=True, slots=True)
class Checked:
    """A note and what was found in it."""

    note: Note
    findings: tuple[Finding, ...]


def check_notes(linter: Linter, items: Iterable[Note | Problem]) -> Iterator[Checked | Problem]:
    """Check a stream in order and in flat memory; problems pass through untouched."""
    stream = iter(items)
    while batch := list(islice(stream, BATCH)):
        results = linter.check_many((note.id, note.text) for note in batch if isinstance(note, Note))
        for item in batch:
            if isinstance(item, Note):
                yield Checked(item, next(results).findings)
            else:
                yield item
