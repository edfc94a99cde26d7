"""Reading: text in, spaCy ``Doc`` out, with sentences, people, voices and candidate phrases.

The judge needs nothing but the ``Doc``:

================== ==========================================================================
``doc.sents``      sentences, as notes are really typed
``"people"``       span group: who is mentioned (``reading.people``)
``"quoted"``       span group: words in quotation marks, by speaker (``reading.voices``)
``"reported"``     span group: indirect speech, by speaker
``"denied"``       span group: what a negation covers
``"criticised"``   span group: sentences that challenge a wording
``"candidates"``   span group: phrases of the rulebook, labelled with the rule code
================== ==========================================================================
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import spacy
from spacy.tokens import Doc

from notes_lint.reading.people import People
from notes_lint.reading.phrases import PhraseFinder
from notes_lint.reading.sentences import SentenceEnds
from notes_lint.reading.shorthand import add_shorthand
from notes_lint.reading.voices import Voices
from notes_lint.rulebook import Rulebook

LONGEST_PIECE = 20_000
"""Characters read at once. spaCy refuses a text over 1,000,000; short pieces keep memory flat besides."""


class Piece(NamedTuple):
    """A stretch of a note: ``text[offset : offset + len(doc.text)]``."""

    offset: int
    doc: Doc


def split_text(text: str, longest: int = LONGEST_PIECE) -> Iterator[tuple[int, str]]:
    """Cut a long text at the best place there is: paragraph, line, sentence, space, anywhere.

    Yields (offset, piece); the pieces joined are the text.
    """
    begin = 0
    while len(text) - begin > longest:
        window = text[begin : begin + longest]
        for mark in ("\n\n", "\n", ". ", " "):
            cut = window.rfind(mark)
            if cut > longest // 2:
                cut += len(mark)
                break
        else:
            cut = longest
        yield begin, window[:cut]
        begin += cut
    if begin < len(text):
        yield begin, text[begin:]


class Reader:
    """The spaCy pipeline, made once and shared; reading changes nothing in it but spaCy's cache of words."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.nlp = spacy.blank("en")
        add_shorthand(self.nlp)
        self.rulebook = rulebook
        self._components: tuple[Callable[[Doc], Doc], ...] = (
            SentenceEnds(),
            People(),
            Voices(),
            PhraseFinder(self.nlp, rulebook),
        )

    def read(self, text: str) -> list[Piece]:
        """Read one note of any length.

        Returns:
            its pieces in order; none for a text without words.
        """
        return [Piece(offset, self.read_piece(part)) for offset, part in split_text(text) if re.search(r"\w", part)]

    def read_piece(self, text: str) -> Doc:
        """Read a text of at most 1,000,000 characters into one ``Doc``."""
        doc = self.nlp.make_doc(text)
        for component in self._components:
            doc = component(doc)
        return doc

    def read_many(self, texts: Iterable[str]) -> Iterator[list[Piece]]:
        """``read`` for each text, in order."""
        return map(self.read, texts)
