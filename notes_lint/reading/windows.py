"""Windows: what the encoder reads at once, a few neighbouring sentences cut into word pieces.

A window has words of its own, whose vectors are kept, and context on both sides that is only looked at. The
same windows are cut when the encoder is trained and when it reads, so that it meets nothing unfamiliar.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from spacy.tokens import Doc
from tokenizers import Tokenizer

SIZE = 128
"""Pieces of a window, the two marks at its ends included."""

OWN = 80
"""Most pieces that a window calls its own."""

CONTEXT = 32
"""Most pieces of context on either side."""

LONGEST_WORD = 12
"""Pieces of a word that are read; what is longer is a link or a slip of the keyboard."""

LINE_BREAK = "[unused1]"
"""The vocabulary's word for a line break: lists and headings are told by it."""


class Vocabulary:
    """Word pieces of a spaCy token: of its norm, so that "YP" is read as "young person"."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._known: dict[str, tuple[int, ...]] = {}
        first, last = tokenizer.encode("", add_special_tokens=True).ids
        self.first, self.last = int(first), int(last)
        self.pad = next(i for i in map(tokenizer.token_to_id, ("<pad>", "[PAD]")) if i is not None)
        line_break = tokenizer.token_to_id(LINE_BREAK)
        if line_break is None:
            raise ValueError(f"the vocabulary lacks {LINE_BREAK}")
        self.line_break = int(line_break)

    def word(self, norm: str) -> tuple[int, ...]:
        """The pieces of one word."""
        ids = self._known.get(norm)
        if ids is None:
            ids = tuple(self._tokenizer.encode(norm, add_special_tokens=False).ids[:LONGEST_WORD])
            if len(self._known) > 100_000:
                self._known.clear()
            self._known[norm] = ids
        return ids

    def doc(self, doc: Doc) -> list[tuple[int, ...]]:
        """The pieces of every token; none for blanks, one for a line break."""
        return [
            self.word(token.norm_) if not token.is_space else (self.line_break,) if "\n" in token.text else ()
            for token in doc
        ]


class Window(NamedTuple):
    """Tokens ``start`` to ``end`` are read, ``own_start`` to ``own_end`` are kept."""

    start: int
    end: int
    own_start: int
    own_end: int


def cut_windows(
    doc: Doc, counts: Sequence[int], wanted: Collection[int] | None = None, own: int = OWN, context: int = CONTEXT
) -> Iterator[Window]:
    """Windows over the sentences ``wanted`` (numbers; all if None), as few as fit, each token at most once own.

    Parameters:
        counts: pieces of every token.
        own: most pieces of a window's own words, context included at most ``SIZE`` - 2.
        context: most pieces of context on either side.
    """
    first: int | None = None
    last = used = 0
    runs: list[tuple[int, int]] = []

    def close() -> None:
        nonlocal first
        if first is not None:
            runs.append((first, last))
            first = None

    for number, sentence in enumerate(doc.sents):
        if wanted is not None and number not in wanted:
            close()
            continue
        size = sum(counts[sentence.start : sentence.end])
        if first is not None and used + size > own:
            close()
        if size > own:
            runs += _chop(sentence.start, sentence.end, counts, own)
        elif first is None:
            first, last, used = sentence.start, sentence.end, size
        else:
            last, used = sentence.end, used + size
    close()
    for start, end in runs:
        spare = SIZE - 2 - sum(counts[start:end])
        before = _walk(start - 1, -1, counts, min(context, spare // 2))
        after = _walk(end, 1, counts, min(context, spare // 2))
        yield Window(before, after, start, end)


def _chop(start: int, end: int, counts: Sequence[int], own: int) -> Iterator[tuple[int, int]]:
    used, begin = 0, start
    for i in range(start, end):
        if used + counts[i] > own:
            yield begin, i
            begin, used = i, 0
        used += counts[i]
    yield begin, end


def _walk(i: int, step: int, counts: Sequence[int], room: int) -> int:
    """How far one can go from token ``i`` before ``room`` pieces are used; the border as a slice's end."""
    while 0 <= i < len(counts) and counts[i] <= room:
        room -= counts[i]
        i += step
    return i + 1 if step < 0 else i
