"""Sentence ends in notes as people type them: bullets, headings, initials, times, pasted email, no capitals."""

from __future__ import annotations

import re

from spacy.tokens import Doc, Token

from notes_lint.reading.shorthand import abbreviations

_ENDS = frozenset({".", "!", "?", "…", "...", "..", "!!", "??", "?!"})
_CLOSERS = frozenset({'"', "”", "’", "'", ")", "]", "''", "»"})
_STARTERS = frozenset(
    "i we he she they it the a this that there then yp mum dad mother father no not when after on at as his her "
    "their my our school police staff sw carer told said asked advised plan action".split()
)
_ABBREVIATIONS = abbreviations()
_BULLET = re.compile(r"[-*•·◦▪–—>►✓☐☑\[]|\(?\d{1,3}[.):]|\(?[a-z][.)]")
_NUMBER = re.compile(r"\d{1,3}\.?")
_INITIAL = re.compile(r"[A-Z]\.")
_WRAPPED_FROM = 55  # a line at least this long may be a paragraph wrapped by an email program


def _line_ends_sentence(line: str, following: str) -> bool:
    """Whether the break between two lines of one paragraph is also the end of a sentence."""
    line, following = line.rstrip(), following.lstrip(" \t>")
    if not line or not following:
        return True
    if _BULLET.match(following) or line[-1] in ".!?:;…":
        return True
    if following[0].islower():
        # a list without bullets starts in lower case too, but its lines are short
        return len(line) < 30
    return len(line) < _WRAPPED_FROM


class SentenceEnds:
    """spaCy component: sets ``Token.is_sent_start`` for a whole note."""

    def __call__(self, doc: Doc) -> Doc:
        text = doc.text
        starts = [False] * len(doc)
        for number, token in enumerate(doc):
            if number == 0:
                starts[0] = True
            elif token.is_space:
                continue
            elif doc[number - 1].is_space and "\n" in doc[number - 1].text:
                starts[number] = self._after_break(text, doc[number - 1])
            elif not starts[number]:
                starts[number] = self._after_mark(doc, number)
        for token, start in zip(doc, starts, strict=True):
            token.is_sent_start = start
        return doc

    @staticmethod
    def _after_break(text: str, space: Token) -> bool:
        if space.text.count("\n") > 1:
            return True
        begin = text.rfind("\n", 0, space.idx) + 1
        after = space.idx + len(space.text)
        stop = text.find("\n", after)
        return _line_ends_sentence(text[begin : space.idx], text[after : stop if stop >= 0 else len(text)])

    @staticmethod
    def _after_mark(doc: Doc, number: int) -> bool:
        token = doc[number]
        if token.text in _CLOSERS and not (doc[number - 1].whitespace_ or doc[number - 1].is_space):
            return False
        back = number - 1
        while back > 0 and (doc[back].is_space or doc[back].text in _CLOSERS):
            back -= 1
        mark = doc[back]
        ends = mark.text in _ENDS
        glued = not ends and mark.text.endswith(".") and len(mark.text) > 1
        if not (ends or glued) or not (doc[number - 1].whitespace_ or doc[number - 1].is_space):
            return False
        word = token.lower_
        number_mark = mark if glued else doc[back - 1]
        begins = number_mark.i == 0 or "\n" in doc[number_mark.i - 1].text
        if begins and _NUMBER.fullmatch(number_mark.text):
            return False  # "1. Apologies"
        if glued:
            if mark.lower_ in _ABBREVIATIONS or _INITIAL.fullmatch(mark.text):
                return token.text[0].isupper() and word in _STARTERS and not _INITIAL.fullmatch(token.text)
            return not token.text[0].islower()
        if token.text[0].islower():
            # many people type no capitals; an unknown abbreviation is usually short
            return mark.text in ("!", "?") or word in _STARTERS or len(doc[back - 1].text) > 3
        return True
